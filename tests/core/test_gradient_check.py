"""Backpropagation against derivatives that know no chain rule, over everything that is registered."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import gradient_check, initialize
from chainrule.arrays import as_network, as_split
from chainrule.components import create, names
from chainrule.components.activations import logistic
from chainrule.core.differences import (
    Problem,
    check_along,
    is_wrong,
    numerical_gradient,
    random_directions,
    relative_error,
    slope_along,
)

PAIRS = [
    (output, cost)
    for output in names("output")
    for cost in names("cost")
    if create("cost", cost).suits(create("output", output))
]
RIGHT, WRONG = 1e-7, 1e-2  # CS231n's rule of thumb


def example(
    hidden: tuple[int, ...], output: str = "sigmoid", scale: float = 1.0
) -> tuple[list, list, np.ndarray, np.ndarray]:
    """A network with biases and five samples; the targets are those of classes."""
    rng = np.random.default_rng(len(hidden))
    W, b = initialize("lecun_normal", (3, *hidden, 3), seed=len(hidden), scale=scale, bias="normal", bias_scale=0.5)
    layer = create("output", output)
    y = np.where(np.eye(3)[rng.integers(0, 3, 5)] > 0.0, layer.high, layer.low)
    return W, b, rng.normal(size=(5, 3)), y


@pytest.mark.parametrize("hidden", [(), (4,), (4, 5)], ids=["depth 1", "depth 2", "depth 3"])
@pytest.mark.parametrize(("output", "cost"), PAIRS)
@pytest.mark.parametrize("activation", names("activation"))
def test_right_for_every_network(activation: str, output: str, cost: str, hidden: tuple[int, ...]) -> None:
    W, b, X, y = example(hidden, output)
    for l2 in (0.0, 0.2):
        chosen = {"activation": activation, "output": output, "cost": cost, "l2": l2}
        assert gradient_check(W, b, X, y, **chosen) < RIGHT
        assert gradient_check(W, b, X, y, **chosen, method="complex") < 1e-12


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
@pytest.mark.parametrize("init", ["identity", "zeros", "he_normal", "constant"])
def test_right_on_a_kink(activation: str, init: str) -> None:
    """Without biases, the units behind a sample for which a whole layer is silent are at exactly 0."""
    X = np.array([[0.0, 0.0, 0.0], [-1.0, -2.0, -0.5], [0.0, 1.0, 0.0], [0.3, -0.7, 2.0]])
    for seed in range(20):
        W, b = initialize(init, (3, 2, 3, 2), seed=seed)
        network, parameters = as_network(W, b, activation=activation, output="identity", cost="quadratic")
        problem = Problem(network, as_split(network, X, X[:, :2]))
        directions = random_directions(3, parameters.flat.shape[1], np.random.default_rng(seed))[None]
        assert check_along(problem, parameters.flat, directions, "complex", None)[0] < 1e-12
        assert not is_wrong(problem, parameters.flat, directions)[0]


@pytest.mark.parametrize("surrogate", ["one", "quarter", "offset"])
@pytest.mark.parametrize("place", ["hidden", "output"])
@pytest.mark.parametrize("method", ["central", "forward", "complex"])
@pytest.mark.parametrize("directions", [None, 3])
def test_wrong_where_the_derivative_is_replaced(
    surrogate: str, place: str, method: str, directions: int | None
) -> None:
    W, b, X, y = example((4, 5), scale=3.0)  # wide enough that the sigmoid's slope is nowhere near constant
    error = gradient_check(W, b, X, y, backward={place: surrogate}, method=method, directions=directions)
    assert error > WRONG
    assert gradient_check(W, b, X, y, method=method, directions=directions) < 1e-5


def test_what_is_left_out_does_not_matter_where_the_slope_is_one() -> None:
    """A linear network's derivative is 1, so leaving it out is no slip."""
    W, b, X, y = example((4, 5))
    chosen = {"activation": "identity", "output": "identity", "backward": "one"}
    assert gradient_check(W, b, X, y, **chosen, method="complex") < 1e-12


def test_directions_and_coordinates_agree() -> None:
    W, b, X, y = example((4, 5))
    network, parameters = as_network(W, b, activation="tanh", output="sigmoid", cost="quadratic")
    problem, flat = Problem(network, as_split(network, X, y), 0.1), parameters.flat[0]
    along = random_directions(6, len(flat), np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(along, axis=1), 1.0, rtol=1e-14)
    coordinates = numerical_gradient(problem, flat, np.eye(len(flat)), "complex", None)
    np.testing.assert_allclose(
        numerical_gradient(problem, flat, along, "complex", None), along @ coordinates, rtol=1e-11
    )
    np.testing.assert_allclose(problem.gradients(flat[None])[0], coordinates, rtol=1e-11, atol=1e-16)


def test_many_nudges_at_once_are_the_same_as_each_alone() -> None:
    W, b, X, y = example((4,))
    network, parameters = as_network(W, b, activation="tanh", output="softmax", cost="cross_entropy")
    problem, flat = Problem(network, as_split(network, X, y), 0.1), parameters.flat[0]
    along = np.eye(len(flat))
    together = numerical_gradient(problem, flat, along, "central", None)
    alone = [numerical_gradient(problem, flat, along[i : i + 1], "central", None)[0] for i in range(len(flat))]
    np.testing.assert_array_equal(together, alone)


def test_the_error_of_each_scheme_follows_its_order() -> None:
    """Where truncation rules, ten times the step makes forward differences 10 and central ones 100 times worse."""
    W, b, X, y = example((4,))

    def growth(method: str, step: float) -> float:
        return gradient_check(W, b, X, y, method=method, step=10.0 * step) / gradient_check(
            W, b, X, y, method=method, step=step
        )

    assert growth("forward", 1e-4) == pytest.approx(10.0, rel=0.1)
    assert growth("central", 1e-3) == pytest.approx(100.0, rel=0.1)
    assert gradient_check(W, b, X, y, method="complex", step=1e-200) < 1e-14
    assert 1e-9 < gradient_check(W, b, X, y, method="forward") < 3e-7  # its own step: truncation as small as rounding


def test_relative_error_is_between_nothing_and_one() -> None:
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0.0
    assert relative_error(np.array([0.0, 0.0]), np.array([0.0, 0.0])) == 0.0
    assert relative_error(np.array([3.0, 4.0]), np.array([-3.0, -4.0])) == 1.0
    assert relative_error(np.array([3.0, 4.0]), np.array([0.0, 0.0])) == 1.0
    assert relative_error(np.array([2.0]), np.array([1.0])) == pytest.approx(1.0 / 3.0)


def test_zero_weights_have_nothing_to_compare() -> None:
    """A single identity neuron that already answers every target: both gradients vanish."""
    W, b = initialize("zeros", (2, 1), seed=0)
    assert gradient_check(W, b, np.eye(2), np.zeros((2, 1)), output="identity", method="complex") == 0.0


@pytest.mark.parametrize("scale", [100.0, 1000.0])
@pytest.mark.parametrize("activation", ["sigmoid", "silu", "identity"])
@pytest.mark.parametrize(("output", "cost"), [("sigmoid", "cross_entropy"), ("identity", "quadratic")])
def test_enormous_weights_are_no_false_alarm(output: str, cost: str, activation: str, scale: float) -> None:
    """Units far out on the sigmoid: e^z times 1/(1 + e^z) overflows, or cancels, in the imaginary part."""
    W, b, X, y = example((4, 5), output, scale)
    chosen = {"activation": activation, "output": output, "cost": cost}
    assert gradient_check(W, b, X, y, **chosen, method="complex") < 1e-9


def test_the_complex_logistic_has_its_slope_however_far_out() -> None:
    z = np.array([-700.0, -40.0, 0.0, 20.0, 36.5, 100.0, 500.0]) + 1e-20j
    a, rest = np.empty_like(z), np.empty_like(z)
    logistic(z, a, rest)
    expected = np.exp(-np.abs(z.real)) / (1.0 + np.exp(-np.abs(z.real))) ** 2
    np.testing.assert_allclose(a.imag[1:] / 1e-20, expected[1:], rtol=2e-7)
    np.testing.assert_allclose(rest.imag[1:] / 1e-20, -expected[1:], rtol=2e-7)


class Sloping:
    """Costs `base` + `slope` w1, a row each, whose gradient claims `claimed` by w1."""

    def __init__(self, base: list[float], slope: list[float], claimed: list[float]) -> None:
        self.base, self.slope, self.claimed = (np.array(each) for each in (base, slope, claimed))

    def costs(self, flat: np.ndarray) -> np.ndarray:
        return self.base + self.slope * flat[:, 0]

    def gradients(self, flat: np.ndarray) -> np.ndarray:
        return np.stack([self.claimed, np.zeros(len(flat))], axis=1)


def test_what_is_smaller_than_the_costs_own_rounding_is_no_error() -> None:
    problem = Sloping([1e-3, 1e3, 1.0, 1.0], [1e-14, 1e-14, 1.0, 3.0], [2e-14, 2e-14, 1.0, np.nan])
    along = np.tile([[1.0, 0.0], [0.0, 1.0]], (4, 1, 1))
    errors = check_along(problem, np.zeros((4, 2)), along, "complex", None)
    np.testing.assert_allclose(errors, [1.0 / 3.0, 0.0, 0.0, np.nan], rtol=1e-12)


def test_a_gradient_is_wrong_if_its_error_is_large_and_its_slope_visible() -> None:
    """Errors of 1/3, 1/3, 1e-6 and 1e-4 beside costs of 1, 1e4, 1 and 1: the second slope is beyond the digits."""
    problem = Sloping([1.0, 1e4, 1.0, 1.0], [1e-6, 1e-6, 1.0, 1.0], [2e-6, 2e-6, 1.0 + 2e-6, 1.0 - 2e-4])
    along = np.tile([[-1.0, 0.0], [0.0, 1.0]], (4, 1, 1))
    assert is_wrong(problem, np.zeros((4, 2)), along).tolist() == [True, False, False, True]


def test_the_step_asked_for_is_the_one_taken_along_directions() -> None:
    W, b, X, y = example((4,))
    network, parameters = as_network(W, b, activation="tanh", output="sigmoid", cost="quadratic")
    problem, flat = Problem(network, as_split(network, X, y)), parameters.flat
    along = random_directions(3, flat.shape[1], np.random.default_rng(0))[None]
    coarse, fine = (check_along(problem, flat, along, "central", step)[0] for step in (1e-2, 1e-3))
    assert coarse / fine == pytest.approx(100.0, rel=0.1)


def test_where_the_complex_pass_overflows_central_differences_stand_in() -> None:
    class Overflowing:
        def costs(self, flat: np.ndarray) -> np.ndarray:
            cost = np.sum(flat**2, axis=1)
            return np.where(flat.real[:, 0] > 5.0, np.nan + 0j, cost) if np.iscomplexobj(flat) else cost

    flat, along = np.array([[1.0, 2.0], [10.0, 2.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    slopes = slope_along(Overflowing(), flat, along, "complex", None)
    np.testing.assert_allclose(slopes, [2.0, 20.0], rtol=1e-8)
