"""The ledger's numbers against plain arithmetic on the arrays of one pass."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainrule import backprop, initialize, train
from chainrule.components import create
from chainrule.core.curve import Outputs
from chainrule.core.curves import accuracy, angle_between, curve_names, margin, r2, root_mean_square
from chainrule.core.data import Data, Split
from chainrule.core.network import Network
from chainrule.core.parameters import Parameters
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, train_stack

SIZES = (3, 6, 5, 4)


def example(output: str) -> tuple[list, list, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    W, b = initialize("normal", SIZES, seed=1, scale=3.0, bias="normal")
    labels = rng.integers(0, 4, 11)
    y = rng.normal(size=(11, 4)) if output == "identity" else np.where(np.eye(4)[labels], 1.0, 0.0)
    return W, b, rng.normal(size=(11, 3)), y


def by_hand(W: list, b: list, X: np.ndarray, y: np.ndarray, **chosen: Any) -> dict[str, float]:
    """Every usual curve of the training set, from the definition in its name."""
    found = backprop(W, b, X, y, **chosen)
    a = found.outputs
    rows = {"cost/train": found.cost}
    if chosen["output"] == "identity":
        rows["r2/train"] = float(np.mean(1.0 - np.sum((a - y) ** 2, 0) / np.sum((y - y.mean(0)) ** 2, 0)))
    else:
        rows["accuracy/train"] = float(np.mean(a.argmax(1) == y.argmax(1)))
    if chosen["cost"] == "quadratic":
        at_top = (a - y) / len(X)
    else:
        at_top = (a - y) / (a * (1.0 - a)) / len(X) if chosen["output"] == "sigmoid" else -y / a / len(X)
    highest = {"sigmoid": 0.25, "tanh": 1.0, "identity": 1.0, "softmax": 0.25}
    squares = 0.0
    for layer in (1, 2, 3):
        weights, biases = found.weight_gradients[layer - 1], found.bias_gradients[layer - 1]
        size = np.sum(weights**2) + np.sum(biases**2)
        squares += size
        rows[f"gradient_norm/layer_{layer}"] = np.sqrt(size)
        upstream = at_top if layer == 3 else found.deltas[layer] @ W[layer]
        slope = np.abs(found.slopes[layer - 1])
        f = chosen["output"] if layer == 3 else chosen["activation"]
        rows[f"upstream/layer_{layer}"] = np.sqrt(np.mean(upstream**2))
        rows[f"slope/layer_{layer}"] = np.mean(slope)
        rows[f"input/layer_{layer}"] = np.sqrt(np.mean(found.activations[layer - 1] ** 2))
        rows[f"saturated/layer_{layer}"] = np.mean(slope < 0.05 * highest[f])
    rows["gradient_norm/total"] = np.sqrt(squares)
    return rows


@pytest.mark.parametrize(
    ("activation", "output", "cost", "l2"),
    [
        ("sigmoid", "sigmoid", "quadratic", 0.0),
        ("sigmoid", "sigmoid", "cross_entropy", 0.1),
        ("tanh", "softmax", "cross_entropy", 0.0),
        ("tanh", "identity", "quadratic", 0.1),
    ],
)
@pytest.mark.parametrize("batch_size", [None, 4])
def test_every_usual_curve_before_and_after(
    activation: str, output: str, cost: str, l2: float, batch_size: int | None
) -> None:
    W, b, X, y = example(output)
    chosen = {"activation": activation, "output": output, "cost": cost, "l2": l2}
    trained = train(W, b, X, y, learning_rate=0.02, epochs=3, batch_size=batch_size, **chosen)
    for epoch, (weights, biases) in {0: (W, b), 3: (trained.weights, trained.biases)}.items():
        expected = by_hand(weights, biases, X, y, **chosen)
        assert set(expected) == set(trained.history.columns)
        for name, value in expected.items():
            assert trained.history.loc[epoch, name] == pytest.approx(value, rel=1e-11), name
    saturated = trained.history.loc[0, "saturated/layer_1"]
    assert 0.0 < saturated < 1.0  # the example has both kinds of units


def test_the_input_of_a_single_layer_is_the_samples_without_their_ones() -> None:
    _, _, X, y = example("sigmoid")
    W, b = initialize("normal", (3, 4), seed=1)
    history = train(W, b, X, y, learning_rate=0.1, epochs=1).history
    assert history.loc[0, "input/layer_1"] == pytest.approx(np.sqrt(np.mean(X**2)), rel=1e-13)


def test_the_test_part_is_scored_with_the_same_cost() -> None:
    W, b, X, y = example("softmax")
    chosen = {"output": "softmax", "cost": "cross_entropy", "l2": 0.1}
    history = train(W, b, X[:7], y[:7], learning_rate=0.1, epochs=1, X_test=X[7:], y_test=y[7:], **chosen).history
    held_out = backprop(W, b, X[7:], y[7:], **chosen)
    assert history.loc[0, "cost/test"] == pytest.approx(held_out.cost, rel=1e-13)
    assert history.loc[0, "accuracy/test"] == np.mean(held_out.outputs.argmax(1) == y[7:].argmax(1))


@pytest.mark.parametrize(("output", "low"), [("sigmoid", 0.0), ("tanh", -1.0)])
def test_one_unit_tells_two_classes_apart_at_the_middle_of_its_targets(output: str, low: float) -> None:
    network = Network((1, 1), create("activation", "tanh"), create("output", output), create("cost", "quadratic"))
    middle = (1.0 + low) / 2.0
    outputs = np.array([low, middle - 0.01, middle + 0.01, 1.0])[None, None]
    y = np.array([low, 1.0, 1.0, 1.0])[None, None]
    np.testing.assert_array_equal(accuracy(Outputs(network, outputs, y, np.zeros(1))), [0.75])


def test_an_output_in_the_middle_says_no() -> None:
    network = Network((1, 1), create("activation", "tanh"), create("output", "sigmoid"), create("cost", "quadratic"))
    outputs, y = np.full((1, 1, 3), 0.5), np.array([0.0, 0.0, 1.0])[None, None]
    np.testing.assert_array_equal(accuracy(Outputs(network, outputs, y, np.zeros(1))), [2.0 / 3.0])


@pytest.mark.parametrize(("output", "low"), [("sigmoid", 0.0), ("tanh", -1.0)])
def test_margin_is_the_least_clear_output_of_either_side(output: str, low: float) -> None:
    """Shares of the way from low to high; of three units and two samples, the targets' side counts."""
    shares = np.array([[[0.9, 0.3], [0.2, 0.1], [0.6, 0.8]], [[0.9, 0.9], [0.9, 0.1], [0.6, 0.8]]])
    yes = np.array([[True, True], [False, False], [True, True]])
    state = SimpleNamespace(
        network=SimpleNamespace(output=create("output", output)),
        targets=np.where(yes, 1.0, low)[None],
        workspace=SimpleNamespace(outputs=low + (1.0 - low) * shares),
    )
    np.testing.assert_allclose(margin(state), [0.3, 0.1], rtol=1e-14)


def test_r2_is_one_for_the_targets_nothing_for_their_mean_and_averages_the_outputs() -> None:
    network = Network((1, 2), create("activation", "tanh"), create("output", "identity"), create("cost", "quadratic"))
    y = np.array([[0.0, 1.0, 2.0], [5.0, 1.0, 3.0]])[None]
    mean = np.broadcast_to(y.mean(axis=2, keepdims=True), y.shape)
    half = np.concatenate([y[:, :1], mean[:, 1:]], axis=1)
    np.testing.assert_allclose(
        [r2(Outputs(network, a, y, np.zeros(1)))[0] for a in (y, mean, half)], [1.0, 0.0, 0.5], atol=1e-15
    )


def test_root_mean_square_is_a_runs_own() -> None:
    np.testing.assert_allclose(root_mean_square(np.array([[[3.0, 4.0]], [[1.0, 1.0]]])), [np.sqrt(12.5), 1.0])


def test_angles() -> None:
    a = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    b = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [-1.0, 0.0]])
    np.testing.assert_allclose(angle_between(a, b), [0.0, 45.0, 90.0, 180.0], atol=1e-12)
    tiny = angle_between(np.array([[1.0, 0.0]]), np.array([[1.0, 1e-9]]))
    np.testing.assert_allclose(tiny, np.degrees(1e-9), rtol=1e-6)  # arccos of a dot product would say 0


def recorded(
    backward: str, l2: float = 0.0, biases: str = "all", output: str = "sigmoid", dtype: str = "float64"
) -> dict[str, float]:
    """All curves at epoch 0 of the example, by name."""
    W, b, X, y = example(output)
    rules = [create("backward", backward)] * 2
    network = Network(
        SIZES, create("activation", "tanh"), create("output", output), create("cost", "quadratic"), *rules
    )
    rule = create("optimizer", "gradient_descent")
    shape = StackSpec(network, 1, None, dtype, type(rule), l2 > 0.0, biases, 2, curve_names())
    member = Member(Parameters.of(W, b).flat[0], np.array([0.1]), rule, l2, streams(0).batches)
    history = train_stack(shape, [member], Data(Split.of(X, y, dtype), None, "classification")).history
    return dict(zip(history.metrics, history.values[0, 0].tolist(), strict=True))


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("biases", ["all", "hidden", "none"])
def test_the_exact_gradient_is_at_no_angle_to_the_costs_own(l2: float, biases: str) -> None:
    assert recorded("exact", l2, biases)["gradient_angle"] == pytest.approx(0.0, abs=1e-10)


def test_in_single_precision_both_gradients_are_the_same_to_the_last_bit() -> None:
    assert recorded("exact", dtype="float32")["gradient_angle"] == 0.0


def test_the_angle_of_a_surrogate() -> None:
    W, b, X, y = example("sigmoid")
    flat = [
        np.concatenate(
            [np.concatenate([w.ravel(), v]) for w, v in zip(p.weight_gradients, p.bias_gradients, strict=True)]
        )
        for p in (backprop(W, b, X, y, activation="tanh", backward=rule) for rule in ("exact", "one"))
    ]
    cosine = flat[0] @ flat[1] / np.linalg.norm(flat[0]) / np.linalg.norm(flat[1])
    angle = recorded("one")["gradient_angle"]
    assert angle == pytest.approx(np.degrees(np.arccos(cosine)), rel=1e-10)
    assert angle > 10.0


@pytest.mark.parametrize("biases", ["all", "none"])
def test_mean_activation_mean_delta_and_margin(biases: str) -> None:
    W, b, X, y = example("sigmoid")
    found, curves = backprop(W, b, X, y, activation="tanh"), recorded("exact", biases=biases)
    for layer in (1, 2, 3):
        assert curves[f"activation/layer_{layer}"] == pytest.approx(np.mean(found.activations[layer]), rel=1e-12)
        # the deltas carry the 1/N of the cost, so their sum is the mean of each sample's
        mean = np.sum(found.deltas[layer - 1], axis=0)
        assert curves[f"mean_delta/layer_{layer}"] == pytest.approx(np.linalg.norm(mean), rel=1e-12)
    assert curves["margin"] == pytest.approx(np.min(np.where(y == 1.0, found.outputs, 1.0 - found.outputs)), rel=1e-10)
