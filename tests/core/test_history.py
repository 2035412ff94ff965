"""Which epochs are kept, and what the curves are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chainrule import backprop, initialize, load_dataset, train
from chainrule.core.curves import all_curves, curve_keys, curve_names
from chainrule.core.history import History, recorded_epochs

SETS = ("train", "validation", "test")


@given(st.integers(1, 1_000_000), st.integers(2, 300))
@example(1, 2)
@example(99, 100)
@example(100, 100)
@example(101, 100)
@example(1_000_000, 300)
def test_recorded_epochs(epochs: int, points: int) -> None:
    chosen = recorded_epochs(epochs, points)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert (np.diff(chosen) > 0).all()
    assert len(chosen) <= points
    assert len(chosen) >= 0.98 * min(points, epochs + 1)  # the allowance is used


@given(st.integers(2, 300))
def test_all_epochs_when_they_fit(points: int) -> None:
    assert recorded_epochs(points - 1, points).tolist() == list(range(points))
    assert len(recorded_epochs(points, points)) == points


def test_they_are_even_on_a_logarithmic_axis() -> None:
    chosen = recorded_epochs(100_000, 60)
    gaps = np.diff(np.log(chosen[chosen > 200]))
    assert gaps.max() / gaps.min() < 1.05
    # where the ratio of neighbours would ask for steps below one, every epoch is there
    ratio = np.exp(gaps.mean())
    assert set(range(int(1.0 / (ratio - 1.0)))) <= set(chosen.tolist())


def test_names_of_the_usual_curves() -> None:
    assert curve_keys(curve_names(default_only=True), 2, task="classification", has_test=True) == (
        "cost/train",
        "cost/test",
        "accuracy/train",
        "accuracy/test",
        "gradient_norm/total",
        "gradient_norm/layer_1",
        "gradient_norm/layer_2",
        "upstream/layer_1",
        "upstream/layer_2",
        "slope/layer_1",
        "slope/layer_2",
        "input/layer_1",
        "input/layer_2",
        "saturated/layer_1",
        "saturated/layer_2",
    )


def test_names_follow_the_score_the_test_part_and_the_choice() -> None:
    assert curve_keys(curve_names(default_only=True), 1, task="regression", has_test=False)[:3] == (
        "cost/train",
        "r2/train",
        "gradient_norm/total",
    )
    assert curve_keys(("slope", "cost"), 1, task="regression", has_test=False) == ("cost/train", "slope/layer_1")
    assert curve_keys(("cost", "slope"), 1, task="regression", has_test=False, has_validation=True) == (
        "cost/train",
        "cost/validation",
        "slope/layer_1",
    )
    assert curve_keys((), 3, task="regression", has_test=True) == ()
    everything = curve_keys(curve_names(), 3, task="classification", has_test=True)
    assert len(everything) == len(set(everything))
    assert {name.partition("/")[0] for name in everything} == set(curve_names()) - {"r2"}
    assert [each.key for each in all_curves() if each.name == "gradient_norm"] == [
        "gradient_norm/total",
        "gradient_norm",
    ]


def test_a_frame_is_one_run_by_epoch() -> None:
    values = np.arange(12.0).reshape(2, 3, 2)
    history = History(("cost/train", "r2/train"), np.array([0, 1, 5]), values, np.array([-1, -1]), np.zeros(2, bool))
    frame = history.frame(1)
    assert frame.index.tolist() == [0, 1, 5]
    assert frame.index.name == "epoch"
    assert frame["r2/train"].tolist() == [7.0, 9.0, 11.0]
    assert frame.loc[5, "cost/train"] == 10.0


@pytest.mark.parametrize("epochs", [3, 250])
def test_training_records_these_epochs(epochs: int) -> None:
    from chainrule import train

    trained = train([[[0.5]]], [[0.0]], [[1.0]], [[0.0]], learning_rate=0.1, epochs=epochs)
    assert trained.history.index.tolist() == recorded_epochs(epochs, 100).tolist()


def test_a_validation_set_has_the_curves_of_a_test_set_and_changes_no_other() -> None:
    data = load_dataset("moons", validation_size=0.3)
    weights, biases = initialize("he_normal", [2, 5, 1], seed=1)
    settings = {"learning_rate": 3.0, "epochs": 12, "X_test": data.X_test, "y_test": data.y_test}
    validation = {"X_validation": data.X_validation, "y_validation": data.y_validation}
    plain = train(weights, biases, data.X_train, data.y_train, **settings)
    both = train(weights, biases, data.X_train, data.y_train, **settings, **validation)
    assert list(both.history)[:6] == [f"{key}/{split}" for key in ("cost", "accuracy") for split in SETS]
    pd.testing.assert_frame_equal(both.history[list(plain.history)], plain.history, check_exact=True)
    answers = backprop(both.weights, both.biases, data.X_validation, data.y_validation)
    last = both.history.iloc[-1]
    assert last["cost/validation"] == answers.cost
    assert last["accuracy/validation"] == np.mean((answers.outputs[:, 0] > 0.5) == data.y_validation)
    swapped = train(
        weights, biases, data.X_train, data.y_train, **settings, X_validation=data.X_test, y_validation=data.y_test
    )
    for key in ("cost", "accuracy"):
        np.testing.assert_array_equal(swapped.history[f"{key}/validation"], swapped.history[f"{key}/test"])
