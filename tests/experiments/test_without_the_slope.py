"""The slope left out on a smaller budget: what it costs in hidden layers, what it is at the output."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from chainrule.figures.without_the_slope import SIDE
from chainrule.studies.without_the_slope import WithoutTheSlope

from chainrule import backprop, initialize, load_dataset
from chainrule.studies import backward_variants as variants


@pytest.fixture(scope="session")
def evidence(reduced):
    return reduced(WithoutTheSlope()).evidence


def test_of_several_rates_the_best_one_counts() -> None:
    runs = pd.DataFrame(
        [("d", 1, "one", "exact", rate, error, 1 - error) for rate, error in [(1, 0.2), (1, 0.4), (3, 0.1), (3, 0.3)]],
        columns=[*variants.VARIANT, "rate", "error", "accuracy"],
    )
    (row,) = variants.at_best_rate(runs).reset_index().to_dict("records")
    assert row["rate"] == 3
    assert row["error"] == pytest.approx(0.2)


def test_circles_need_the_hidden_slope_but_not_the_outputs(evidence) -> None:
    error = variants.at_best_rate(variants.ablations(evidence))["error"].loc["circles", 1]
    assert error.loc[:, "exact"].max() < 0.1
    assert error.loc[:, "one"].min() > 0.2
    assert error["one", "exact"] < error["exact", "exact"]


def test_without_hidden_slopes_all_units_move_alike(evidence) -> None:
    """dC/dW1 then has rank one, and circles look as they do to a network without a hidden layer."""
    data = load_dataset("circles")
    weights, biases = initialize("xavier_normal", [2, 8, 1], seed=0)
    ranks = {}
    for rule in ("exact", "one", "quarter"):
        step = backprop(weights, biases, data.X_train, data.y_train, backward={"hidden": rule})
        ranks[rule] = np.linalg.matrix_rank(step.weight_gradients[0], rtol=1e-9)
    assert ranks == {"exact": 2, "one": 1, "quarter": 1}
    assert variants.linear_errors(evidence)["circles"] > 0.24


def test_without_its_output_slope_the_quadratic_cost_trains_as_cross_entropy(evidence) -> None:
    assert variants.cross_entropy_difference(evidence) < 1e-12


def test_angles_tell_the_chain_rule_from_what_is_not(evidence) -> None:
    angles = variants.hidden_curves(evidence, "gradient_angle")
    assert angles["cross-entropy"].max(axis=None) < 1e-4
    assert angles["left out"].min(axis=None) > 10
    assert (angles["1/4"].iloc[0] < angles["left out"].iloc[0].min()).all()
    assert (angles["1/4"].iloc[-1] > 45).all()


def test_a_ring_is_found_with_hidden_slopes_only(evidence) -> None:
    runs = variants.ablations(evidence)
    answers = variants.answers(evidence, runs, variants.at_best_rate(runs))
    centre = len(SIDE) // 2
    for (_, inner), answer in answers.items():
        corners = answer.outputs[[0, 0, -1, -1], [0, -1, 0, -1]]
        encloses = answer.outputs[centre, centre] > 0.5 and (corners < 0.5).all()
        assert encloses == (inner == "exact")


def test_the_encoder_is_learnt_sooner_with_the_offset(evidence) -> None:
    waits = variants.encoder_epochs(evidence)
    assert waits["epochs"].notna().all()
    means = waits.groupby(["rate", "output", "inner"])["epochs"].mean()
    for rate in (12, 17):
        assert means[rate, "offset", "offset"] < means[rate, "exact", "exact"]
        assert means[rate, "offset", "exact"] < means[rate, "exact", "offset"]
