"""Runs that blow up, where a linear neuron tells beforehand when: w_e = (1 - rate)^e for x = 1, y = 0, w_0 = 1."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import train
from chainrule.components import create
from chainrule.core.curves import curve_names
from chainrule.core.data import Data, Split
from chainrule.core.network import Network
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, Trained, train_stack

RULE = create("optimizer", "gradient_descent")
NETWORK = Network((1, 1), create("activation", "identity"), create("output", "identity"), create("cost", "quadratic"))
EPOCHS = 8


def run(rates: list[float], points: int = EPOCHS + 1, batch: int | None = None, samples: int = 1) -> Trained:
    shape = StackSpec(
        NETWORK, EPOCHS, batch, "float64", type(RULE), False, "none", points, curve_names(default_only=True)
    )
    part = Split.of(np.ones((samples, 1)), np.zeros((samples, 1)), "float64")
    members = [Member(np.array([1.0, 0.0]), np.full(EPOCHS, rate), RULE, 0.0, streams(0).batches) for rate in rates]
    return train_stack(shape, members, Data(part, None, "regression"))


def costs(trained: Trained) -> np.ndarray:
    return trained.history.values[:, :, trained.history.metrics.index("cost/train")]


@pytest.mark.parametrize(
    ("rate", "lost"),
    [(0.5, -1), (3.0, -1), (1e20, 8), (1e30, 6), (1e60, 3), (1e100, 2), (1e160, 1), (1e308, 1)],
)
def test_the_epoch_is_the_first_whose_cost_is_not_finite(rate: float, lost: int) -> None:
    """The cost rate^2e / 2 overflows where 2 e log10(rate) > 308.55."""
    trained = run([rate])
    assert trained.history.diverged_at.tolist() == [lost]
    alive = EPOCHS + 1 if lost < 0 else lost
    expected = 0.5 * (1.0 - rate) ** (2 * np.arange(alive))
    np.testing.assert_allclose(costs(trained)[0, :alive], expected, rtol=1e-12)


@pytest.mark.parametrize("rate", [1e30, 1e160])
def test_from_there_on_every_curve_is_nan_and_before_it_every_curve_is_a_number(rate: float) -> None:
    trained = run([rate], samples=2)
    history, lost = trained.history, int(trained.history.diverged_at[0])
    curves = [name for name in history.metrics if not name.startswith("r2")]  # targets that are all alike have none
    columns = [history.metrics.index(name) for name in curves]
    assert np.isfinite(history.values[0, :lost, columns]).all()
    assert np.isnan(history.values[0, lost:]).all()
    assert np.isnan(trained.parameters[0]).all()


def test_weights_that_overflow_within_an_epoch_are_noticed_unrecorded() -> None:
    """Five steps an epoch of rate 1e100: 1e500 after the first, and only epochs 0 and 8 are recorded."""
    trained = run([1e100, 0.5], points=2, batch=1, samples=5)
    assert trained.history.epochs.tolist() == [0, EPOCHS]
    assert trained.history.diverged_at.tolist() == [1, -1]
    assert np.isnan(costs(trained)[0, 1])
    assert costs(trained)[1, 1] == pytest.approx(0.5 * 0.5 ** (2 * 5 * EPOCHS), rel=1e-12)


def test_neighbours_do_not_notice() -> None:
    mixed = run([0.5, 1e160, 0.25, 1e30, 1.75])
    calm = run([0.5, 0.25, 1.75])
    assert mixed.history.diverged_at.tolist() == [-1, 1, -1, 6, -1]
    kept = [0, 2, 4]
    assert mixed.history.values[kept].tobytes() == calm.history.values.tobytes()
    assert mixed.parameters[kept].tobytes() == calm.parameters.tobytes()


def test_a_run_that_can_not_even_start_is_lost_at_epoch_zero() -> None:
    shape = StackSpec(NETWORK, EPOCHS, None, "float64", type(RULE), False, "all", 9, ("cost",))
    part = Split.of(np.ones((1, 1)), np.zeros((1, 1)), "float64")
    stream = streams(0).batches
    members = [Member(np.array([start, 0.0]), np.full(EPOCHS, 0.1), RULE, 0.0, stream) for start in (1e200, 1.0)]
    trained = train_stack(shape, members, Data(part, None, "regression"))
    assert trained.history.diverged_at.tolist() == [0, -1]
    assert np.isnan(costs(trained)[0]).all()
    assert np.isfinite(costs(trained)[1]).all()


def test_single_precision_diverges_sooner() -> None:
    """1e20^2 is beyond 3.4e38, and far below 1.8e308."""
    for dtype, lost in (("float32", 1), ("float64", 8)):
        shape = StackSpec(NETWORK, EPOCHS, None, dtype, type(RULE), False, "none", 9, ("cost",))
        part = Split.of(np.ones((1, 1)), np.zeros((1, 1)), dtype)
        member = Member(np.array([1.0, 0.0]), np.full(EPOCHS, 1e20), RULE, 0.0, streams(0).batches)
        assert train_stack(shape, [member], Data(part, None, "regression")).history.diverged_at.tolist() == [lost]


def test_python_sees_nan_rows_and_nan_weights() -> None:
    trained = train([[[1.0]]], [[0.0]], [[1.0]], [[0.0]], learning_rate=1e30, epochs=8, output="identity")
    cost = trained.history["cost/train"]
    assert cost.index[cost.isna()].tolist() == [6, 7, 8]
    assert np.isnan(trained.weights[0]).all()
