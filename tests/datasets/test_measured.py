"""The measured data are scikit-learn's, whole and with their names."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets

from chainrule.datasets import load_dataset


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_classes_keep_their_names(name: str) -> None:
    bunch = getattr(sklearn.datasets, f"load_{name}")()
    dataset = load_dataset(name, test_size=0, standardize=False)
    np.testing.assert_array_equal(dataset.X_train, bunch.data)
    assert [dataset.target_names[label] for label in dataset.y_train] == [
        str(bunch.target_names[label]) for label in bunch.target
    ]
    assert list(dataset.feature_names) == list(bunch.feature_names)


def test_regressions_are_whole() -> None:
    diabetes = load_dataset("diabetes", test_size=0, standardize=False, standardize_targets=False)
    bunch = sklearn.datasets.load_diabetes()
    np.testing.assert_array_equal(diabetes.X_train, bunch.data)
    np.testing.assert_array_equal(diabetes.y_train[:, 0], bunch.target)
    linnerud = load_dataset("linnerud", test_size=0, standardize=False, standardize_targets=False)
    np.testing.assert_array_equal(linnerud.y_train, sklearn.datasets.load_linnerud().target)
    assert linnerud.target_names == ("Weight", "Waist", "Pulse")


def test_standardised_diabetes_has_the_known_largest_curvature() -> None:
    """LeCun et al. (1998): the Hessian of a linear neuron is the inputs' second moment, bias included."""
    X = load_dataset("diabetes", test_size=0).X_train
    X = np.column_stack([X, np.ones(len(X))])
    assert np.linalg.eigvalsh(X.T @ X / len(X))[-1] == pytest.approx(4.024210751, abs=1e-9)


def test_blank_border_pixels_of_digits_stay_zero() -> None:
    pixels = load_dataset("digits", standardize=False).X_train
    blank = np.ptp(pixels, axis=0) == 0
    assert blank.any()
    assert np.all(load_dataset("digits").X_train[:, blank] == 0)


def test_ink_scales_the_pixels_of_digits() -> None:
    counted = load_dataset("digits", standardize=False).X_train
    assert counted.max() == 16
    np.testing.assert_array_equal(load_dataset("digits", standardize=False, ink=1.0).X_train, counted / 16)
