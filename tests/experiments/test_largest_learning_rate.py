"""The wall at 2/lambda and the swings behind it, from fewer rates and starts."""

from __future__ import annotations

import numpy as np
from chainrule.studies.largest_learning_rate import COSTS, LargestLearningRate, bottom, curvatures, paths, swings

from chainrule.core.neuron_stability import curvature, swinging_rate
from chainrule.datasets import load_dataset


def test_all_is_reproduced(reduced) -> None:
    assert all(finding.reproduced for finding in reduced(LargestLearningRate()).findings.values())


def test_bottom_is_the_normal_equations(reduced) -> None:
    """Lowest cost and curvature of the recorded run against least squares on the same data."""
    low = bottom(reduced(LargestLearningRate()).evidence)
    data = load_dataset("diabetes", test_size=0)
    X = np.column_stack([data.X_train, np.ones(len(data.X_train))])
    residual = data.y_train - X @ np.linalg.lstsq(X, data.y_train)[0]
    np.testing.assert_allclose(low.cost, np.sum(residual**2) / (2 * len(X)), rtol=1e-14)
    np.testing.assert_allclose(low.curvature, np.linalg.eigvalsh(X.T @ X / len(X))[-1], rtol=1e-12)


def test_above_the_limit_the_cost_grows_by_the_closed_form_factor(reduced) -> None:
    path = paths(reduced(LargestLearningRate()).evidence)[2.01]
    first, last = path.index[-2:]
    factor = (path[last] / path[first]) ** (1 / (last - first))
    np.testing.assert_allclose(factor, (1 - 2.01) ** 2, rtol=1e-6)


def test_recorded_sharpness_is_the_neurons_curvature(reduced) -> None:
    for cost in COSTS:
        measured = curvatures(reduced(LargestLearningRate()).evidence, cost)
        np.testing.assert_allclose(measured, curvature(measured.index.to_numpy(), cost), rtol=1e-9, atol=1e-15)


def test_swings_follow_the_closed_form(reduced) -> None:
    for cost, rate in (("quadratic", 25.0), ("cross_entropy", 5.0)):
        runs = swings(reduced(LargestLearningRate()).evidence, cost)
        a = runs.loc[runs["learning_rate"].eq(rate), "output"].to_numpy()
        np.testing.assert_allclose(swinging_rate(np.abs(np.log(a / (1 - a))), cost), rate, rtol=1e-6)
