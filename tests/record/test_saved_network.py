"""A network saved as files answers as the one that was trained, to the last bit, from features as measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.build import load, network_of
from chainrule.core.parameters import Parameters
from chainrule.errors import InputError
from chainrule.record.saved_network import SavedNetwork
from chainrule.settings import Settings

Make = Callable[..., Settings]
SOFTMAX = {"output": "softmax", "cost": "cross_entropy"}
LINEAR = {"output": "identity", "cost": "quadratic"}
CASES = [
    {"dataset": {"name": "moons", "samples": 40}},
    {"dataset": {"name": "moons", "samples": 40, "standardize": False}, "hidden": []},
    {"dataset": {"name": "iris", "whiten": True}, **SOFTMAX},
    {"dataset": {"name": "iris"}, **SOFTMAX, "dtype": "float32"},
    {"dataset": {"name": "diabetes"}, **LINEAR},
    {"dataset": {"name": "linnerud", "standardize_targets": False}, **LINEAR},
]


def saved(settings: Settings, folder: Path) -> SavedNetwork:
    """The network that a run starts with, saved and loaded."""
    flat = Parameters.of(*settings.init.sample(network_of(settings).sizes, np.random.default_rng(0)), settings.dtype)
    made = SavedNetwork.of(settings, flat.flat[0])
    made.save(folder, settings, settings.dataset.sets()[0].X)
    return SavedNetwork.load(folder)


@pytest.mark.parametrize("changed", CASES, ids=lambda changed: f"{changed['dataset']}")
def test_outputs_are_those_of_the_trained_network(make: Make, tmp_path: Path, changed: dict[str, Any]) -> None:
    settings = make(**changed)
    network = saved(settings, tmp_path)
    data = load(settings.dataset)
    raw = settings.dataset.sets()[2]
    weights, biases = Parameters(network.network.sizes, network.arrays["parameters"]).run(0)
    X = data.X_test.astype(settings.dtype)
    functions = {key: getattr(settings, key) for key in ("activation", "output", "cost")}
    targets = np.eye(network.network.sizes[-1])[np.zeros(len(X), int)]
    if settings.dtype == "float64":
        outputs = cr.backprop(weights, biases, X, targets, **functions).outputs
        np.testing.assert_array_equal(network.outputs(raw.X), outputs)
    else:  # the single-run calls compute in float64
        assert network.outputs(raw.X).dtype == np.float32
        double = cr.backprop(weights, biases, X, targets, **functions).outputs
        np.testing.assert_allclose(network.outputs(raw.X), double, rtol=1e-5)


def test_classes_are_named_and_have_their_probabilities(make: Make, tmp_path: Path) -> None:
    settings = make(dataset={"name": "iris"}, **SOFTMAX)
    network = saved(settings, tmp_path)
    X = settings.dataset.sets()[2].X
    found = network.predict(X)
    shares = network.outputs(X)
    assert list(found) == ["label", "p(setosa)", "p(versicolor)", "p(virginica)"]
    np.testing.assert_array_equal(found.iloc[:, 1:].to_numpy(), shares)
    assert found["label"].tolist() == [load(settings.dataset).target_names[i] for i in shares.argmax(axis=1)]


def test_one_unit_tells_two_classes_apart(make: Make, tmp_path: Path) -> None:
    settings = make()
    network = saved(settings, tmp_path)
    X = settings.dataset.sets()[2].X
    found, (share,) = network.predict(X), network.outputs(X).T
    np.testing.assert_array_equal(found["p(lower)"], share)
    np.testing.assert_array_equal(found["p(upper)"], 1 - share)
    assert found["label"].tolist() == ["lower" if p > 0.5 else "upper" for p in share]
    between = saved(make(output="tanh"), tmp_path)  # from -1 to 1, no probability
    answers = between.predict(X)
    assert list(answers) == ["label"]
    assert answers["label"].tolist() == ["lower" if a > 0 else "upper" for a in between.outputs(X)[:, 0]]


def test_a_regression_answers_in_the_targets_own_units(make: Make, tmp_path: Path) -> None:
    settings = make(dataset={"name": "linnerud"}, **LINEAR)
    network = saved(settings, tmp_path)
    train = settings.dataset.sets()[0]
    found = network.predict(train.X)
    assert list(found) == list(train.target_names)
    spread, mean = train.y.std(axis=0), train.y.mean(axis=0)
    np.testing.assert_allclose((found.to_numpy() - mean) / spread, network.outputs(train.X), rtol=1e-12, atol=1e-12)


def test_samples_of_another_width_are_refused(make: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be samples in rows with 2 features"):
        saved(make(), tmp_path).predict(np.zeros((3, 5)))
