"""Runs that blow up, where a linear neuron tells beforehand when: w_e = (1 - rate)^e for x = 1, y = 0, w_0 = 1."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule import train
from chainrule.components import create, names
from chainrule.core.curves import curve_names
from chainrule.core.data import Data, Split
from chainrule.core.divergence import safe_size
from chainrule.core.network import Network, Workspace
from chainrule.core.parameters import Parameters, parameter_count
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, Trained, train_stack

RULE = create("optimizer", "gradient_descent")
NETWORK = Network((1, 1), create("activation", "identity"), create("output", "identity"), create("cost", "quadratic"))
LINEAR = {"activation": "identity", "output": "identity", "cost": "quadratic"}
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


def member(network: Network, rate: float, optimizer: Any, l2: float, seed: int, scale: float) -> Member:
    start = scale * np.random.default_rng(seed).standard_normal(parameter_count(network.sizes))
    return Member(start, np.full(EPOCHS, rate), optimizer, l2, streams(seed).batches)


@settings(max_examples=60)
@given(data=st.data())
def test_the_epoch_does_not_depend_on_what_is_recorded(data: st.DataObject) -> None:
    """Whatever diverges: recorded at every epoch, where each cost is seen, and at a few only."""

    def draw(*values: Any) -> Any:
        return data.draw(st.sampled_from(values))

    output = create("output", draw("identity", "identity", "sigmoid", "softmax"))
    costs = ["quadratic", "huber", *(["cross_entropy"] if output.is_probability else [])]
    hidden, units = data.draw(st.lists(st.integers(1, 4), max_size=3)), data.draw(st.integers(1, 3))
    functions = (
        create("activation", draw("identity", "relu", "tanh", "sigmoid", "gelu")),
        output,
        create("cost", draw(*costs)),
    )
    network, dtype = Network((2, *hidden, units), *functions), draw("float64", "float32")
    rule = create("optimizer", draw("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam"))
    l2 = draw(0.0, 0.0, 1e-3, 1e3)
    spec = StackSpec(
        network, EPOCHS, draw(None, 3, 7), dtype, type(rule), l2 > 0, draw("all", "none"), EPOCHS + 1, ("cost",)
    )
    X, Y = np.random.default_rng(data.draw(st.integers(0, 99))).random((2, 10, max(2, units)))
    split = Split.of(X[:, :2], np.eye(units)[np.argmax(Y[:, :units], axis=1)], dtype)
    most = 38 if dtype == "float32" else 300
    powers = data.draw(st.lists(st.floats(-1, most), min_size=4, max_size=4))
    scale = 10.0 ** data.draw(st.floats(0, most / 4))
    members = [member(network, 10.0**power, rule, l2, seed, scale) for seed, power in enumerate(powers)]
    trained = [
        train_stack(dataclasses.replace(spec, points=points), members, Data(split, None, "regression"))
        for points in (EPOCHS + 1, 4, 2)
    ]
    every, *fewer = [each.history.diverged_at.tolist() for each in trained]
    assume(max(every) >= 0)
    assert fewer == [every, every]
    for lost, cost in zip(every, trained[0].history.values[:, :, 0], strict=True):
        alive = EPOCHS + 1 if lost < 0 else lost
        assert np.isfinite(cost[:alive]).all()
        assert np.isnan(cost[alive:]).all()
    assert trained[0].parameters.tobytes() == trained[2].parameters.tobytes()


def test_a_cost_that_overflows_between_two_recorded_epochs_and_returns_has_diverged() -> None:
    """The weight goes 1, -1e160, 0: the square of the middle one is beyond 1.8e308."""
    shape = StackSpec(NETWORK, 3, None, "float64", type(RULE), False, "none", 2, ("cost",))
    split = Split.of(np.ones((1, 1)), np.zeros((1, 1)), "float64")
    rates = np.array([1e160, 1.0, 1.0])
    run = Member(np.array([1.0, 0.0]), rates, RULE, 0.0, streams(0).batches)
    assert train_stack(shape, [run], Data(split, None, "regression")).history.diverged_at.tolist() == [1]


def test_a_batch_that_overflows_within_an_epoch_and_returns_has_not_diverged() -> None:
    """Two batches an epoch: the sample of x = 1 takes w to -1e160, whose square overflows, that of x = 1e-80 back to 0.

    The rate of 1e160 is the first one's divergence and, times x^2, exactly the second one's Newton step.
    """
    split = Split.of(np.array([[1.0], [1e-80]]), np.zeros((2, 1)), "float64")
    shape = StackSpec(NETWORK, 1, 1, "float64", type(RULE), False, "none", 2, ("cost",))
    ends = {}
    for seed in range(8):
        run = Member(np.array([1.0, 0.0]), np.array([1e160]), RULE, 0.0, streams(seed).batches)
        first = int(np.random.default_rng(streams(seed).batches).permutation(2)[0])
        ends[first] = train_stack(shape, [run], Data(split, None, "regression")).history.diverged_at.tolist()
    assert ends == {0: [-1], 1: [-1]}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("output", names("output"))
@pytest.mark.parametrize("activation", names("activation"))
def test_no_cost_overflows_while_all_parameters_are_of_a_safe_size(activation: str, output: str, dtype: str) -> None:
    last = create("output", output)
    for cost in (create("cost", name) for name in names("cost")):
        for sizes in ((3, 2), (3, 4, 2), (3, 5, 4, 3, 2)):
            network = Network(sizes, create("activation", activation), last, cost)
            if not cost.suits(last):
                continue
            rng = np.random.default_rng(len(sizes))
            targets = np.eye(2)[rng.integers(0, 2, 20)]
            split = Split.of(rng.uniform(-30, 30, (20, 3)), targets, dtype)
            safe = safe_size(network, split, 0.0, dtype)
            assert safe > 1
            signs = rng.choice([-1.0, 1.0], (50, parameter_count(sizes)))
            signs[0], signs[1] = 1.0, -1.0
            signs[2:20] *= rng.random((18, signs.shape[1]))
            work = Workspace(network, 50, 20, dtype)
            inputs, wanted = split.columns()
            with np.errstate(all="ignore"):
                work.forward(Parameters(sizes, (safe * signs).astype(dtype)), inputs)
                assert np.isfinite(work.cost(wanted)).all()


def test_depth_and_large_inputs_leave_less_or_no_room() -> None:
    functions = [create(kind, name) for kind, name in LINEAR.items()]
    one, huge = (Split.of(np.full((1, 1), x), np.ones((1, 1)), "float64") for x in (1.0, 1e200))
    deep = Network((1, *[100] * 300, 1), *functions)
    assert 2**-6 < safe_size(deep, one, 0.0, "float64") < 2**-4  # (100 w)^300 stays below the root of 1e308
    assert safe_size(NETWORK, one, 0.0, "float64") > 1e150
    assert safe_size(NETWORK, huge, 0.0, "float64") == 0.0


def test_the_decay_of_huge_weights_counts() -> None:
    """The weight is unsafe long before its share of the output is: 1e200 * 1e-100 is no large output."""
    split = Split.of(np.full((1, 1), 1e-200), np.zeros((1, 1)), "float64")
    for l2, lost in ((0.0, -1), (1e-9, 1)):
        shape = StackSpec(NETWORK, EPOCHS, None, "float64", type(RULE), l2 > 0, "none", 2, ("cost",))
        run = Member(np.array([1e150, 0.0]), np.array([1e20, *[1e-20] * 7]), RULE, l2, streams(0).batches)
        assert train_stack(shape, [run], Data(split, None, "regression")).history.diverged_at.tolist() == [lost]
