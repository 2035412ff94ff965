"""The finished dataset: its sizes, and a digest that notices every change and nothing else."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest

from chainrule.datasets import Dataset, load_dataset

SMALL = Dataset(
    name="small",
    task="classification",
    X_train=np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]),
    y_train=np.array([0, 1, 2]),
    X_validation=np.empty((0, 2)),
    y_validation=np.empty(0, np.int64),
    X_test=np.array([[6.0, 7.0]]),
    y_test=np.array([2]),
    feature_names=("a", "b"),
    target_names=("x", "y", "z"),
)


def test_sizes_of_a_classification_and_of_a_regression() -> None:
    assert (SMALL.n_features, SMALL.n_classes, SMALL.n_outputs) == (2, 3, 3)
    regression = load_dataset("linnerud")
    assert (regression.n_features, regression.n_classes, regression.n_outputs) == (3, 0, 3)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"task": "regression"},
        {"X_train": np.array([[0.0, 1.0], [2.0, 3.0], [4.0, np.nextafter(5.0, 6.0)]])},
        {"X_train": SMALL.X_train[::-1]},
        {"y_train": np.array([0, 1, 1])},
        {"y_train": np.array([0.0, 1.0, 2.0])},
        {"X_test": np.array([[7.0, 6.0]])},
        {"X_test": np.array([[6.0], [7.0]])},
        {"y_test": np.array([1])},
        {"X_validation": np.array([[6.0, 7.0]]), "y_validation": np.array([2])},
        {"feature_names": ("a", "c")},
        {"feature_names": ("ab",)},
        {"target_names": ("x", "z", "y")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_digest_notices_every_change(change: dict[str, object]) -> None:
    assert dataclasses.replace(SMALL, **change).digest() != SMALL.digest()


def test_digest_depends_on_values_only() -> None:
    twin = dataclasses.replace(
        SMALL, X_train=np.asfortranarray(SMALL.X_train), X_test=SMALL.X_test.astype(">f8"), y_test=np.array([2])
    )
    assert twin.digest() == SMALL.digest()


def test_digest_is_the_same_in_another_process() -> None:
    script = "from chainrule.datasets import load_dataset; print(load_dataset('circles', seed=3).digest())"
    other = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == load_dataset("circles", seed=3).digest()


def test_representation_is_one_short_line() -> None:
    assert repr(SMALL) == "<Dataset small: classification, 3 + 1 samples, 2 features, 3 outputs>"
    parted = dataclasses.replace(SMALL, X_validation=np.ones((2, 2)), y_validation=np.array([0, 1]))
    assert repr(parted) == "<Dataset small: classification, 3 + 2 + 1 samples, 2 features, 3 outputs>"
