"""The contract of every registered optimizer, and one or two steps of each by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from chainrule.components import create, names
from chainrule.components.optimizers import Optimizer

every = pytest.mark.parametrize("name", names("optimizer"))


def steps(rule: Optimizer, w: np.ndarray, gradients: list[Any], rate: Any) -> list[np.ndarray]:
    """The points w passes through when these gradients (or functions of w) come one after the other."""
    w = np.array(w, dtype=float)
    state = [np.zeros_like(w) for _ in range(rule.slots)]
    path = []
    for t, gradient in enumerate(gradients, start=1):
        g = np.array(gradient(w) if callable(gradient) else np.broadcast_to(gradient, w.shape))
        rule.update(w, g, rate, state, t)
        path.append(w.copy())
    return path


# Two steps from w = 1 with the gradients 2 and -1 and the rate 0.1.
BY_HAND = {
    "gradient_descent": (0.8, 0.9),
    "momentum": (0.8, 0.72),  # v = -0.2, then 0.9 (-0.2) + 0.1 = -0.08
    "nesterov": (0.62, 0.648),  # 1 + 0.9 (-0.2) - 0.2, then 0.62 + 0.9 (-0.08) + 0.1
    "adagrad": (0.9, 0.9 + 0.1 / math.sqrt(5.0)),  # s = 4, then 5
    "rmsprop": (1.0 - 0.2 / math.sqrt(0.4), 1.0 - 0.2 / math.sqrt(0.4) + 0.1 / math.sqrt(0.46)),
    # m = 0.2, s = 0.004, corrected 2 and 4; then m = 0.08, s = 0.004996, corrected by 0.19 and 0.001999
    "adam": (0.9, 0.9 - 0.1 * (0.08 / 0.19) / math.sqrt(0.004996 / 0.001999)),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_two_steps_by_hand(name: str) -> None:
    path = steps(create("optimizer", name), np.ones((1, 1)), [2.0, -1.0], np.array([[0.1]]))
    np.testing.assert_allclose(np.ravel(path), BY_HAND[name], rtol=2e-8)  # epsilon = 1e-8


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("adagrad", {}, 1.0 - 0.2 / (2.0 + 0.5)),  # s = 4
        ("rmsprop", {"rho": 0.75}, 1.0 - 0.2 / (1.0 + 0.5)),  # s = (1 - 0.75) 4 = 1
        ("adam", {}, 1.0 - 0.2 / (2.0 + 0.5)),  # corrected, m = 2 and s = 4
    ],
)
def test_epsilon_is_added_to_the_root(name: str, fields: dict[str, float], expected: float) -> None:
    """One step from w = 1 with the gradient 2, the rate 0.1 and an epsilon that shows: not inside, not subtracted."""
    ((w,),) = steps(create("optimizer", name, {**fields, "epsilon": 0.5}), np.ones((1, 1)), [2.0], 0.1)
    assert w == pytest.approx(expected, rel=1e-14)


@every
def test_finds_the_bottom_of_a_parabola(name: str) -> None:
    """C = (w1 - 3)^2 / 2 + 2 (w2 + 1)^2 from (0, 0), where C = 6.5."""
    bottom, curvature = np.array([[3.0, -1.0]]), np.array([[1.0, 4.0]])
    path = steps(create("optimizer", name), np.zeros((1, 2)), [lambda w: curvature * (w - bottom)] * 3000, 0.05)
    assert 0.5 * np.sum(curvature * np.square(path[-1] - bottom)) < 0.005
    assert 0.5 * np.sum(curvature * np.square(path[0] - bottom)) < 6.5


def test_plain_descent_contracts_by_one_minus_rate_times_curvature() -> None:
    path = steps(create("optimizer", "gradient_descent"), np.ones((1, 1)), [lambda w: 2.0 * w] * 10, 0.1)
    np.testing.assert_allclose(np.ravel(path), 0.8 ** np.arange(1, 11), rtol=1e-14)


def test_a_heavy_ball_contracts_by_the_root_of_beta() -> None:
    """Complex roots of r^2 - (1 + beta - rate h) r + beta have the modulus sqrt(beta) (Polyak 1964)."""
    rule = create("optimizer", "momentum", {"beta": 0.81})
    path = np.abs(np.ravel(steps(rule, np.ones((1, 1)), [lambda w: w] * 400, 0.1)))
    envelope = [path[i : i + 60].max() for i in (0, 300)]
    assert (envelope[1] / envelope[0]) ** (1.0 / 300.0) == pytest.approx(0.9, rel=0.002)


@every
def test_zero_gradients_from_rest_change_nothing(name: str) -> None:
    path = steps(create("optimizer", name), np.array([[1.0, -2.0]]), [0.0, 0.0], 0.5)
    np.testing.assert_array_equal(path[-1], [[1.0, -2.0]])


@every
def test_columns_of_hyperparameters_are_the_same_bits_as_numbers(name: str) -> None:
    rng = np.random.default_rng(0)
    runs, cls = 7, type(create("optimizer", name))
    start, gradients = rng.normal(size=(runs, 5)), list(rng.normal(size=(6, runs, 5)))
    rates = rng.uniform(0.01, 0.5, (runs, 1))
    columns = {field: rng.uniform(0.05, 0.95, (runs, 1)) for field in cls.declared}
    together = steps(cls(**columns), start, gradients, rates)
    for run in range(runs):
        rule = cls(**{field: column[run : run + 1] for field, column in columns.items()})
        alone = steps(rule, start[run : run + 1], [g[run : run + 1] for g in gradients], rates[run : run + 1])
        assert np.array(alone)[:, 0].tobytes() == np.array(together)[:, run].tobytes()
        scalar = create("optimizer", name, {field: column[run, 0] for field, column in columns.items()})
        plain = steps(scalar, start[run : run + 1], [g[run : run + 1] for g in gradients], rates[run, 0])
        assert np.array(plain)[:, 0].tobytes() == np.array(together)[:, run].tobytes()


def test_every_optimizer_is_worked_out_by_hand_here() -> None:
    assert set(names("optimizer")) == set(BY_HAND)
