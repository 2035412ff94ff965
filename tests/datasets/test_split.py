"""The split keeps every row and every class; the scaling is scikit-learn's, and sees the training set only."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from chainrule.datasets.split import split, standardized, whitened
from chainrule.errors import InputError

NAMES = ("red", "green", "blue")
tables = arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 4)), elements=st.floats(-1e6, 1e6, width=32))


@given(
    counts=st.lists(st.integers(8, 40), min_size=3, max_size=3),
    test_size=st.floats(0.2, 0.6),
    seed=st.integers(0, 2**32 - 1),
)
def test_stratified_split_shares_out_every_class(counts: list[int], test_size: float, seed: int) -> None:
    y = np.repeat(np.arange(3), counts)
    train, test = split(y, NAMES, test_size=test_size, seed=seed)
    assert sorted([*train, *test]) == list(range(len(y)))
    assert len(test) == math.ceil(test_size * len(y))
    share = len(test) / len(y)
    assert np.all(np.abs(np.bincount(y[test], minlength=3) - share * np.array(counts)) < 1)


def test_split_is_scikit_learns_with_the_same_seed() -> None:
    y = np.arange(60) % 3
    ours = split(y, NAMES, test_size=0.3, seed=7)
    theirs = train_test_split(np.arange(60), test_size=0.3, random_state=7, stratify=y)
    assert [list(part) for part in ours] == [list(part) for part in theirs]
    numbers = np.linspace(0, 1, 60)[:, np.newaxis]
    ours = split(numbers, (), test_size=0.3, seed=7)
    theirs = train_test_split(np.arange(60), test_size=0.3, random_state=7)
    assert [list(part) for part in ours] == [list(part) for part in theirs]


def test_no_test_part_leaves_all_rows_in_order() -> None:
    train, test = split(np.array([0, 1, 2, 2]), NAMES, test_size=0, seed=5)
    assert list(train) == [0, 1, 2, 3]
    assert len(test) == 0


@pytest.mark.parametrize(
    ("counts", "test_size", "words"),
    [
        ([20, 20, 1], 0.25, "at least 2 of each class in all, 'blue' has 1;"),
        ([20, 20, 0], 0.25, "at least 2 of each class in all, 'blue' has 0;"),
        ([98, 98, 2], 0.95, "at least 1 of each class in the training set, 'blue' has 0;"),
        ([2, 2, 2], 0.25, "gives a test set of 2 out of 6 rows, it needs at least 3, one for each class"),
        ([2, 2, 2], 0.75, "gives a training set of 1 out of 6 rows, it needs at least 3, one for each class"),
    ],
)
def test_what_cannot_be_stratified_is_refused(counts: list[int], test_size: float, words: str) -> None:
    y = np.repeat(np.arange(3), counts)
    with pytest.raises(InputError) as caught:
        split(y, NAMES, test_size=test_size, seed=0)
    assert str(caught.value).startswith(f"dataset.test_size={test_size}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "size", "words"),
    [
        (
            [20, 20, 1],
            0.25,
            "at least 2 of each class to split, 'blue' has 1; more samples or a smaller validation",
        ),
        ([98, 98, 2], 0.95, "at least 1 of each class in the training set, 'blue' has 0;"),
        (
            [2, 2, 2],
            0.25,
            "gives a validation set of 2 out of 6 training rows, it needs at least 3, one for each",
        ),
        ([2, 2, 2], 0.75, "gives a training set of 1 out of 6 training rows, it needs at least 3, one for each class"),
    ],
)
def test_a_validation_set_that_cannot_be_stratified_is_refused(counts: list[int], size: float, words: str) -> None:
    with pytest.raises(InputError) as caught:
        split(np.repeat(np.arange(3), counts), NAMES, test_size=size, seed=0, held_out="validation")
    assert str(caught.value).startswith(f"dataset.validation_size={size}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(("rows", "test_size"), [(1, 0), (1, 0.5), (3, 0.5), (100, 0.99)])
def test_regression_needs_two_training_rows(rows: int, test_size: float) -> None:
    with pytest.raises(InputError, match="gives a training set of"):
        split(np.ones((rows, 1)), (), test_size=test_size, seed=0)


@given(train=tables, shift=st.floats(-100, 100))
def test_standardized_training_part_has_mean_0_and_deviation_1(train: np.ndarray, shift: float) -> None:
    scaled, _ = standardized(train + shift, train[:0])
    wide = np.ptp(train, axis=0) > 1e-3 * (np.abs(train).max(axis=0) + abs(shift))
    np.testing.assert_allclose(scaled[:, wide].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled[:, wide].std(axis=0), 1, atol=1e-9)
    assert np.isfinite(scaled).all()


def test_scaling_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    train, test = generator.normal(5, 3, (30, 4)), generator.normal(5, 3, (10, 4))
    scaler = StandardScaler().fit(train)
    scaled_train, scaled_test = standardized(train, test)
    np.testing.assert_allclose(scaled_train, scaler.transform(train), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(scaled_test, scaler.transform(test), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7e8, 1e-300])
def test_constant_column_is_only_centred(constant: float) -> None:
    train = np.column_stack([np.full(7, constant), np.arange(7.0)])
    scaled, other = standardized(train, np.array([[constant + 2.0, 3.0]]))
    assert np.all(scaled[:, 0] == 0)
    np.testing.assert_allclose(other, [[2.0, 0.0]], atol=1e-12)


def test_spread_too_small_to_be_squared_divides_nothing_by_zero() -> None:
    scaled, _ = standardized(np.array([[1e-200], [3e-200]]), np.empty((0, 1)))
    assert np.abs(scaled).max() < 1e-199


def test_by_hand() -> None:
    """Columns (0, 4) and (1, 1): means 2 and 1, deviations 2 and 0; the test row (6, 4) goes to (2, 3)."""
    train, test = standardized(np.array([[0.0, 1.0], [4.0, 1.0]]), np.array([[6.0, 4.0]]))
    assert train.tolist() == [[-1.0, 0.0], [1.0, 0.0]]
    assert test.tolist() == [[2.0, 3.0]]


@given(mixing=arrays(np.float64, (3, 3), elements=st.floats(-10, 10)), shift=st.floats(-100, 100))
def test_whitened_training_part_has_covariance_1(mixing: np.ndarray, shift: float) -> None:
    train = np.random.default_rng(0).standard_normal((40, 3)) @ (mixing + 15 * np.eye(3)) + shift
    white, _ = whitened(train, train[:0])
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(white.T @ white / 40, np.eye(3), atol=1e-9)


def test_whitening_keeps_distances_that_scikit_learns_keeps() -> None:
    """Whitenings differ by a rotation, so that only distances can be compared."""
    generator = np.random.default_rng(0)
    mixing = generator.normal(size=(4, 4))
    train, test = generator.normal(size=(30, 4)) @ mixing, generator.normal(size=(10, 4)) @ mixing
    theirs = PCA(whiten=True).fit(train)
    white = np.vstack(whitened(train, test))
    other = np.vstack([theirs.transform(train), theirs.transform(test)]) * np.sqrt(30 / 29)  # theirs is over n - 1
    np.testing.assert_allclose(pdist(white), pdist(other), rtol=1e-10)


def test_whitening_leaves_white_features_as_they_are() -> None:
    train = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    white, other = whitened(train, np.array([[3.0, 0.5]]))
    np.testing.assert_allclose(white, train, atol=1e-15)
    np.testing.assert_allclose(other, [[3.0, 0.5]], atol=1e-15)


def test_what_does_not_vary_is_dropped() -> None:
    """The second column is constant, the fourth the sum of two others: the covariance is a projection of rank 2."""
    a, b = np.random.default_rng(1).standard_normal((2, 50))
    train = np.column_stack([a, np.full(50, 0.1), b, a + b])
    white, _ = whitened(train, train[:0])
    covariance = white.T @ white / 50
    np.testing.assert_allclose(covariance @ covariance, covariance, atol=1e-12)
    assert np.trace(covariance) == pytest.approx(2)
    assert np.abs(white[:, 1]).max() < 1e-12


def test_whitening_by_hand() -> None:
    """Columns (3, -3) and (4, -4): all variance, 25, lies along (0.6, 0.8); the test row (6, 8) is twice that far."""
    white, other = whitened(np.array([[3.0, 4.0], [-3.0, -4.0]]), np.array([[6.0, 8.0]]))
    np.testing.assert_allclose(white, [[0.6, 0.8], [-0.6, -0.8]], atol=1e-15)
    np.testing.assert_allclose(other, [[1.2, 1.6]], atol=1e-15)
