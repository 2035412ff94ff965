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
    image_shape: ClassVar[tuple[int, int] | None] = None  # rows and columns of a sample that is a picture

    seed: int = setting(0, at_least=0, below=2**32, help="seed of the data: generation and split")
    test_size: float = setting(0.25, at_least=0, below=1, help="share of samples held out; 0 = no test set")
    validation_size: float = setting(
        0.0,
        at_least=0,
        below=1,
        help="share of the training samples, those left by the test set, set aside to choose settings by; 0 = none",
    )
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
        sets = self.sets()
        X: tuple[FloatArray, ...] = tuple(table.X for table in sets)
        if self.standardize:
            X = standardized(*X)
        if self.whiten:
            X = whitened(*X)
        y = self.scaled_targets(*(table.y for table in sets))
        for array in (*X, *y):
            array.flags.writeable = False
        train = sets[0]
        task = "classification" if train.y.dtype.kind == "i" else "regression"
        (X_train, X_validation, X_test), (y_train, y_validation, y_test) = X, y
        names = (train.feature_names, train.target_names)
        return Dataset(self.name, task, X_train, y_train, X_validation, y_validation, X_test, y_test, *names)

    @final
    def sets(self) -> tuple[Table, Table, Table]:
        """The training, the validation and the test set, not yet scaled."""
        learnt, test = self.learnt_and_test()
        size = self.validation_size
        if size == 0:  # taking all rows could change the arrays' layout, which shows in the last bit of a mean
            return learnt, learnt.at(np.arange(0)), test
        classes = learnt.target_names if learnt.y.dtype.kind == "i" else ()
        train, validation = split(learnt.y, classes, test_size=size, seed=self.seed, held_out="validation")
        return learnt.at(train), learnt.at(validation), test

    def learnt_and_test(self) -> tuple[Table, Table]:
        """What settings are learnt and chosen by, and the test set."""
        table = self.raw()
        train, test = self.split(table.y, table.target_names)
        return table.at(train), table.at(test)

    def split(self, y: Targets, target_names: tuple[str, ...]) -> tuple[Rows, Rows]:
        """The row numbers of the training set, not yet parted from a validation set, and of the test set."""
        classes = target_names if y.dtype.kind == "i" else ()
        return split(y, classes, test_size=self.test_size, seed=self.seed)

    def scaled_targets(self, train: Targets, *others: Targets) -> tuple[Targets, ...]:
        """The targets of all sets as they are learnt; classes stay as they are."""
        return train, *others


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

    def learnt_and_test(self) -> tuple[Table, Table]:
        if self.test_samples is None:
            return super().learnt_and_test()
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

    def scaled_targets(self, train: Targets, *others: Targets) -> tuple[Targets, ...]:
        if self.standardize_targets and train.dtype.kind == "f":
            return standardized(*(each.astype(np.float64) for each in (train, *others)))
        return train, *others


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
        The dataset's own, such as `noise=0.3`, `samples=1000` or `standardize=False`. `validation_size=0.2` sets a
        fifth of the training samples aside. Generated data takes `test_samples=1000`: so many fresh samples make the
        test set, and none are held out.

    Returns
    -------
    Dataset
        `X_train`, `X_validation` and `X_test` (samples, features) float64; `y_train`, `y_validation` and `y_test`,
        class indices (samples,) or targets (samples, outputs); `feature_names`, `target_names`, `task`. All arrays are
        read-only.

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
