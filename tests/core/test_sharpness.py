"""The largest curvature against Hessians that finite differences make, and against the linear neuron's theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule import backprop, initialize, load_dataset, sharpness, train
from chainrule.components import create
from chainrule.core.data import Data, Split
from chainrule.core.network import Network
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, train_stack


def hessian(W: list, b: list, X: np.ndarray, y: np.ndarray, **chosen: Any) -> np.ndarray:
    """Central differences of the gradient, parameter by parameter."""
    arrays = [np.array(x) for pair in zip(W, b, strict=True) for x in pair]

    def gradient() -> np.ndarray:
        found = backprop(arrays[::2], arrays[1::2], X, y, **chosen)
        pairs = zip(found.weight_gradients, found.bias_gradients, strict=True)
        return np.concatenate([x.ravel() for pair in pairs for x in pair])

    h, rows = 1e-5, []
    for x in arrays:
        for i in range(x.size):
            held = x.flat[i]
            x.flat[i] = held + h
            above = gradient()
            x.flat[i] = held - h
            rows.append((above - gradient()) / (2.0 * h))
            x.flat[i] = held
    H = np.array(rows)
    return 0.5 * (H + H.T)


@pytest.mark.parametrize("hidden", [(), (4,), (9,), (6, 6)], ids=["15", "35", "75", "87"])
@pytest.mark.parametrize(
    ("activation", "output", "cost", "l2"),
    [
        ("tanh", "identity", "quadratic", 0.0),
        ("sigmoid", "softmax", "cross_entropy", 0.05),
        ("silu", "sigmoid", "cross_entropy", 0.0),
    ],
)
def test_is_the_top_of_the_spectrum(
    hidden: tuple[int, ...], activation: str, output: str, cost: str, l2: float
) -> None:
    """Up to 64 parameters by the whole Hessian, beyond by Lanczos iterations."""
    rng = np.random.default_rng(0)
    W, b = initialize("normal", (4, *hidden, 3), seed=0, bias="normal")
    X, y = rng.normal(size=(8, 4)), np.eye(3)[rng.integers(0, 3, 8)]
    chosen = {"activation": activation, "output": output, "cost": cost, "l2": l2}
    spectrum = np.linalg.eigvalsh(hessian(W, b, X, y, **chosen))
    assert sharpness(W, b, X, y, **chosen) == pytest.approx(spectrum[-1], rel=1e-7)


def test_the_linear_neuron_on_diabetes() -> None:
    """The Hessian of C is E[x x^T] wherever one stands; LeCun et al. 1998 have the rate's limit 2 / lambda_max."""
    data = load_dataset("diabetes", test_size=0)
    W, b = initialize("normal", (10, 1), seed=0)
    found = sharpness(W, b, data.X_train, data.y_train, output="identity")
    with_bias = np.column_stack([data.X_train, np.ones(len(data.X_train))])
    assert found == pytest.approx(np.linalg.eigvalsh(with_bias.T @ with_bias / len(with_bias))[-1], rel=1e-12)
    assert found == pytest.approx(4.024210751, abs=1e-9)
    assert 2.0 / found == pytest.approx(0.496991864, abs=1e-9)


@pytest.mark.parametrize(("biases", "columns"), [("all", 3), ("none", 2)])
def test_the_recorded_one_is_over_what_is_trained(biases: str, columns: int) -> None:
    """Of a linear neuron: E[x x^T], with the column of ones if the bias is trained, plus the decay of the weights."""
    X = np.random.default_rng(0).normal(0.7, 1.0, (20, 2))
    quadratic, identity = create("cost", "quadratic"), create("output", "identity")
    network, rule = Network((2, 1), create("activation", "tanh"), identity, quadratic), create("optimizer", "adam")
    spec = StackSpec(network, 1, None, "float64", type(rule), True, biases, 2, ("sharpness",))
    members = [Member(np.zeros(3), np.array([0.1]), rule, l2, streams(0).batches) for l2 in (0.0, 0.5)]
    history = train_stack(spec, members, Data(Split.of(X, X[:, :1], "float64"), None, "regression")).history
    x = np.column_stack([X, np.ones(20)])[:, :columns]
    for values, l2 in zip(history.values, (0.0, 0.5), strict=True):
        hessian = x.T @ x / 20 + l2 * np.diag([1.0, 1.0, 0.0])[:columns, :columns]
        np.testing.assert_allclose(values, np.linalg.eigvalsh(hessian)[-1], rtol=1e-12)


def test_twice_the_inverse_curvature_is_where_training_turns() -> None:
    """C - C* after 2000 steps: gone at 1.99 / lambda, kept at 2 / lambda, exploded at 2.01 / lambda."""
    data = load_dataset("diabetes", test_size=0)
    X, y = data.X_train, data.y_train
    W, b = initialize("zeros", (10, 1), seed=0)
    top = sharpness(W, b, X, y, output="identity")
    with_bias = np.column_stack([X, np.ones(len(X))])
    best = np.linalg.lstsq(with_bias, y, rcond=None)[0]
    least = np.mean(np.square(y - with_bias @ best)) / 2.0

    def excess(share: float) -> float:
        trained = train(W, b, X, y, learning_rate=share / top, epochs=2000, output="identity")
        return float(trained.history["cost/train"].iloc[-1] - least)

    assert abs(excess(1.99)) < 1e-8
    assert excess(2.0) == pytest.approx(0.15, abs=0.005)
    assert 1e16 < excess(2.01) < 1e17


@pytest.mark.parametrize("hidden", [5, 40])
def test_a_dead_network_is_flat(hidden: int) -> None:
    W, b = initialize("zeros", (3, hidden, 1), seed=0, bias="constant", bias_scale=-50.0)
    X, y = np.random.default_rng(0).normal(size=(6, 3)), np.zeros((6, 1))
    b[1][:] = -1000.0
    assert sharpness(W, b, X, y, activation="relu", output="tanh") == pytest.approx(0.0, abs=1e-30)


@pytest.mark.parametrize("hidden", [4, 40])
def test_a_hessian_beyond_all_numbers_is_nan(hidden: int) -> None:
    W, b = initialize("normal", (3, hidden, 1), seed=0, scale=1e160)
    assert np.isnan(sharpness(W, b, np.ones((2, 3)), np.zeros((2, 1)), activation="identity", output="identity"))
