"""Each slip is the formula with one thing wrong, worked out by hand, and the check notices it."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import backprop, initialize
from chainrule.arrays import as_network, as_split
from chainrule.core.differences import Problem, check_along, random_directions
from chainrule.core.parameters import Parameters
from chainrule.core.slips import SLIPS

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 3)), RNG.uniform(size=(50, 2))
W, B = initialize("lecun_normal", (3, 4, 2), seed=1, bias="normal")


def problem(slip: str, l2: float = 0.0) -> tuple[Problem, np.ndarray]:
    network, parameters = as_network(W, B, activation="sigmoid", output="sigmoid", cost="quadratic")
    return Problem(network, as_split(network, X, Y), l2, slip), parameters.flat


def spoilt(slip: str, l2: float = 0.0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The gradient with a slip, as weights and biases a layer."""
    right, flat = problem(slip, l2)
    return Parameters((3, 4, 2), right.gradients(flat)).run(0)


def wrong_by_hand() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Backpropagation by someone with f(-z) for f(z), whose weights are -W, read as a gradient by W."""

    def f(z: np.ndarray) -> np.ndarray:
        return 1.0 / (1.0 + np.exp(z))

    v1, v2 = -W[0], -W[1]
    a1 = f(X @ v1.T - B[0])
    a2 = f(a1 @ v2.T - B[1])
    d2 = (a2 - Y) * a2 * (1 - a2) / len(X)
    d1 = (d2 @ v2) * a1 * (1 - a1)
    return [-(d1.T @ X), -(d2.T @ a1)], [-d1.sum(axis=0), -d2.sum(axis=0)]


def test_none_is_backpropagation() -> None:
    step = backprop(W, B, X, Y)
    own_weights, own_biases = spoilt("none")
    right = [*step.weight_gradients, *step.bias_gradients]
    for own, theirs in zip([*own_weights, *own_biases], right, strict=True):
        np.testing.assert_array_equal(own, theirs)


def test_without_the_mean_it_is_n_times_too_long_but_for_the_decay() -> None:
    step = backprop(W, B, X, Y)
    for own, data, w in zip(spoilt("without_mean", l2=0.1)[0], step.weight_gradients, W, strict=True):
        np.testing.assert_allclose(own, 50 * data + 0.1 * w, rtol=1e-12)


def test_without_the_input_every_weight_of_a_unit_is_blamed_alike() -> None:
    step = backprop(W, B, X, Y)
    weights, biases = spoilt("without_input")
    for own, bias in zip(weights, step.bias_gradients, strict=True):
        np.testing.assert_array_equal(own, np.broadcast_to(bias[:, None], own.shape))
    np.testing.assert_array_equal(biases[0], step.bias_gradients[0])


def test_the_wrong_sign_is_what_the_wrong_formula_gives() -> None:
    for own, by_hand in zip(spoilt("wrong_sign"), wrong_by_hand(), strict=True):
        for layer, expected in zip(own, by_hand, strict=True):
            np.testing.assert_allclose(layer, expected, rtol=1e-10)


def test_the_wrong_sign_alternates_from_the_last_layer_down() -> None:
    gradient = Parameters((1,) * 6, np.ones((1, 10)))
    SLIPS["wrong_sign"](gradient, 1)
    assert [block.ravel().tolist() for block in gradient.blocks] == [[s, s] for s in (-1.0, 1.0, -1.0, 1.0, -1.0)]


@pytest.mark.parametrize("method", ["central", "complex"])
def test_the_check_tells_every_slip_from_the_right_gradient(method: str) -> None:
    errors = {}
    for slip in SLIPS:
        checked, flat = problem(slip)
        along = random_directions(40, flat.shape[1], np.random.default_rng(0))[None]
        (errors[slip],) = check_along(checked, flat, along, method, None)
    assert errors.pop("none") < 1e-7
    assert errors["without_mean"] == pytest.approx(49 / 51)
    assert min(errors.values()) > 1e-2
