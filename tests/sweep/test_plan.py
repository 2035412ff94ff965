"""Planning: every run in one stack, runs of one shape together, stacks no larger than a cache holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule.build import data_of, spec_of
from chainrule.core.network import WORKING_SET, bytes_per_run
from chainrule.settings import Settings
from chainrule.sweep.plan import LARGEST_STACK, make_plan, stack_count, training_seconds

Make = Callable[..., Settings]


def sweep(make: Make, rates: int = 5, **changed: Any) -> list[Settings]:
    return [make(learning_rate=0.1 * (i + 1), seed=i, **changed) for i in range(rates)]


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_run_appears_exactly_once_with_its_own_settings(make: Make, workers: int) -> None:
    runs = sweep(make, 30) + sweep(make, 3, hidden=[5]) + sweep(make, 1, dataset="xor") + sweep(make, 2, l2=0.1)
    order = np.random.default_rng(0).permutation(len(runs))
    runs = [runs[i] for i in order]
    stacks = make_plan(runs, workers)
    assert sorted(position for stack in stacks for position in stack.positions) == list(range(len(runs)))
    for stack in stacks:
        assert stack.settings == tuple(runs[position] for position in stack.positions)
        assert {spec_of(settings) for settings in stack.settings} == {stack.spec}
        assert len({settings.dataset for settings in stack.settings}) == 1


def test_what_may_differ_in_a_stack_does_not_split_it(make: Make) -> None:
    runs = [
        make(),
        make(learning_rate=3.0, seed=9),
        make(init={"name": "orthogonal", "scale": 2.0}),
        make(schedule="cosine"),
    ]
    assert [stack.positions for stack in make_plan(runs, 1)] == [(0, 1, 2, 3)]
    momenta = [make(optimizer={"name": "momentum", "beta": beta}) for beta in (0.5, 0.9)]
    assert len(make_plan(momenta, 1)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"hidden": [4]},
        {"activation": "tanh"},
        {"activation": {"name": "leaky_relu", "slope": 0.2}},
        {"output": "tanh"},
        {"cost": "huber"},
        {"optimizer": "adam"},
        {"epochs": 5},
        {"batch_size": 10},
        {"l2": 0.1},
        {"dtype": "float32"},
        {"train_biases": "none"},
        {"dataset": {"name": "moons", "samples": 40, "seed": 1}},
        {"check": {"method": "central", "step": None, "directions": 1, "slip": "none"}},
        {"backward": {"hidden": "one", "output": "exact"}},
        {"backward": {"hidden": "exact", "output": "one"}},
    ],
    ids=str,
)
def test_what_may_not_differ_in_a_stack_splits_it(make: Make, changed: dict[str, Any]) -> None:
    assert len(make_plan([make(), make(**changed)], 1)) == 2


@pytest.mark.parametrize(("hidden", "samples"), [([8], 200), ([64, 64], 1000), ([400], 20_000)])
@pytest.mark.parametrize("runs", [1, 2, 17, 300])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_stacks_are_bounded(make: Make, hidden: list[int], samples: int, runs: int, workers: int) -> None:
    settings = make(hidden=hidden, dataset={"name": "moons", "samples": samples})
    shape = spec_of(settings)
    data = data_of(settings.dataset, settings.output, "float64")
    count = stack_count(shape, data, runs, workers)
    assert 1 <= count <= runs
    largest = -(-runs // count)
    assert largest <= LARGEST_STACK
    each = bytes_per_run(shape.network, len(data.train), 8)
    assert largest == 1 or largest * each <= WORKING_SET
    assert count >= min(workers, runs)


def test_the_smallest_networks_are_at_most_128_a_stack_and_a_share_a_worker(make: Make) -> None:
    settings = make(hidden=[1], dataset="xor", epochs=1)
    spec, data = spec_of(settings), data_of(settings.dataset, settings.output, "float64")
    counts = {runs: stack_count(spec, data, runs, 2) for runs in (1, 2, 15, 16, 31, 32, 64, 1024, 1025, 1280, 1281)}
    assert counts == {1: 1, 2: 2, 15: 2, 16: 2, 31: 4, 32: 4, 64: 8, 1024: 8, 1025: 10, 1280: 10, 1281: 12}


def test_the_costliest_stack_is_led_by_a_few_of_its_runs(make: Make) -> None:
    """So that there is something to look at soon; 100 runs for one worker are four stacks."""
    first, rest, *others = [stack.positions for stack in make_plan(sweep(make, 100), 1)]
    assert (first, rest) == (tuple(range(8)), tuple(range(8, 25)))
    assert others == [tuple(range(25, 50)), tuple(range(50, 75)), tuple(range(75, 100))]


def test_a_stack_of_sixteen_is_led_too_and_its_data_have_its_precision(make: Make) -> None:
    for dtype in ("float64", "float32"):
        stacks = make_plan(sweep(make, 64, dtype=dtype), 1)
        assert [len(stack.positions) for stack in stacks] == [8, 8, 16, 16, 16]
        assert {stack.data.train.inputs.dtype for stack in stacks} == {np.dtype(dtype)}
    assert [len(stack.positions) for stack in make_plan(sweep(make, 60), 1)] == [15] * 4


def test_a_runs_time_grows_with_its_units_and_its_multiplications(make: Make) -> None:
    """30 samples, 4 epochs, 2 runs: 240 passes of 4 ns a unit and 0.3 ns a weight."""
    (small,) = make_plan(sweep(make, 2), 1)
    assert training_seconds(small) == pytest.approx(240 * (4e-9 * 4 + 3e-10 * 9), rel=1e-12)
    (wide,) = make_plan(sweep(make, 2, hidden=[50, 50]), 1)
    assert training_seconds(wide) == pytest.approx(240 * (4e-9 * 101 + 3e-10 * 2650), rel=1e-12)


def test_the_costliest_stack_comes_first(make: Make) -> None:
    runs = [make(epochs=2), make(epochs=200), make(epochs=20), make(hidden=[30], epochs=200)]
    assert [stack.positions for stack in make_plan(runs, 1)] == [(3,), (1,), (2,), (0,)]
