"""Two rates from two starts, a tenth of the steps: the small one climbs smoothly, the large one is on its edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chainrule.datasets import load_dataset
from experiments.edge_of_stability.study import arrivals, last_third, outputs


def test_too_small_a_rate_never_meets_its_edge(reduced) -> None:
    measured = reduced("edge_of_stability").measured
    sharpness, cost = measured.sharpness[0.05], measured.cost[0.05]
    assert arrivals(sharpness, 0.05).isna().all()
    assert (cost.diff().iloc[1:] < 0).all(axis=None)


def test_a_start_beyond_the_edge_comes_back_to_it(reduced) -> None:
    measured = reduced("edge_of_stability").measured
    sharpness, cost = measured.sharpness[0.4], measured.cost[0.4]
    assert (sharpness.iloc[0] > 1.2 * 2 / 0.4).all()
    assert last_third(sharpness).median() == pytest.approx(2 / 0.4, rel=0.2)
    assert (cost.diff() > 0).any().all()
    assert (cost.iloc[-1] < cost.iloc[0]).all()


def test_only_rates_that_were_run_are_judged(reduced) -> None:
    quantities = reduced("edge_of_stability").findings
    assert {name.partition(":")[0] for name in quantities if name.startswith("rate")} == {"rate 0.05", "rate 0.4"}
    assert "rate 0.05: sharpness at the start and at the end; rises of the cost" in quantities


def test_outputs_are_those_that_the_recorded_cost_was_computed_from(reduced) -> None:
    evidence, measured, *_ = reduced("edge_of_stability")
    data = load_dataset("chebyshev", degree=5)
    for rate, answers in outputs(evidence, data.X_train[:, 0]).items():
        cost = np.square(answers - data.y_train[:, 0]).mean(axis=1) / 2
        np.testing.assert_allclose(cost, measured.cost[rate].iloc[-1], rtol=1e-12)


def test_arrival_is_the_first_step_above_the_limit() -> None:
    sharpness = pd.DataFrame({0: [1.0, 9.0, 11.0, 9.0, 12.0], 1: [1.0, 2.0, 3.0, 4.0, 5.0]}, index=[0, 1, 5, 10, 20])
    steps = arrivals(sharpness, 0.2)
    assert steps[0] == 5
    assert np.isnan(steps[1])


def test_last_third_of_the_steps_not_of_the_records() -> None:
    sharpness = pd.DataFrame({0: [1.0, 2.0, 3.0, 10.0, 20.0]}, index=[0, 1, 2, 70, 90])
    assert last_third(sharpness)[0] == 15
