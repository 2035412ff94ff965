"""The generated problems against their geometry and against scikit-learn's generators."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.datasets

from chainrule.datasets import load_dataset
from chainrule.errors import InputError

PLAIN = {"test_size": 0, "standardize": False}


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    moons = load_dataset("moons", samples=100, noise=0, **PLAIN)
    upper, lower = (moons.X_train[moons.y_train == moons.target_names.index(n)] for n in ("upper", "lower"))
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() > -1e-12
    assert lower[:, 1].max() < 0.5 + 1e-12


def test_circles_without_noise_have_their_radii() -> None:
    circles = load_dataset("circles", noise=0, factor=0.3, **PLAIN)
    radii = {"outer": 1.0, "inner": 0.3}
    expected = [radii[circles.target_names[label]] for label in circles.y_train]
    np.testing.assert_allclose(np.hypot(*circles.X_train.T), expected)


def test_gaussian_quantiles_are_shells_of_equal_size() -> None:
    shells = load_dataset("gaussian_quantiles", samples=300, features=3, classes=5, **PLAIN)
    radius = np.linalg.norm(shells.X_train, axis=1)
    assert np.all(np.diff(shells.y_train[np.argsort(radius)]) >= 0)
    assert np.bincount(shells.y_train).tolist() == [60] * 5


def test_blobs_without_spread_are_as_many_points_as_classes() -> None:
    blobs = load_dataset("blobs", classes=5, features=3, cluster_std=0, **PLAIN)
    assert len(np.unique(np.column_stack([blobs.X_train, blobs.y_train]), axis=0)) == 5


@pytest.mark.parametrize(("samples", "classes", "turns"), [(200, 2, 1.0), (101, 3, 2.5)])
def test_spirals_without_noise_turn_as_often_as_asked(samples: int, classes: int, turns: float) -> None:
    spirals = load_dataset("spirals", samples=samples, classes=classes, turns=turns, noise=0, **PLAIN)
    for label in range(classes):
        arm = spirals.X_train[spirals.y_train == label]
        radius, angle = np.hypot(*arm.T), np.unwrap(np.arctan2(arm[:, 1], arm[:, 0]))
        np.testing.assert_allclose(np.diff(angle) / np.diff(radius), 2 * np.pi * turns)
        assert abs(len(arm) - samples / classes) < 1
    inner = spirals.X_train[:classes]
    np.testing.assert_allclose(inner.sum(axis=0), 0, atol=1e-15)


def test_spirals_noise_has_the_deviation_asked_for() -> None:
    clean, noisy = (load_dataset("spirals", samples=20_000, noise=noise, **PLAIN).X_train for noise in (0, 0.3))
    np.testing.assert_allclose((noisy - clean).std(axis=0), 0.3, rtol=0.02)
    np.testing.assert_allclose((noisy - clean).mean(axis=0), 0, atol=0.01)


def test_friedman1_without_noise_is_its_formula() -> None:
    friedman = load_dataset("friedman1", noise=0, standardize_targets=False, **PLAIN)
    x1, x2, x3, x4, x5 = friedman.X_train.T[:5]
    expected = 10 * np.sin(np.pi * x1 * x2) + 20 * (x3 - 0.5) ** 2 + 10 * x4 + 5 * x5
    np.testing.assert_allclose(friedman.y_train[:, 0], expected)


def test_seed_is_scikit_learns_random_state() -> None:
    fields = {"seed": 9, **PLAIN}
    for name, (X, y) in {
        "moons": sklearn.datasets.make_moons(200, noise=0.2, random_state=9),
        "circles": sklearn.datasets.make_circles(200, noise=0.1, factor=0.5, random_state=9),
        "blobs": sklearn.datasets.make_blobs(200, n_features=2, centers=3, cluster_std=1.5, random_state=9),
        "gaussian_quantiles": sklearn.datasets.make_gaussian_quantiles(
            n_samples=200, n_features=2, n_classes=3, random_state=9
        ),
        "classification": sklearn.datasets.make_classification(
            400, 10, n_informative=4, n_redundant=2, n_classes=3, flip_y=0.02, random_state=9
        ),
    }.items():
        dataset = load_dataset(name, **fields)
        np.testing.assert_array_equal(dataset.X_train, X)
        np.testing.assert_array_equal(dataset.y_train, y)


def test_friedman1s_seed_is_scikit_learns_random_state() -> None:
    friedman = load_dataset("friedman1", seed=9, standardize_targets=False, **PLAIN)
    X, y = sklearn.datasets.make_friedman1(200, 10, noise=1.0, random_state=9)
    np.testing.assert_array_equal(friedman.X_train, X)
    np.testing.assert_array_equal(friedman.y_train[:, 0], y)


def test_fresh_samples_of_a_classification_have_the_training_sets_clouds() -> None:
    """Without flipped labels each class is one cloud: its mean and its mixture are those of the training set's."""
    fields = {"clusters_per_class": 1, "samples": 300, "standardize": False, "seed": 4}
    large = load_dataset("classification", test_samples=50_000, flip_y=0, **fields)
    other = load_dataset("classification", test_samples=50_000, flip_y=0, **{**fields, "seed": 5})
    flipped = load_dataset("classification", test_samples=50_000, flip_y=0.6, **fields)
    assert np.bincount(large.y_test).tolist() == [16667, 16667, 16666]
    for label in range(3):
        test, foreign = (data.X_test[data.y_test == label] for data in (large, other))
        train = large.X_train[large.y_train == label]  # 100 samples: the mean's error is a tenth of the deviation
        errors = train.std(axis=0, ddof=1) / 10
        assert np.all(np.abs(test.mean(axis=0) - train.mean(axis=0)) < 4 * errors)
        assert np.any(np.abs(foreign.mean(axis=0) - train.mean(axis=0)) > 4 * errors)
    np.testing.assert_allclose(np.bincount(flipped.y_test) / 50_000, 1 / 3, atol=0.02)
    assert np.mean(flipped.y_test != large.y_test) == pytest.approx(0.6 * 2 / 3, abs=0.01)  # the third drawn is its own


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"features": 5}, "dataset.features=5: must be at least informative + redundant = 6"),
        ({"classes": 9}, "dataset.informative=4: 2^informative corners must hold .* = 18 clouds: at least 5"),
        ({"samples": 19}, "dataset.samples=19: must be a whole number at least 20"),
    ],
)
def test_classification_without_room_is_refused(fields: dict[str, int], line: str) -> None:
    with pytest.raises(InputError, match=line.replace("^", r"\^").replace("+", r"\+")):
        load_dataset("classification", **fields)


def test_smallest_number_of_informative_features_is_accepted() -> None:
    with pytest.raises(InputError, match="at least 4"):
        load_dataset("classification", classes=8, informative=3)
    assert load_dataset("classification", classes=8, informative=4).n_classes == 8
