"""The textbook problems against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Chebyshev

from chainrule.datasets import load_dataset
from chainrule.errors import InputError


def test_xor_is_its_truth_table_in_both_parts() -> None:
    xor = load_dataset("xor")
    truth = {(0.0, 0.0): "0", (0.0, 1.0): "1", (1.0, 0.0): "1", (1.0, 1.0): "0"}
    for X, y in ((xor.X_train, xor.y_train), (xor.X_test, xor.y_test)):
        assert {tuple(x): xor.target_names[label] for x, label in zip(X.tolist(), y, strict=True)} == truth
        assert len(X) == 4


def test_standardised_xor_has_inputs_of_minus_and_plus_one() -> None:
    assert set(load_dataset("xor", standardize=True).X_train.ravel()) == {-1.0, 1.0}


def test_symmetry_has_eight_palindromes_of_sixty_four() -> None:
    symmetry = load_dataset("symmetry")
    texts = ["".join(str(int(bit)) for bit in row) for row in symmetry.X_train]
    assert sorted(texts) == [f"{number:06b}" for number in range(64)]
    palindromes = {text for text, label in zip(texts, symmetry.y_train, strict=True) if label == 1}
    assert palindromes == {half + half[::-1] for half in (f"{number:03b}" for number in range(8))}
    assert symmetry.target_names[1] == "symmetric"
    np.testing.assert_array_equal(symmetry.X_test, symmetry.X_train)


def test_patterns_can_be_held_out() -> None:
    symmetry = load_dataset("symmetry", held_out=True, test_size=0.25)
    assert (len(symmetry.X_train), len(symmetry.X_test)) == (48, 16)
    assert np.bincount(symmetry.y_test).tolist() == [14, 2]
    assert not {tuple(x) for x in symmetry.X_test} & {tuple(x) for x in symmetry.X_train}


@pytest.mark.parametrize("name", ["xor", "encoder"])
def test_too_few_patterns_to_hold_out(name: str) -> None:
    with pytest.raises(InputError, match=r"dataset\.test_size=0\.25: gives a (test|training) set of"):
        load_dataset(name, held_out=True)


@pytest.mark.parametrize("size", [2, 10])
def test_encoder_asks_for_the_pattern_itself(size: int) -> None:
    encoder = load_dataset("encoder", size=size)
    np.testing.assert_array_equal(encoder.X_train, np.eye(size))
    np.testing.assert_array_equal(np.eye(size)[encoder.y_train], encoder.X_train)
    np.testing.assert_array_equal(encoder.X_test, encoder.X_train)
    assert encoder.feature_names == encoder.target_names


def test_point_is_untouched() -> None:
    point = load_dataset("point", x=2.5, y=-3.0)
    assert (point.X_train.tolist(), point.y_train.tolist()) == ([[2.5]], [[-3.0]])
    assert (point.X_test.shape, point.y_test.shape) == ((0, 1), (0, 1))


@pytest.mark.parametrize(("degree", "samples"), [(0, 2), (1, 7), (5, 20), (30, 200)])
def test_chebyshev_is_the_polynomial(degree: int, samples: int) -> None:
    curve = load_dataset("chebyshev", degree=degree, samples=samples)
    np.testing.assert_allclose(np.diff(curve.X_train[:, 0]), 2 / (samples - 1), rtol=1e-12)
    assert (curve.X_train[0, 0], curve.X_train[-1, 0]) == (-1.0, 1.0)
    np.testing.assert_allclose(curve.y_train, Chebyshev.basis(degree)(curve.X_train), atol=1e-11)
    assert len(curve.X_test) == 0


def test_the_hierarchy_s_modes_are_its_branchings() -> None:
    """Alive, animal against plant, one animal against the other, one plant against the other."""
    Y = load_dataset("hierarchy").y_train
    _, strengths, items = np.linalg.svd(Y.T, full_matrices=False)
    np.testing.assert_allclose(strengths, [7**0.5, 3**0.5, 1.0, 1.0])
    np.testing.assert_allclose(np.abs(items[:2]), 0.5)
    assert (np.sign(items[1]) == np.sign(items[1, 0]) * np.array([1, 1, -1, -1])).all()
