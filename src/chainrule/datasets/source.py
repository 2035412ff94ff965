"""Where a dataset comes from: a registered class that yields one table; splitting and scaling are shared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from chainrule.components.fields import setting
from chainrule.components.registry import Component, create
from chainrule.datasets.dataset import Dataset, FloatArray, Targets
from chainrule.datasets.split import Rows, split, standardized, whitened
from chainrule.errors import InputError

COUNT = {"at_least": 20, "at_most": 1_000_000}  # how many samples may be generated


class Table(NamedTuple):
    """All samples of a dataset before the split.

    `X` is (samples, features). Whole-number `y` (samples,) makes it a classification, `y` indexing
    `target_names`; float `y` (samples, outputs) a regression, `target_names` naming its columns.
    """

    X: FloatArray
    y: Targets
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]

    def at(self, rows: Rows) -> Table:
        """The samples of some rows."""
        return self._replace(X=self.X[rows], y=self.y[rows])


@dataclass(frozen=True)
class DatasetSource(Component, ABC):
    """Base of all datasets: a new one writes `raw`, and its own fields if it has any.

    `seed` is the data's own: it drives generation and split, both as scikit-learn's `random_state`, and has
    nothing to do with the seed of a run.
    """

    kind: ClassVar[str] = "dataset"

    seed: int = setting(0, at_least=0, below=2**32, help="seed of the data: generation and split")
    test_size: float = setting(0.25, at_least=0, below=1, help="share of samples held out; 0 = no test set")
    standardize: bool = setting(True, help="features to mean 0, deviation 1, fitted on the training set")
    whiten: bool = setting(False, help="then features to covariance 1, fitted on the training set")

    @abstractmethod
    def raw(self) -> Table:
        """All samples, neither split nor scaled. The same fields always give the same table."""

    @final
    def load(self) -> Dataset:
        """The dataset, split and scaled; its arrays are read-only, so that many runs can share them.

        Raises InputError if the samples can't be had or can't be split as asked.
        """
        train, test = self.sets()
        X_train, X_test = train.X, test.X
        if self.standardize:
            X_train, X_test = standardized(X_train, X_test)
        if self.whiten:
            X_train, X_test = whitened(X_train, X_test)
        y_train, y_test = self.scaled_targets(train.y, test.y)
        for array in (X_train, y_train, X_test, y_test):
            array.flags.writeable = False
        task = "classification" if train.y.dtype.kind == "i" else "regression"
        return Dataset(self.name, task, X_train, y_train, X_test, y_test, train.feature_names, train.target_names)

    def sets(self) -> tuple[Table, Table]:
        """The training and the test set, not yet scaled."""
        table = self.raw()
        train, test = self.split(table.y, table.target_names)
        return table.at(train), table.at(test)

    def split(self, y: Targets, target_names: tuple[str, ...]) -> tuple[Rows, Rows]:
        """The row numbers of the training and of the test set."""
        classes = target_names if y.dtype.kind == "i" else ()
        return split(y, classes, test_size=self.test_size, seed=self.seed)

    def scaled_targets(self, train: Targets, test: Targets) -> tuple[Targets, Targets]:
        """The targets of both sets as they are learnt; classes stay as they are."""
        return train, test


@dataclass(frozen=True)
class GeneratedSource(DatasetSource):
    """Base of datasets that have as many samples as are asked for: a new one writes `draw` instead of `raw`.

    With `test_samples` nothing is held out of `samples`: that many fresh ones of the same distribution are tested on,
    drawn from a stream of their own. The training set does not depend on how many. Where samples lie evenly along a
    curve before the noise is added (moons, circles, spirals), so do the fresh ones.
    """

    samples: int = setting(200, **COUNT, help="how many samples, the held out ones among them")
    test_samples: int | None = setting(
        None,
        **COUNT,
        help="how many fresh samples to test on, none of `samples` being held out; null = hold out test_size",
    )

    @abstractmethod
    def draw(self, samples: int, seed: int) -> Table:
        """`samples` samples drawn with `seed` from the distribution that the fields, with the data's seed, describe."""

    def raw(self) -> Table:
        return self.draw(self.samples, self.seed)

    def sets(self) -> tuple[Table, Table]:
        if self.test_samples is None:
            return super().sets()
        if self.test_size not in (0, DatasetSource.test_size):
            raise InputError(
                "dataset.test_samples",
                self.test_samples,
                f"takes the place of dataset.test_size={self.test_size:g}; leave one of them out",
            )
        return self.raw(), self.draw(self.test_samples, fresh_seed(self.seed))


@dataclass(frozen=True)
class RegressionSource(DatasetSource):
    """Base of datasets whose targets are, or may be, numbers."""

    standardize_targets: bool = setting(True, help="number targets to mean 0, deviation 1 in the training set")

    def scaled_targets(self, train: Targets, test: Targets) -> tuple[Targets, Targets]:
        if self.standardize_targets and train.dtype.kind == "f":
            return standardized(train.astype(np.float64), test.astype(np.float64))
        return train, test


def fresh_seed(seed: int) -> int:
    """The seed of the fresh test samples: a stream of its own, whatever the data's seed."""
    return int(np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1)[0])


def numbered(prefix: str, count: int) -> tuple[str, ...]:
    """`count` names for things that have none: x1, x2, ..."""
    return tuple(f"{prefix}{i}" for i in range(1, count + 1))


def load_dataset(name: str, *, seed: int = 0, test_size: float = 0.25, **fields: Any) -> Dataset:
    """A registered dataset, split and scaled: the one that `dataset=NAME` trains on.

    Parameters
    ----------
    name : str
        Its registered name, such as "moons"; `chainrule train --help` lists them with their fields.
    seed : int, default 0
        The data's own: it drives generation and split.
    test_size : float, default 0.25
        The share of samples held out; 0 holds out none.
    **fields
        The dataset's own, such as `noise=0.3`, `samples=1000` or `standardize=False`. Generated data takes
        `test_samples=1000`: so many fresh samples make the test set, and none are held out.

    Returns
    -------
    Dataset
        `X_train` and `X_test` (samples, features) float64; `y_train` and `y_test`, class indices (samples,) or targets
        (samples, outputs); `feature_names`, `target_names`, `task`. All arrays are read-only.

    Raises
    ------
    InputError
        For an unknown name or field, a value out of range, or a split that can't be made.

    Examples
    --------
    >>> data = load_dataset("iris")
    >>> data.X_train.shape, data.X_test.shape, data.target_names
    ((112, 4), (38, 4), ('setosa', 'versicolor', 'virginica'))
    """
    source: DatasetSource = create("dataset", name, {"seed": seed, "test_size": test_size, **fields})
    return source.load()
