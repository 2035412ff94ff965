"""A table of one's own: what is read is what was written, and every fault is named by column and row."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.datasets import Dataset, load_dataset
from chainrule.errors import InputError
from random_cases import cases

GOOD = "".join(f"{i},{i / 4},{'cat' if i % 2 else 'dog'}\n" for i in range(20))
HEADER = "length,width,kind\n"
PLAIN = {"test_size": 0, "standardize": False, "standardize_targets": False}

Load = Callable[..., Dataset]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Write `content` to table.csv in the working directory and load that relative path."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(content: str | bytes, **fields: Any) -> Dataset:
        Path("table.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        return load_dataset("csv", **{"path": "table.csv", "target": "kind", **fields})

    return write_and_load


def target_table(*targets: str) -> str:
    return "x,kind\n" + "".join(f"{row},{target}\n" for row, target in enumerate(targets))


def test_columns_are_features_in_their_order(load: Load) -> None:
    dataset = load("length,kind,width\n1,cat,2.5\n3,dog,-4e2\n5,cat,.5\n", **PLAIN)
    assert dataset.feature_names == ("length", "width")
    assert dataset.X_train.tolist() == [[1.0, 2.5], [3.0, -400.0], [5.0, 0.5]]
    assert [dataset.target_names[label] for label in dataset.y_train] == ["cat", "dog", "cat"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=cases(30))
@given(
    rows=st.lists(
        st.tuples(st.floats(-1e150, 1e150), st.floats(-1e150, 1e150)), min_size=2, max_size=20, unique_by=lambda r: r[1]
    )
)
def test_numbers_are_read_to_the_last_bit(load: Load, rows: list[tuple[float, float]]) -> None:
    content = "x,kind\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows)
    dataset = load(content, **PLAIN)
    assert dataset.task == "regression"
    assert list(zip(dataset.X_train[:, 0].tolist(), dataset.y_train[:, 0].tolist(), strict=True)) == rows


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (["b", "a", "b", "a"], ("a", "b")),
        (["10", "9", "-1", "9"], ("-1", "9", "10")),
        (["01", "1", "01", "1"], ("01", "1")),
        (["True", "False", "True"], ("False", "True")),
        ([str(i % 20) for i in range(40)], tuple(str(i) for i in range(20))),
    ],
)
def test_words_and_few_whole_numbers_are_classes_with_their_text(
    load: Load, targets: list[str], names: tuple[str, ...]
) -> None:
    dataset = load(target_table(*targets), **PLAIN)
    assert (dataset.task, dataset.target_names) == ("classification", names)
    assert [names[label] for label in dataset.y_train] == targets


@pytest.mark.parametrize("targets", [["0.5", "1", "2"], ["1.0", "0.0", "1.0"], [str(i) for i in range(21)]])
def test_other_numbers_are_a_regression(load: Load, targets: list[str]) -> None:
    dataset = load(target_table(*targets), **PLAIN)
    assert (dataset.task, dataset.target_names) == ("regression", ("kind",))
    assert dataset.y_train[:, 0].tolist() == [float(target) for target in targets]


def test_task_can_be_told(load: Load) -> None:
    numbers = target_table("1", "0", "1")
    assert load(numbers, task="regression", **PLAIN).y_train.tolist() == [[1.0], [0.0], [1.0]]
    assert load(target_table("2.5", "2.5", "10"), task="classification", **PLAIN).target_names == ("2.5", "10")
    assert load(target_table("1", "b", "1"), task="classification", **PLAIN).target_names == ("1", "b")


@pytest.mark.parametrize(
    "content",
    [
        ("\ufeff" + HEADER + GOOD).encode(),
        (HEADER + GOOD).replace("\n", "\r\n").encode(),
        (HEADER + GOOD).replace(",", " , ").encode(),
        ("\n" + HEADER + "\n" + GOOD.replace("cat", ' "cat"')).encode(),
    ],
    ids=["byte order mark", "carriage returns", "spaces", "blank lines and quotes"],
)
def test_dialects_are_read_alike(load: Load, content: bytes) -> None:
    assert load(content).digest() == load(HEADER + GOOD).digest()


def test_absolute_path_and_home_are_understood(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relative = load(HEADER + GOOD)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir("/")
    for path in (str(tmp_path / "table.csv"), "~/table.csv"):
        assert load_dataset("csv", path=path, target="kind").digest() == relative.digest()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        (HEADER, "it has a header but no rows"),
        (HEADER + GOOD + "1,four,cat\n", "column 'width' has the text 'four' in row 21, it must hold numbers only"),
        (HEADER + GOOD + "1,1_5,cat\n", "column 'width' has the text '1_5' in row 21, "),
        (HEADER + "1,NaN,cat\n" + GOOD, "column 'width' has a missing value ('NaN') in row 1, "),
        (HEADER + "1,,cat\n" + GOOD, "column 'width' has a missing value ('') in row 1, "),
        (HEADER + GOOD + "1,2,\n", "column 'kind' has a missing value ('') in row 21, "),
        (HEADER + GOOD + "1,2\n", "column 'kind' has a missing value ('') in row 21, "),
        (HEADER + GOOD + "inf,2,cat\n", "column 'length' has inf in row 21, numbers must be finite"),
        (HEADER + GOOD + "1,-1e400,cat\n", "column 'width' has -1e400 in row 21, numbers must be finite"),
        (HEADER + GOOD + "1,2,cat,9\n", "it is not a table: Expected 3 fields in line 22, saw 4"),
        ("a,a,kind\n" + GOOD, "two columns are named 'a', names must differ"),
        (",a,kind\n" + GOOD, "column 1 has no name in the header"),
        ("kind\na\nb\n", "it must have a feature column beside the target"),
        (bytes(range(128, 256)), "it is not text in UTF-8"),
        ("a;b;kind\n1;2;x\n3;4;y\n", "its cells are separated by ';' ('a;b;kind'), they must be by ','"),
        ("a\tb\tkind\n1\t2\tx\n", "its cells are separated by tabs ('a\\tb\\tkind'), they must be by ','"),
        ("\x1b[31mred,kind\nx,1\n", "column '\\x1b[31mred' has the text 'x' in row 1, "),
        (b"a,kind\n1\x002,x\n", "column 'a' has the text '1\\x002' in row 1, "),
        ('a,kind\n"1,2\n', "it is not a table: EOF inside string"),
    ],
)
def test_faulty_files_are_refused(load: Load, content: str | bytes, line: str) -> None:
    with pytest.raises(InputError) as caught:
        load(content)
    assert str(caught.value).startswith(f"dataset.path=table.csv: {line}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEADER + "1,2,cat\n3,4,cat\n", "must hold at least two different values, it only has 'cat'"),
        (target_table("2.5", "2.5", "2.5"), "must hold at least two different values, it only has '2.5'"),
        (target_table("1.5", "2.5", "abc"), "mixes text ('abc' in row 3) with numbers ('1.5' in row 1); "),
        (target_table("1", "1.0", "1"), "must hold at least two different values, it only has 1.0"),
        ("a,kinds\n1,2\n", "did you mean kinds? allowed: a, kinds"),
        ("\x1b[31mred,b\n1,2\n", "allowed: \\x1b[31mred, b"),
    ],
)
def test_targets_without_sense_are_refused(load: Load, content: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        load(content)
    assert str(caught.value).startswith(f"dataset.target=kind: {line}")


def test_too_few_rows_for_the_split_are_refused(load: Load) -> None:
    with pytest.raises(InputError, match=r"test_size=0\.25: gives a test set of 1 out of 4 rows, it needs at least 2"):
        load(HEADER + "1,2,cat\n1,3,cat\n1,2,dog\n1,2,dog\n")
    with pytest.raises(InputError, match=r"at least 2 of each class in all, 'cow' has 1;"):
        load(HEADER + GOOD + "1,2,cow\n")


def test_words_are_no_regression(load: Load) -> None:
    with pytest.raises(InputError, match=r"column 'kind' has the text 'dog' in row 1, it must hold numbers only"):
        load(HEADER + GOOD, task="regression")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("x" * 300, f"dataset.path={'x' * 200}...: it can't be read: File name too long"),
        ("a\0b", "dataset.path=a\\x00b: a file's name is one line of printable characters"),
        ("a\x1b[31mb", "dataset.path=a\\x1b[31mb: a file's name is one line of printable characters"),
    ],
)
def test_names_that_no_file_has_are_refused(load: Load, path: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        load(HEADER + GOOD, path=path)
    assert str(caught.value) == line


def test_paths_that_are_no_file_are_refused(load: Load, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in {
        "": "must name a csv file",
        "tabel.csv": f"no such file in {tmp_path}",
        ".": "it is a directory, not a file",
        "https://example.org/table.csv": "no such file in",
        "~nosuchuser/table.csv": "there is no such user",
        "table.csv/table.csv": "it can't be read: Not a directory",
        "/dev/zero": "it is not an ordinary file but a pipe or a device",
        "pipe": "it is not an ordinary file but a pipe or a device",
    }.items():
        with pytest.raises(InputError) as caught:
            load(HEADER + GOOD, path=path)
        assert str(caught.value).startswith(f"dataset.path={path}: {reason}")


def test_unreadable_file_is_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    load(HEADER + GOOD)

    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(InputError, match=r"dataset\.path=table\.csv: it can't be read: Permission denied"):
        load_dataset("csv", path="table.csv", target="kind")
