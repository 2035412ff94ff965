"""A table of one's own, read from a comma-separated file, with every fault named by column and row."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from chainrule.components.fields import setting
from chainrule.components.registry import component
from chainrule.datasets.dataset import FloatArray
from chainrule.datasets.source import RegressionSource, Table
from chainrule.errors import InputError, unknown_name

MOST_INTEGER_CLASSES = 20
SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
MISSING = {"", "na", "n/a", "nan", "null", "?"}
LARGEST = 1e150  # beyond it the squares of the standard deviation overflow

Columns = dict[str, list[str]]


@component("csv")
class CsvFile(RegressionSource):
    """A UTF-8 file with a header; `target` names one column, all the others are features and must be numbers.

    Under `task=auto` a target of words, of true/false, or of at most 20 distinct whole numbers written
    without a decimal point is classified; any other numbers are a regression. Classes keep their text as
    names, numbers in their order, words in the alphabet's. A relative path starts at the working directory.
    Rows are counted from the first one below the header.
    """

    path: str = setting("", help="the file, relative to the working directory")
    target: str = setting("", help="the column to predict")
    task: str = setting("auto", choices=("auto", "classification", "regression"), help="what the target is")

    def raw(self) -> Table:
        columns = self._columns()
        if self.target not in columns:
            self._refuse_target(columns)
        target = self._present(self.target, columns.pop(self.target))
        if not columns:
            self._refuse("it must have a feature column beside the target")
        X = np.column_stack([self._numbers(name, texts) for name, texts in columns.items()])
        self._require_two(target)
        if not self._is_classification(target):
            numbers = self._numbers(self.target, target)
            self._require_two(numbers.tolist())  # 1 and 1.0 are one number
            return Table(X, numbers[:, np.newaxis], tuple(columns), (self.target,))
        classes = _ordered(set(target))
        indices = {text: index for index, text in enumerate(classes)}
        return Table(X, np.array([indices[text] for text in target], dtype=np.int64), tuple(columns), classes)

    def _is_classification(self, target: list[str]) -> bool:
        if self.task != "auto":
            return self.task == "classification"
        is_word = [_number(text) is None for text in target]
        if any(is_word) and not all(is_word):
            word, number = is_word.index(True), is_word.index(False)
            raise InputError(
                "dataset.target",
                self.target,
                f"mixes text ({target[word]!r} in row {word + 1}) with numbers ({target[number]!r} in row "
                f"{number + 1}); correct it, or take every value as a class: dataset.task=classification",
            )
        whole = all(re.fullmatch(r"[+-]?\d+", text) for text in target)
        return any(is_word) or (whole and len(set(target)) <= MOST_INTEGER_CLASSES)

    def _require_two(self, target: Sequence[object]) -> None:
        if len(set(target)) < 2:
            wanted = f"must hold at least two different values, it only has {target[0]!r}"
            raise InputError("dataset.target", self.target, wanted)

    def _refuse_target(self, columns: Columns) -> NoReturn:
        """Say that there is no such column, or why: the cells are separated by something else than commas."""
        for separator, name in SEPARATORS.items():
            if len(columns) == 1 and separator in (header := next(iter(columns))):
                self._refuse(f"its cells are separated by {name} ({header!r}), they must be by ','")
        raise unknown_name("dataset.target", self.target, columns)

    def _columns(self) -> Columns:
        """The cells as stripped text, by column name."""
        header, *rows = self._rows()
        for number, name in enumerate(header, 1):
            if not name:
                self._refuse(f"column {number} has no name in the header (pandas writes its index so: index=False)")
            if header.index(name) != number - 1:
                self._refuse(f"two columns are named {name!r}, names must differ")
        if not rows:
            self._refuse("it has a header but no rows")
        return {name: list(cells) for name, cells in zip(header, zip(*rows, strict=True), strict=True)}

    def _rows(self) -> list[list[str]]:
        import pandas as pd

        try:
            with self._file().open(encoding="utf-8", newline="") as file:
                frame = pd.read_csv(file, header=None, dtype=object, keep_default_na=False, skipinitialspace=True)
        except OSError as error:
            self._refuse(f"it can't be read: {error.strerror}")
        except pd.errors.EmptyDataError:
            self._refuse("it is empty")
        except UnicodeDecodeError:
            self._refuse("it is not text in UTF-8")
        except pd.errors.ParserError as error:
            self._refuse(f"it is not a table: {str(error).rpartition('error: ')[2]}")
        # cells beyond a short row's end come as NaN whatever the options say
        return [[cell.strip() if isinstance(cell, str) else "" for cell in row] for row in frame.to_numpy().tolist()]

    def _file(self) -> Path:
        """The file that `path` names; refuses what is no file, or would never end."""
        if not self.path:
            raise InputError("dataset.path", self.path, "must name a csv file")
        if not self.path.isprintable():
            self._refuse("a file's name is one line of printable characters")
        try:
            path = Path(self.path).expanduser()
            mode = path.stat().st_mode
        except FileNotFoundError:
            self._refuse(f"no such file in {path.resolve().parent}")
        except RuntimeError:
            self._refuse("there is no such user")
        if stat.S_ISDIR(mode):
            self._refuse("it is a directory, not a file")
        if not stat.S_ISREG(mode):
            self._refuse("it is not an ordinary file but a pipe or a device")
        return path

    def _present(self, name: str, texts: list[str]) -> list[str]:
        for row, text in enumerate(texts, 1):
            if text.lower() in MISSING:
                self._refuse(f"column {name!r} has a missing value ({text!r}) in row {row}, every cell must be filled")
        return texts

    def _numbers(self, name: str, texts: list[str]) -> FloatArray:
        """The column as float64, (rows,)."""
        numbers = []
        for row, text in enumerate(self._present(name, texts), 1):
            number = _number(text)
            if number is None:
                self._refuse(f"column {name!r} has the text {text!r} in row {row}, it must hold numbers only")
            if not abs(number) <= LARGEST:
                self._refuse(f"column {name!r} has {text} in row {row}, numbers must be finite (at most {LARGEST:g})")
            numbers.append(number)
        return np.array(numbers)

    def _refuse(self, reason: str) -> NoReturn:
        raise InputError("dataset.path", self.path, reason)


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)  # Python would read 1_5 as 15
    except ValueError:
        return None


def _ordered(classes: Iterable[str]) -> tuple[str, ...]:
    values = {text: _number(text) for text in classes}
    if None in values.values():
        return tuple(sorted(values))
    return tuple(sorted(values, key=lambda text: (values[text], text)))
