"""The two passes against the book's formulas, written once more with samples first and no stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule import backprop, initialize

SIZES = (3, 5, 4, 3)
HIDDEN = {"sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z)), "tanh": np.tanh}
SLOPE = {"sigmoid": lambda a: a * (1.0 - a), "tanh": lambda a: 1.0 - a * a}
# What the surrogate puts where the chain rule has f'(z).
SURROGATE = {
    "exact": lambda slope: slope,
    "one": np.ones_like,
    "quarter": lambda slope: np.full_like(slope, 0.25),
    "offset": lambda slope: slope + 0.1,
}
KEEP = {"exact": 1.0, "one": 0.0, "quarter": 0.0, "offset": 1.0}
ADD = {"exact": 0.0, "one": 1.0, "quarter": 0.25, "offset": 0.1}


def example(sizes: tuple[int, ...] = SIZES, samples: int = 6) -> tuple[list, list, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    W, b = initialize("normal", sizes, seed=3, scale=0.8, bias="normal")
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], samples)]
    return W, b, rng.normal(size=(samples, sizes[0])), y


def output_factors(output: str, cost: str, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outputs a, dC/da and dC/dz of every sample, by their own formulas."""
    if output == "softmax":
        a = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        upstream = a - y if cost == "quadratic" else -y / a
        jacobians = [np.diag(row) - np.outer(row, row) for row in a]
        return a, upstream, np.array([J @ u for J, u in zip(jacobians, upstream, strict=True)])
    a = HIDDEN[output](z)
    upstream = a - y if cost == "quadratic" else (a - y) / (a * (1.0 - a))
    return a, upstream, upstream * SLOPE[output](a)


def by_hand(W: list, b: list, X: np.ndarray, y: np.ndarray, hidden: str, **names: str) -> dict[str, Any]:
    """One pass of f -> f -> output, every line as in the book, in samples-first layout."""
    f, slope = HIDDEN[names["activation"]], SLOPE[names["activation"]]
    z1 = X @ W[0].T + b[0]
    a1 = f(z1)
    z2 = a1 @ W[1].T + b[1]
    a2 = f(z2)
    z3 = a2 @ W[2].T + b[2]
    a3, upstream, error = output_factors(names["output"], names["cost"], z3, y)
    delta3 = (KEEP[names["surrogate"]] * error + ADD[names["surrogate"]] * upstream) / len(X)
    delta2 = (delta3 @ W[2]) * SURROGATE[hidden](slope(a2))
    delta1 = (delta2 @ W[1]) * SURROGATE[hidden](slope(a1))
    deltas, below = [delta1, delta2, delta3], [X, a1, a2]
    return {
        "z": [z1, z2, z3],
        "activations": [X, a1, a2, a3],
        "deltas": deltas,
        "weight_gradients": [d.T @ a for d, a in zip(deltas, below, strict=True)],
        "bias_gradients": [d.sum(axis=0) for d in deltas],
    }


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize(
    ("output", "cost"),
    [
        ("sigmoid", "quadratic"),
        ("sigmoid", "cross_entropy"),
        ("tanh", "quadratic"),
        ("softmax", "quadratic"),
        ("softmax", "cross_entropy"),
    ],
)
@pytest.mark.parametrize("hidden", list(SURROGATE))
@pytest.mark.parametrize("surrogate", list(SURROGATE))
def test_every_factor_with_every_surrogate(
    activation: str, output: str, cost: str, hidden: str, surrogate: str
) -> None:
    W, b, X, y = example()
    rules = {"hidden": hidden, "output": surrogate}
    found = backprop(W, b, X, y, activation=activation, output=output, cost=cost, backward=rules)
    expected = by_hand(W, b, X, y, hidden, activation=activation, output=output, cost=cost, surrogate=surrogate)
    for name, arrays in expected.items():
        for ours, theirs in zip(getattr(found, name), arrays, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-15, err_msg=name)


@pytest.mark.parametrize(("output", "cost"), [("sigmoid", "quadratic"), ("softmax", "cross_entropy")])
def test_left_out_at_a_quadratic_output_it_is_the_gradient_of_cross_entropy(output: str, cost: str) -> None:
    """(a - y) f'(z) without f'(z) is a - y, which cross-entropy has for a reason."""
    W, b, X, y = example()
    left_out = backprop(W, b, X, y, output="sigmoid", cost="quadratic", backward={"output": "one"})
    entropy = backprop(W, b, X, y, output="sigmoid", cost="cross_entropy")
    for first, second in zip(left_out.weight_gradients, entropy.weight_gradients, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-14)


def test_one_name_stands_for_both_places() -> None:
    W, b, X, y = example()
    both = backprop(W, b, X, y, backward="offset")
    each = backprop(W, b, X, y, backward={"hidden": "offset", "output": "offset"})
    half = backprop(W, b, X, y, backward={"hidden": "offset"})
    np.testing.assert_array_equal(both.weight_gradients[0], each.weight_gradients[0])
    assert not np.allclose(both.weight_gradients[2], half.weight_gradients[2])
    np.testing.assert_array_equal(half.deltas[2], backprop(W, b, X, y).deltas[2])


def test_cost_is_the_mean_over_samples_of_the_sum_over_units() -> None:
    W, b, X, y = example()
    a = backprop(W, b, X, y).outputs
    assert backprop(W, b, X, y).cost == pytest.approx(np.sum((a - y) ** 2) / (2.0 * len(X)), rel=1e-14)
    entropy = backprop(W, b, X, y, output="softmax", cost="cross_entropy")
    assert entropy.cost == pytest.approx(-np.sum(y * np.log(entropy.outputs)) / len(X), rel=1e-14)


def test_decay_adds_half_l2_times_the_squared_weights_and_leaves_biases_alone() -> None:
    W, b, X, y = example()
    plain, decayed = backprop(W, b, X, y), backprop(W, b, X, y, l2=0.3)
    assert decayed.cost == pytest.approx(plain.cost + 0.15 * sum(np.sum(w * w) for w in W), rel=1e-14)
    for first, second, w in zip(plain.weight_gradients, decayed.weight_gradients, W, strict=True):
        np.testing.assert_allclose(second, first + 0.3 * w, rtol=1e-13)
    for first, second in zip(plain.bias_gradients, decayed.bias_gradients, strict=True):
        np.testing.assert_array_equal(first, second)


def test_each_sample_alone_adds_up_to_the_batch() -> None:
    W, b, X, y = example()
    together = backprop(W, b, X, y)
    alone = [backprop(W, b, X[i : i + 1], y[i : i + 1]) for i in range(len(X))]
    for layer in range(3):
        np.testing.assert_allclose(
            together.weight_gradients[layer],
            np.mean([one.weight_gradients[layer] for one in alone], axis=0),
            rtol=1e-12,
        )
    assert together.cost == pytest.approx(np.mean([one.cost for one in alone]), rel=1e-13)


def test_a_single_layer_is_one_neuron_a_class() -> None:
    W, b, X, y = example((3, 3))
    found = backprop(W, b, X, y)
    a = 1.0 / (1.0 + np.exp(-(X @ W[0].T + b[0])))
    np.testing.assert_allclose(found.weight_gradients[0], ((a - y) * a * (1.0 - a)).T @ X / len(X), rtol=1e-13)
    assert [len(found.z), len(found.activations), len(found.deltas)] == [1, 2, 1]
