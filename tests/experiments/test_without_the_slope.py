"""The slope left out on a smaller budget: what it costs in hidden layers, what it is at the output."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chainrule import backprop, initialize, load_dataset
from experiments.without_the_slope import variants


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("without_the_slope").measured


def test_of_several_rates_the_best_one_counts() -> None:
    runs = pd.DataFrame(
        [("d", 1, "one", "exact", rate, error, 1 - error) for rate, error in [(1, 0.2), (1, 0.4), (3, 0.1), (3, 0.3)]],
        columns=[*variants.VARIANT, "rate", "error", "accuracy"],
    )
    (row,) = variants.at_best_rate(runs).reset_index().to_dict("records")
    assert row["rate"] == 3
    assert row["error"] == pytest.approx(0.2)


def test_circles_need_the_hidden_slope_but_not_the_outputs(measured) -> None:
    error = measured.best["error"].loc["circles", 1]
    assert error.loc[:, "exact"].max() < 0.1
    assert error.loc[:, "one"].min() > 0.2
    assert error["one", "exact"] < error["exact", "exact"]


def test_without_hidden_slopes_all_units_move_alike(measured) -> None:
    """dC/dW1 then has rank one, and circles look as they do to a network without a hidden layer."""
    data = load_dataset("circles")
    weights, biases = initialize("xavier_normal", [2, 8, 1], seed=0)
    ranks = {}
    for rule in ("exact", "one", "quarter"):
        step = backprop(weights, biases, data.X_train, data.y_train, backward={"hidden": rule})
        ranks[rule] = np.linalg.matrix_rank(step.weight_gradients[0], rtol=1e-9)
    assert ranks == {"exact": 2, "one": 1, "quarter": 1}
    assert measured.linear["circles"] > 0.24


def test_without_its_output_slope_the_quadratic_cost_trains_as_cross_entropy(measured) -> None:
    assert measured.difference < 1e-12


def test_angles_tell_the_chain_rule_from_what_is_not(measured) -> None:
    angles = measured.angles
    assert angles["cross-entropy"].max(axis=None) < 1e-4
    assert angles["left out"].min(axis=None) > 10
    assert (angles["1/4"].iloc[0] < angles["left out"].iloc[0].min()).all()
    assert (angles["1/4"].iloc[-1] > 45).all()


def test_a_ring_is_found_with_hidden_slopes_only(measured) -> None:
    centre = len(variants.SIDE) // 2
    for (_, inner), answer in measured.answers.items():
        corners = answer.outputs[[0, 0, -1, -1], [0, -1, 0, -1]]
        encloses = answer.outputs[centre, centre] > 0.5 and (corners < 0.5).all()
        assert encloses == (inner == "exact")


def test_the_encoder_is_learnt_sooner_with_the_offset(measured) -> None:
    assert measured.encoder["epochs"].notna().all()
    means = measured.encoder_means()
    for rate in (12, 17):
        assert means["offset", "offset", rate] < means["exact", "exact", rate]
        assert means["offset", "exact", rate] < means["exact", "offset", rate]
