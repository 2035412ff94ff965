"""The closed forms against the program's own Hessian and its own steps."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.core.neuron_stability import curvature, swinging_rate

BOTH = pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
X = np.ones((1, 1))


@BOTH
@pytest.mark.parametrize("z", [-3.0, -0.45, 0.0, 0.6, 2.5])
def test_curvature_is_the_largest_eigenvalue_of_the_hessian(cost: str, z: float) -> None:
    weight, bias = [np.array([[0.25 * z]])], [np.array([0.75 * z])]
    measured = chainrule.sharpness(weight, bias, X, np.zeros((1, 1)), cost=cost)
    # the other eigenvalue is 0, and the larger one where the cost curves downwards
    assert measured == pytest.approx(max(0.0, curvature(np.array(z), cost)), abs=1e-12)


@BOTH
def test_two_steps_at_the_swinging_rate_lead_back(cost: str) -> None:
    z = np.array([0.3, 1.0, 2.0])
    for start, rate in zip(z, swinging_rate(z, cost), strict=True):
        weight, bias = [np.array([[start]])], [np.zeros(1)]
        y = np.full((1, 1), 0.5)
        sums = []
        for epochs in (1, 2):
            done = chainrule.train(weight, bias, X, y, learning_rate=float(rate), epochs=epochs, cost=cost)
            sums.append(done.weights[0][0, 0] + done.biases[0][0])
        assert sums == pytest.approx([-start, start], rel=1e-10)


@pytest.mark.parametrize(("cost", "limit"), [("quadratic", 16.0), ("cross_entropy", 4.0)])
def test_small_swings_need_the_rate_that_the_curvature_at_the_minimum_gives(cost: str, limit: float) -> None:
    assert swinging_rate(np.array([1e-3]), cost) == pytest.approx(limit, rel=1e-6)
