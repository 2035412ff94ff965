"""Narrower layers, fewer starts, rates and steps: the factors, the stall and the order of the two starts remain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chainrule.datasets import load_dataset
from experiments.starting_weights.deep_linear import arrival, linear_steps
from experiments.starting_weights.study import FACTORS, final_costs


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("starting_weights").measured


def test_layers_carry_what_the_variance_says(measured) -> None:
    """64 units and two starts: a fifth is about two standard errors."""
    for (activation, init), row in measured.factors.iterrows():
        np.testing.assert_allclose(row, FACTORS[activation][init], rtol=0.2)


def test_rectifiers_learn_only_from_twice_the_variance(measured) -> None:
    costs = final_costs(measured)
    assert costs["lecun_normal"].min() > 2.29
    assert costs["he_normal"].min() < 2.0


def test_single_layer_reaches_the_least_squares_cost_in_one_step(reduced) -> None:
    evidence = reduced("starting_weights").evidence
    cost = evidence.curve(evidence.runs("bottom"), "cost/train").iloc[:, 0]
    data = load_dataset("digits", test_size=0.8)
    X, Y = data.X_train, np.eye(10)[data.y_train]
    residual = Y - X @ np.linalg.lstsq(X, Y)[0]
    assert cost[0] == 0.5
    assert cost[1] == pytest.approx(np.sum(residual**2) / (2 * len(X)), rel=1e-5)
    assert cost[2] == pytest.approx(cost[1], rel=1e-5)


def test_depth_costs_gaussian_starts_more_than_orthogonal_ones(measured) -> None:
    steps = measured.best["steps"]
    assert steps["lecun_normal", 4] > steps["orthogonal", 4] > steps["orthogonal", 2]
    assert steps["orthogonal", 20] < 60
    assert 100 < steps["lecun_normal", 10] < 300


def test_runs_that_do_not_arrive_count_as_infinite(reduced) -> None:
    left = reduced("starting_weights")
    runs, readme = linear_steps(left.evidence), (left.folder / "README.md").read_text(encoding="utf-8")
    assert np.isinf(runs.loc[runs["depth"].eq(20) & runs["init"].eq("lecun_normal"), "steps"]).all()
    assert "| steps of 20 linear layers, Gaussian | 738 | inf |" in readme


@pytest.mark.parametrize(
    ("there", "step"),
    [
        ([False, False, True, True], 2.0),
        ([False, True, False, True], 3.0),
        ([True, True, True, True], 0.0),
        ([False, True, True, False], np.inf),
    ],
)
def test_arrival_is_for_good(there: list[bool], step: float) -> None:
    assert arrival(pd.Series(there, index=[0, 1, 2, 3])) == step
