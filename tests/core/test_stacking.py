"""The promise about stacking: a run's numbers are bit for bit the same alone and in any company, in any order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.components import create, names
from chainrule.core.curves import curve_names
from chainrule.core.data import Data, Split, encode_labels
from chainrule.core.network import Network
from chainrule.core.parameters import Parameters
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, Trained, train_stack
from random_cases import cases

PAIRS = [
    (output, cost)
    for output in names("output")
    for cost in names("cost")
    if create("cost", cost).suits(create("output", output))
]
DEFAULT = curve_names(default_only=True)
Stack = tuple[StackSpec, list[Member], Data]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Depths from one layer to twelve, widths from one unit to forty."""
    hidden = draw(
        st.one_of(
            st.lists(st.integers(1, 6), max_size=3),
            st.just([1, 1]),
            st.just([3] * 11),
            st.sampled_from([[40], [17, 33]]),
        )
    )
    output, cost = draw(st.sampled_from(PAIRS))
    units = draw(st.integers(2 if output == "softmax" else 1, 4))
    return Network(
        (draw(st.sampled_from([1, 2, 5, 13])), *hidden, units),
        create("activation", draw(st.sampled_from(names("activation")))),
        create("output", output),
        create("cost", cost),
        *(create("backward", draw(st.sampled_from(names("backward")))) for _ in range(2)),
    )


def samples(network: Network, count: int, seed: int, dtype: str) -> Split:
    rng = np.random.default_rng(seed)
    units = network.sizes[-1]
    if network.output.unbounded:
        y = rng.normal(size=(count, units))
    else:
        y = encode_labels(rng.integers(0, max(2, units), count), max(2, units), network.output, units)
    return Split.of(rng.normal(size=(count, network.sizes[0])), y, dtype)


@st.composite
def members(draw: st.DrawFn, network: Network, epochs: int, optimizer: str, decayed: bool) -> Member:
    """A run of its own rate, schedule, initialization, hyperparameters and seed; the wildest rates diverge."""
    seed = draw(st.integers(0, 2**32 - 1))
    bias = draw(st.sampled_from(["zeros", "normal", "fan_in_uniform"]))
    init = create("init", draw(st.sampled_from(names("init"))), {"bias": bias})
    start = Parameters.of(*init.sample(network.sizes, np.random.default_rng(streams(seed).weights)))
    rate = draw(st.sampled_from([0.01, 0.3, 1.7, 30.0, 1e8, 1e30, 1e120]))
    factor = create("schedule", draw(st.sampled_from(names("schedule")))).factor(np.arange(epochs, dtype=float), epochs)
    declared = create("optimizer", optimizer).declared
    fields = {name: 1e-8 if name == "epsilon" else draw(st.floats(0.0, 0.99)) for name in declared}
    l2 = draw(st.sampled_from([0.01, 0.5])) if decayed else 0.0
    return Member(start.flat[0], rate * factor, create("optimizer", optimizer, fields), l2, streams(seed).batches)


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    network = draw(networks())
    epochs, count = draw(st.integers(1, 7)), draw(st.sampled_from([1, 2, 3, 7, 33]))
    dtype = draw(st.sampled_from(["float64", "float32"]))
    optimizer, decayed = draw(st.sampled_from(names("optimizer"))), draw(st.booleans())
    curves = draw(st.sampled_from([DEFAULT, ("cost",), tuple(name for name in curve_names() if name != "sharpness")]))
    shape = StackSpec(
        network,
        epochs,
        draw(st.one_of(st.none(), st.integers(1, count))),
        dtype,
        type(create("optimizer", optimizer)),
        decayed,
        draw(st.sampled_from(["all", "hidden", "none"])),
        draw(st.integers(2, 9)),
        curves,
        draw(st.booleans()),
    )
    runs = draw(st.lists(members(network, epochs, optimizer, decayed), min_size=2, max_size=6))
    test = samples(network, draw(st.integers(1, 4)), 1, dtype) if draw(st.booleans()) else None
    task = "regression" if network.output.unbounded else "classification"
    return shape, runs, Data(samples(network, count, 0, dtype), test, task)


def numbers(trained: Trained, run: int) -> tuple[bytes, int, bool, bytes]:
    """Everything a training leaves of one run, to the last bit."""
    history = trained.history
    ends = int(history.diverged_at[run]), bool(history.stuck[run])
    return history.values[run].tobytes(), *ends, trained.parameters[run].tobytes()


@settings(max_examples=cases(120), deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(stacks())
def test_alone_stacked_reordered_and_split(stack: Stack) -> None:
    shape, runs, data = stack
    together = train_stack(shape, runs, data)
    expected = [numbers(together, i) for i in range(len(runs))]
    assert [numbers(train_stack(shape, [run], data), 0) for run in runs] == expected
    reordered = train_stack(shape, runs[::-1], data)
    assert [numbers(reordered, i) for i in range(len(runs))] == expected[::-1]
    half = len(runs) // 2
    parts = [train_stack(shape, part, data) for part in (runs[:half], runs[half:])]
    assert [numbers(part, i) for part in parts for i in range(len(part.parameters))] == expected


@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(stacks())
def test_what_is_recorded_does_not_move_what_is_trained(stack: Stack) -> None:
    shape, runs, data = stack
    finals = []
    for curves, points, snapshots in (
        (DEFAULT, 9, False),
        ((), 9, False),
        (("cost", "slope"), 9, True),
    ):
        values = {**vars(shape), "curves": curves, "points": points, "snapshots": snapshots}
        trained = train_stack(StackSpec(**values), runs, data)
        ends = trained.history.diverged_at.tolist(), trained.history.stuck.tolist()
        finals.append((trained.parameters[:, -1].tobytes(), *ends))
    assert finals[0] == finals[1] == finals[2]


@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(stacks())
def test_a_run_is_recorded_until_it_diverges_and_not_after(stack: Stack) -> None:
    shape, runs, data = stack
    values = {**vars(shape), "curves": ("cost",), "points": shape.epochs + 2, "snapshots": True}
    trained = train_stack(StackSpec(**values), runs, data)
    history = trained.history
    cost = history.values[:, :, history.metrics.index("cost/train")]
    for run, lost in enumerate(history.diverged_at):
        alive = history.epochs < lost if lost >= 0 else np.ones(len(history.epochs), bool)
        assert np.isfinite(cost[run, alive]).all()
        assert np.isfinite(trained.parameters[run, alive]).all()
        assert np.isnan(history.values[run, ~alive]).all()
        assert np.isnan(trained.parameters[run, ~alive]).all()


def test_the_sharpness_of_a_run_does_not_depend_on_its_neighbours() -> None:
    """Once by the whole Hessian, once by Lanczos iterations."""
    for hidden in (4, 20):
        network = Network(
            (3, hidden, 2), create("activation", "tanh"), create("output", "softmax"), create("cost", "cross_entropy")
        )
        rule = create("optimizer", "momentum")
        shape = StackSpec(network, 5, None, "float64", type(rule), True, "hidden", 9, ("sharpness",))
        data = Data(samples(network, 9, 0, "float64"), None, "classification")
        runs = []
        for seed, rate in enumerate((0.1, 3.0, 1e300, 0.5)):
            start = Parameters.of(*create("init", "normal").sample(network.sizes, np.random.default_rng(seed)))
            runs.append(Member(start.flat[0], np.full(5, rate), rule, 0.01, streams(seed).batches))
        together = train_stack(shape, runs, data)
        assert np.isfinite(together.history.values[[0, 1, 3]]).all()
        for i, run in enumerate(runs):
            assert numbers(train_stack(shape, [run], data), 0) == numbers(together, i)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_a_large_stack_on_a_wide_network(batch_size: int | None) -> None:
    """Products big enough for every kernel of the linear algebra, and more runs than one recorded portion holds."""
    network = Network(
        (30, 48, 10), create("activation", "sigmoid"), create("output", "softmax"), create("cost", "cross_entropy")
    )
    rule = create("optimizer", "adam")
    shape = StackSpec(network, 3, batch_size, "float64", type(rule), False, "all", 4, DEFAULT)
    data = Data(samples(network, 300, 0, "float64"), samples(network, 41, 1, "float64"), "classification")
    runs = []
    for seed, rate in enumerate(itertools.islice(itertools.cycle((0.001, 0.1, 1e200)), 9)):
        start = Parameters.of(*create("init", "he_normal").sample(network.sizes, np.random.default_rng(seed)))
        runs.append(Member(start.flat[0], np.full(3, rate), rule, 0.0, streams(seed).batches))
    together = train_stack(shape, runs, data)
    for i, run in enumerate(runs):
        assert numbers(train_stack(shape, [run], data), 0) == numbers(together, i)
