"""The wall at 2/lambda and the swings behind it, from fewer rates and starts; the closed forms against the trainer."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.datasets import load_dataset
from experiments.largest_learning_rate.stability import curvature, swinging_rate

BOTH = pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
X = np.ones((1, 1))


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("largest_learning_rate").measured


def test_all_is_reproduced(reduced) -> None:
    assert all(finding.reproduced for finding in reduced("largest_learning_rate").findings.values())


def test_the_lowest_cost_is_the_normal_equations(measured) -> None:
    """Lowest cost and curvature of the recorded run against least squares on the same data."""
    data = load_dataset("diabetes", test_size=0)
    X = np.column_stack([data.X_train, np.ones(len(data.X_train))])
    residual = data.y_train - X @ np.linalg.lstsq(X, data.y_train)[0]
    np.testing.assert_allclose(measured.lowest, np.sum(residual**2) / (2 * len(X)), rtol=1e-14)
    np.testing.assert_allclose(measured.curvature, np.linalg.eigvalsh(X.T @ X / len(X))[-1], rtol=1e-12)


def test_above_the_limit_the_cost_grows_by_the_closed_form_factor(measured) -> None:
    path = measured.descent[2.01].squeeze()
    first, last = path.index[-2:]
    factor = (path[last] / path[first]) ** (1 / (last - first))
    np.testing.assert_allclose(factor, (1 - 2.01) ** 2, rtol=1e-6)


@BOTH
def test_recorded_sharpness_is_the_neurons_curvature(measured, cost) -> None:
    recorded = measured.curvatures[cost]
    np.testing.assert_allclose(recorded, curvature(recorded.index.to_numpy(), cost), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(("cost", "rate"), [("quadratic", 25.0), ("cross_entropy", 5.0)])
def test_swings_follow_the_closed_form(measured, cost, rate) -> None:
    runs = measured.swings[cost]
    a = runs.loc[runs["learning_rate"].eq(rate), "output"].to_numpy()
    np.testing.assert_allclose(swinging_rate(np.abs(np.log(a / (1 - a))), cost), rate, rtol=1e-6)


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
