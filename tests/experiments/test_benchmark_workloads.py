"""The reference sweeps are the ones the benchmark says they are."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.build import spec_of
from chainrule.core.curves import curve_keys
from chainrule.core.history import recorded_epochs
from experiments.benchmark.task import Task
from experiments.benchmark.workloads import DIGITS_200, FULL, IRIS_10000, MOONS_1000, QUICK, Workload


@pytest.mark.parametrize(
    ("workload", "name", "runs"),
    [
        (MOONS_1000, "moons_1000", 1000),
        (DIGITS_200, "digits_200", 200),
        (IRIS_10000, "iris_10000", 10_000),
        (FULL.digits, "digits_200", 200),
        (FULL.iris_few, "iris_1000", 1000),
        (QUICK.moons, "moons_8", 8),
    ],
)
def test_a_sweep_has_the_runs_its_name_promises(workload: Workload, name: str, runs: int) -> None:
    assert (workload.name, workload.runs, len(workload.jobs())) == (name, runs, runs)


@pytest.mark.parametrize("workload", [MOONS_1000, DIGITS_200, IRIS_10000], ids=lambda workload: workload.name)
def test_a_run_records_ten_curves_of_at_most_a_hundred_points(workload: Workload) -> None:
    (settings,) = workload.first(learning_rate=1, init=1, seed=1).settings()
    layers = spec_of(settings).network.layers
    assert len(curve_keys(settings.record.curves, layers, task="classification", has_test=True)) == 10
    assert len(recorded_epochs(settings.epochs, settings.record.points)) == 100


def test_every_job_composes_to_the_settings_its_name_says() -> None:
    found = MOONS_1000.first(learning_rate=2, seed=2).settings()
    assert len(set(found)) == 2 * 8 * 2
    assert {each.init.name for each in found} == set(MOONS_1000.swept["init"])
    assert {(each.hidden, each.epochs, each.batch_size) for each in found} == {((8,), 500, None)}
    (digits,) = DIGITS_200.first(learning_rate=1, init=1, seed=1).settings()
    assert (digits.hidden, digits.epochs, digits.batch_size) == ((32,), 100, 64)


def test_rates_are_spread_evenly_on_a_logarithmic_scale() -> None:
    rates = np.array([float(rate) for rate in MOONS_1000.swept["learning_rate"]])
    np.testing.assert_allclose(np.diff(np.log(rates)), np.log(300) / 24, rtol=0.05)


def test_quick_sizes_are_the_same_sweeps_cut_short() -> None:
    assert dict(QUICK.moons.shared) == {**MOONS_1000.shared, "epochs": "8"}


def test_mini_batches_cover_every_sample_once_an_epoch() -> None:
    task = Task.of(QUICK.digits.first(learning_rate=1, init=1, seed=2).settings())
    assert task.orders is not None
    assert not np.array_equal(task.orders[0, 0], task.orders[1, 0])
    assert np.array_equal(np.sort(task.orders[0, 0]), np.arange(len(task.X)))
    batches = list(task.batches(0, 0))
    assert [len(X) for X, _ in batches] == [64] * (len(task.X) // 64) + [len(task.X) % 64]
    np.testing.assert_array_equal(np.concatenate([Y for _, Y in batches]), task.Y[task.orders[0, 0]])
    assert task.run_steps == 2 * task.epochs * len(batches)
