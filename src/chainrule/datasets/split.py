"""From one table to its sets: the split, and scaling fitted on the training set only."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.datasets.dataset import FloatArray, Targets
from chainrule.datasets.scikit_learn import scikit_learn
from chainrule.errors import InputError

Rows: TypeAlias = NDArray[np.intp]


def split(
    y: Targets, classes: tuple[str, ...], *, test_size: float, seed: int, held_out: str = "test"
) -> tuple[Rows, Rows]:
    """The (training, held out) row numbers: scikit-learn's `train_test_split`, stratified if there are `classes`.

    `test_size` is the share of rows held out, rounded up to whole rows; 0 trains on all rows, in their order. What is
    `held_out` is the "test" set of all rows, or the "validation" set of what would else be trained on.
    Raises InputError if a set would be too small or the training set would miss a class.
    """
    rows = np.arange(len(y))
    _require_rows(len(y), len(classes), test_size, held_out)
    if test_size == 0:
        return rows, rows[:0]
    _require_members(y, classes, 2, "in all" if held_out == "test" else "to split", test_size, held_out)
    train, test = scikit_learn("model_selection").train_test_split(
        rows, test_size=test_size, random_state=seed, stratify=y if classes else None
    )
    _require_members(y[train], classes, 1, "in the training set", test_size, held_out)
    return train, test


def standardized(train: FloatArray, *others: FloatArray) -> tuple[FloatArray, ...]:
    """All sets, column by column, minus the training mean and over the training standard deviation.

    The deviation is the population's (over n). A column that is constant in the training set is only
    centred: it has no spread to divide by.
    """
    mean, spread = standardization(train)
    return tuple((each - mean) / spread for each in (train, *others))


def standardization(train: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What `standardized` takes off each column, and then divides it by."""
    constant = train.min(axis=0) == train.max(axis=0)
    mean = np.where(constant, train[0], train.mean(axis=0))  # a rounded mean would leave dust in place of zeros
    spread = train.std(axis=0)
    spread[constant | (spread == 0)] = 1.0  # values near 1e-200 vary, yet their squares underflow
    return mean, spread


def whitened(train: FloatArray, *others: FloatArray) -> tuple[FloatArray, ...]:
    """All sets mapped linearly so that the training set's features are uncorrelated with mean 0, deviation 1.

    (x - mean) E diag(1/sqrt(v)) E^T with v and E the eigenvalues and eigenvectors of the training covariance (over n):
    of all whitenings the one that stays closest to the features (ZCA; Kessy, Lewin & Strimmer 2018). What does not
    vary in the training set is dropped: the training covariance becomes a projection, the identity at full rank.
    """
    mean, turn = whitening(train)
    return tuple((each - mean) @ turn for each in (train, *others))


def whitening(train: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What `whitened` takes off each column, and the matrix it then multiplies with."""
    mean = train.mean(axis=0)
    _, spread, axes = np.linalg.svd((train - mean) / math.sqrt(len(train)), full_matrices=False)
    varies = spread > max(train.shape) * np.finfo(np.float64).eps * spread[0]
    return mean, (axes[varies].T / spread[varies]) @ axes[varies]


def _require_rows(total: int, n_classes: int, size: float, held_out: str) -> None:
    n_held_out = math.ceil(size * total)
    needed = {
        "training": (total - n_held_out, n_classes or 2),
        held_out: (n_held_out, (n_classes or 1) if size else 0),
    }
    of = "rows" if held_out == "test" else "training rows"
    for which, (rows, least) in needed.items():
        if rows < least:
            each = ", one for each class" if n_classes else ""
            raise InputError(
                f"dataset.{held_out}_size",
                size,
                f"gives a {which} set of {rows} out of {total} {of}, it needs at least {least}{each}",
            )


def _require_members(y: Targets, classes: tuple[str, ...], least: int, where: str, size: float, held_out: str) -> None:
    for index, name in enumerate(classes):
        members = np.count_nonzero(y == index)
        if members < least:
            raise InputError(
                f"dataset.{held_out}_size",
                size,
                f"a stratified split needs at least {least} of each class {where}, {name!r} has {members}; "
                f"more samples or a smaller {held_out}_size help (0 splits nothing off)",
            )
