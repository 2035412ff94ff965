"""The contract of every registered dataset, whatever is registered."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from chainrule.components.registry import create, lookup, names
from chainrule.datasets import Dataset, DatasetSource, load_dataset
from chainrule.datasets.source import GeneratedSource, RegressionSource, Table
from chainrule.datasets.textbook import CurveSource, PatternSource
from chainrule.errors import InputError

ALL = names("dataset")
TEXTBOOK = [name for name in ALL if issubclass(lookup("dataset", name), PatternSource | CurveSource)]
SPLIT = [name for name in ALL if name not in TEXTBOOK]
GENERATED = [name for name in ALL if issubclass(lookup("dataset", name), GeneratedSource)]
REGRESSION = {"diabetes", "linnerud", "friedman1", "point", "hierarchy", "chebyshev"}

Make = Callable[..., DatasetSource]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """The source of any name; csv gets a small file with three classes to read."""
    path = tmp_path / "table.csv"
    generator = np.random.default_rng(0)
    rows = [f"{a},{b},{['red', 'green', 'blue'][i % 3]}" for i, (a, b) in enumerate(generator.normal(size=(60, 2)))]
    path.write_text("\n".join(["length,width,colour", *rows]))

    def source(name: str, **fields: Any) -> DatasetSource:
        if name == "csv":
            fields = {"path": str(path), "target": "colour", **fields}
        made: DatasetSource = create("dataset", name, fields)
        return made

    return source


def arrays(dataset: Dataset) -> list[np.ndarray]:
    return [dataset.X_train, dataset.y_train, dataset.X_test, dataset.y_test]


@pytest.mark.parametrize("name", ALL)
def test_shapes_types_and_names(make: Make, name: str) -> None:
    dataset = make(name).load()
    assert dataset.name == name
    assert dataset.task == ("regression" if name in REGRESSION else "classification")
    for X, y in ((dataset.X_train, dataset.y_train), (dataset.X_test, dataset.y_test)):
        assert X.shape == (len(y), dataset.n_features)
        assert X.dtype == np.float64
        assert np.isfinite(X).all()
        if dataset.task == "classification":
            assert (y.ndim, y.dtype) == (1, np.int64)
            assert set(y) == set(range(dataset.n_classes))
        else:
            assert (y.shape, y.dtype) == ((len(y), dataset.n_outputs), np.float64)
            assert np.isfinite(y).all()
        assert not X.flags.writeable
        assert not y.flags.writeable
    for texts in (dataset.feature_names, dataset.target_names):
        assert isinstance(texts, tuple)
        assert {type(text) for text in texts} == {str}
        assert len(set(texts)) == len(texts)
        assert all(texts)


@pytest.mark.parametrize("name", ALL)
def test_source_is_hashable_documented_and_bounded(make: Make, name: str) -> None:
    assert hash(make(name, seed=1)) == hash(make(name, seed=1))
    assert make(name, seed=1) != make(name, seed=2)
    assert lookup("dataset", name).__doc__
    assert all(allowed.help for _, allowed, _ in lookup("dataset", name).declared.values())


@pytest.mark.parametrize("name", SPLIT)
def test_training_part_is_standardised(make: Make, name: str) -> None:
    dataset = make(name).load()
    varying = np.ptp(dataset.X_train, axis=0) > 0
    np.testing.assert_allclose(dataset.X_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(dataset.X_train.std(axis=0), varying, rtol=1e-12)
    if dataset.task == "regression":
        np.testing.assert_allclose(dataset.y_train.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(dataset.y_train.std(axis=0), 1, rtol=1e-12)


@pytest.mark.parametrize("name", SPLIT)
def test_scaling_changes_units_and_no_more(make: Make, name: str) -> None:
    scaled, plain = make(name).load(), make(name, standardize=False).load()
    mean, spread = plain.X_train.mean(axis=0), plain.X_train.std(axis=0)
    for ours, theirs in ((scaled.X_train, plain.X_train), (scaled.X_test, plain.X_test)):
        np.testing.assert_allclose(ours * np.where(spread > 0, spread, 1) + mean, theirs, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(scaled.y_test, plain.y_test)


@pytest.mark.parametrize("name", SPLIT)
def test_training_part_can_be_whitened(make: Make, name: str) -> None:
    white, plain = make(name, whiten=True).load(), make(name).load()
    covariance = white.X_train.T @ white.X_train / len(white.X_train)
    np.testing.assert_allclose(covariance @ covariance, covariance, atol=1e-9)
    assert np.trace(covariance) == pytest.approx(np.linalg.matrix_rank(plain.X_train))
    assert white.X_test.shape == plain.X_test.shape
    np.testing.assert_array_equal(white.y_train, plain.y_train)


@pytest.mark.parametrize("name", sorted(REGRESSION))
def test_targets_can_be_had_in_their_own_units(make: Make, name: str) -> None:
    source = make(name, standardize_targets=False)
    dataset = source.load()
    np.testing.assert_array_equal(
        np.sort(np.vstack([dataset.y_train, dataset.y_test]), axis=0), np.sort(source.raw().y, axis=0)
    )


@pytest.mark.parametrize("name", SPLIT)
def test_test_rows_never_leak_into_the_scaling(make: Make, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make(name)
    before = source.load()
    X, y, feature_names, target_names = source.raw()
    _, test = source.split(y, target_names)
    X, y = X.copy(), y.copy()
    X[test] = X[test] * 3 + 1000
    if before.task == "regression":
        y[test] = y[test] * 3 + 1000
    monkeypatch.setattr(type(source), "raw", lambda _: Table(X, y, feature_names, target_names))
    after = source.load()
    np.testing.assert_array_equal(after.X_train, before.X_train)
    np.testing.assert_array_equal(after.y_train, before.y_train)
    assert np.all(after.X_test != before.X_test)


@pytest.mark.parametrize("name", ALL)
def test_same_seed_same_bits(make: Make, name: str) -> None:
    first, second = make(name, seed=11).load(), make(name, seed=11).load()
    assert first.digest() == second.digest()
    for one, other in zip(arrays(first), arrays(second), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", SPLIT)
def test_other_seed_other_split(make: Make, name: str) -> None:
    first, second = make(name, seed=11).load(), make(name, seed=12).load()
    assert first.X_test.shape == second.X_test.shape
    assert first.digest() != second.digest()
    assert not np.array_equal(first.X_test, second.X_test)


@pytest.mark.parametrize("name", ALL)
def test_without_a_test_part_every_row_is_trained_on(make: Make, name: str) -> None:
    source = make(name, test_size=0, standardize=False)
    dataset, table = source.load(), source.raw()
    assert dataset.X_test.shape == (0, dataset.n_features)
    assert len(dataset.y_test) == 0
    np.testing.assert_array_equal(dataset.X_train, table.X)


@pytest.mark.parametrize("name", SPLIT)
def test_split_has_the_size_asked_for(make: Make, name: str) -> None:
    dataset = make(name, test_size=0.4).load()
    total = len(dataset.X_train) + len(dataset.X_test)
    assert len(dataset.X_test) == -(-2 * total // 5)


def test_what_is_generated_and_split_has_fresh_test_samples() -> None:
    """Measured data has no more samples than it has."""
    assert set(GENERATED) >= {
        "moons",
        "circles",
        "blobs",
        "gaussian_quantiles",
        "classification",
        "spirals",
        "friedman1",
    }
    for name in set(ALL) - set(GENERATED):
        with pytest.raises(InputError, match=f"dataset.test_samples=1000: {name} has no such field"):
            create("dataset", name, {"test_samples": 1000})


@pytest.mark.parametrize("name", GENERATED)
def test_fresh_test_samples_leave_all_samples_to_train_on(make: Make, name: str) -> None:
    whole, tested = make(name, test_size=0, seed=5).load(), make(name, test_samples=777, seed=5).load()
    np.testing.assert_array_equal(tested.X_train, whole.X_train)
    np.testing.assert_array_equal(tested.y_train, whole.y_train)
    assert len(tested.X_test) == len(tested.y_test) == 777
    other = make(name, test_samples=778, test_size=0, seed=5).load()
    np.testing.assert_array_equal(other.X_train, whole.X_train)
    assert len({whole.digest(), tested.digest(), other.digest(), make(name, seed=5).load().digest()}) == 4
    assert not set(map(tuple, tested.X_test)) & set(map(tuple, tested.X_train))
    other_seed = make(name, test_samples=777, seed=6).load()
    assert not set(map(tuple, tested.X_test)) & set(map(tuple, other_seed.X_test))


@pytest.mark.parametrize("name", GENERATED)
def test_fresh_test_samples_are_of_the_same_distribution(make: Make, name: str) -> None:
    """Shares of the classes, and each class's means and covariances, with as large a sample of both as this takes."""
    data = make(name, samples=20_000, test_samples=10_000, standardize=False, seed=3).load()
    sets = [(data.X_train, data.y_train), (data.X_test, data.y_test)]
    if data.task == "regression":
        (mean, covariance), (test_mean, test_covariance) = (moments(np.hstack([X, y])) for X, y in sets)
        np.testing.assert_allclose(test_mean, mean, atol=0.05 * np.sqrt(np.diag(covariance)).max())
        np.testing.assert_allclose(test_covariance, covariance, atol=0.05 * np.diag(covariance).max())
        return
    shares, test_shares = (np.bincount(y, minlength=data.n_classes) / len(y) for _, y in sets)
    np.testing.assert_allclose(test_shares, shares, atol=0.01)
    for label in range(data.n_classes):
        (mean, covariance), (test_mean, test_covariance) = (moments(X[y == label]) for X, y in sets)
        np.testing.assert_allclose(test_mean, mean, atol=0.05 * np.sqrt(np.diag(covariance)).max())
        np.testing.assert_allclose(test_covariance, covariance, atol=0.05 * np.diag(covariance).max())


def moments(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return X.mean(axis=0), np.atleast_2d(np.cov(X.T))


def test_fresh_test_samples_are_scaled_by_the_training_set(make: Make) -> None:
    scaled = make("friedman1", test_samples=50).load()
    plain = make("friedman1", test_samples=50, standardize=False, standardize_targets=False).load()
    mean, spread = plain.X_train.mean(axis=0), plain.X_train.std(axis=0)
    np.testing.assert_allclose(scaled.X_test, (plain.X_test - mean) / spread)
    np.testing.assert_allclose(scaled.y_test, (plain.y_test - plain.y_train.mean()) / plain.y_train.std())


SHARES = st.floats(0.1, 0.6)


@given(
    name=st.sampled_from(["blobs", "moons", "classification"]),
    samples=st.integers(60, 200),
    test_size=SHARES,
    validation_size=SHARES,
    seed=st.integers(0, 2**32 - 1),
)
def test_the_three_sets_share_out_every_sample_and_every_class(
    name: str, samples: int, test_size: float, validation_size: float, seed: int
) -> None:
    fields = {"samples": samples, "standardize": False, "seed": seed, "test_size": test_size}
    data = load_dataset(name, validation_size=validation_size, **fields)
    train, test = rows(data.X_train, data.y_train), rows(data.X_test, data.y_test)
    validation = rows(data.X_validation, data.y_validation)
    source: DatasetSource = create("dataset", name, fields)
    whole = rows(source.raw().X, source.raw().y)
    assert sorted([*train, *validation, *test]) == sorted(whole)  # nothing is lost, and nothing is in two sets
    learnt = samples - len(test)
    assert len(validation) == math.ceil(validation_size * learnt)
    classes = np.bincount(data.y_train, minlength=data.n_classes) + np.bincount(data.y_validation)
    expected = classes * len(validation) / learnt
    assert np.all(np.abs(np.bincount(data.y_validation, minlength=data.n_classes) - expected) < 1)
    unparted = load_dataset(name, **fields)
    assert rows(unparted.X_test, unparted.y_test) == test  # the test set does not depend on it


def rows(X: np.ndarray, y: np.ndarray) -> list[tuple[float, ...]]:
    return [(*row, label) for row, label in zip(X.tolist(), y.tolist(), strict=True)]


def test_the_validation_set_is_scikit_learns_share_of_the_training_set() -> None:
    fields = {"seed": 5, "standardize": False}
    whole, parted = load_dataset("wine", **fields), load_dataset("wine", validation_size=0.2, **fields)
    theirs = train_test_split(whole.X_train, whole.y_train, test_size=0.2, random_state=5, stratify=whole.y_train)
    for array, own in zip(
        (parted.X_train, parted.X_validation, parted.y_train, parted.y_validation), theirs, strict=True
    ):
        np.testing.assert_array_equal(array, own)


@pytest.mark.parametrize("name", SPLIT)
def test_scaling_is_fitted_without_the_validation_set(make: Make, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make(name, validation_size=0.3, whiten=True)
    before = source.load()
    train, validation, test = source.sets()
    spoilt = validation._replace(X=validation.X * 3 + 1000)
    if before.task == "regression":
        spoilt = spoilt._replace(y=validation.y * 3 + 1000)
    monkeypatch.setattr(DatasetSource, "sets", lambda _: (train, spoilt, test))
    after = source.load()
    for field in ("X_train", "y_train", "X_test", "y_test"):
        np.testing.assert_array_equal(getattr(after, field), getattr(before, field))
    assert not np.array_equal(after.X_validation, before.X_validation)


@pytest.mark.parametrize("name", sorted(REGRESSION - {"point"}))
def test_a_regression_is_validated_in_the_units_it_is_learnt_in(make: Make, name: str) -> None:
    fields = {"validation_size": 0.4, "test_size": 0}
    scaled = make(name, standardize=True, standardize_targets=True, **fields).load()
    plain = make(name, standardize=False, standardize_targets=False, **fields).load()
    for ours, theirs, fitted in (
        (scaled.X_validation, plain.X_validation, plain.X_train),
        (scaled.y_validation, plain.y_validation, plain.y_train),
    ):
        spread = fitted.std(axis=0)
        expected = (theirs - fitted.mean(axis=0)) / np.where(spread > 1e-12, spread, 1)
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_fresh_test_samples_leave_the_validation_set_its_share_of_all_others(make: Make) -> None:
    data = make("moons", samples=100, test_samples=50, validation_size=0.3).load()
    assert (len(data.X_train), len(data.X_validation), len(data.X_test)) == (70, 30, 50)


def test_patterns_are_set_aside_from_training_only(make: Make) -> None:
    """Every pattern is tested whatever is trained on."""
    data = make("symmetry", validation_size=0.25).load()
    assert (len(data.X_train), len(data.X_validation), len(data.X_test)) == (48, 16, 64)


def test_new_dataset_only_writes_its_table() -> None:
    class Line(RegressionSource):
        name = "line"

        def raw(self) -> Table:
            x = np.arange(8.0)[:, np.newaxis]
            return Table(x, 2 * x, ("x",), ("y",))

    dataset = Line(standardize=False, standardize_targets=False).load()
    assert (dataset.task, len(dataset.X_train), len(dataset.X_test)) == ("regression", 6, 2)
    np.testing.assert_array_equal(dataset.y_test, 2 * dataset.X_test)


@pytest.mark.parametrize(
    ("name", "fields", "line"),
    [
        ("irs", {}, "dataset=irs: did you mean iris? allowed: "),
        ("moons", {"noize": 0.1}, "dataset.noize=0.1: moons has no such field; did you mean noise? "),
        ("moons", {"seed": -1}, "dataset.seed=-1: must be a whole number at least 0"),
        ("moons", {"seed": 2**32}, "dataset.seed=4294967296: must be a whole number at least 0"),
        ("moons", {"test_size": 1}, "dataset.test_size=1: must be a number at least 0 and below 1"),
        ("moons", {"standardize": "yes"}, "dataset.standardize=yes: must be true or false"),
        ("iris", {"test_samples": 1000}, "dataset.test_samples=1000: iris has no such field; did you mean test_size? "),
        ("moons", {"test_samples": 19}, "dataset.test_samples=19: must be a whole number at least 20"),
        (
            "moons",
            {"test_samples": 50, "test_size": 0.4},
            "dataset.test_samples=50: takes the place of dataset.test_size=0.4; leave one of them out",
        ),
        ("iris", {"test_size": 0.01}, "dataset.test_size=0.01: gives a test set of 2 out of 150 rows"),
        ("moons", {"validation_size": 1}, "dataset.validation_size=1: must be a number at least 0 and below 1"),
        ("point", {"validation_size": 0.5}, "dataset.validation_size=0.5: gives a training set of 0 out of 1 training"),
        ("iris", {"validation_size": 0.01}, "dataset.validation_size=0.01: gives a validation set of 2 out of 112 "),
        ("linnerud", {"test_size": 0.96}, "dataset.test_size=0.96: gives a training set of 0 out of 20 rows"),
    ],
)
def test_wrong_values_are_refused_in_one_line(name: str, fields: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        load_dataset(name, **fields)
    assert str(caught.value).startswith(line)


def test_importing_the_datasets_loads_nothing_heavy() -> None:
    script = "import sys, chainrule.datasets; print([m for m in ('sklearn', 'scipy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
