"""The reference sweeps are the ones the benchmark says they are."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.bench.composed import settings_of
from chainrule.bench.scale import FULL, QUICK
from chainrule.bench.workloads import W1, W2, W3, Workload
from chainrule.core.curves import curve_keys
from chainrule.core.history import recorded_epochs
from chainrule.sweep.plan import shape_of


@pytest.mark.parametrize(("workload", "runs"), [(W1, 1000), (W2, 200), (W3, 10_000), (FULL.W3_part, 1000)])
def test_the_sweeps_have_the_runs_they_promise(workload: Workload, runs: int) -> None:
    assert workload.runs == runs == len(workload.jobs())


@pytest.mark.parametrize("workload", [W1, W2, W3], ids=lambda workload: workload.name)
def test_a_run_records_ten_curves_of_at_most_a_hundred_points(workload: Workload) -> None:
    (settings,) = settings_of(workload.first(learning_rate=1, init=1, seed=1))
    layers = shape_of(settings).network.layers
    assert len(curve_keys(settings.record_curves, layers, task="classification", has_test=True)) == 10
    assert len(recorded_epochs(settings.epochs, settings.record_points)) == 100


def test_every_job_composes_to_the_settings_its_name_says() -> None:
    found = settings_of(W1.first(learning_rate=2, seed=2))
    assert len(set(found)) == 2 * 8 * 2
    assert {each.init.name for each in found} == set(W1.swept["init"])
    assert {(each.hidden, each.epochs, each.batch_size) for each in found} == {((8,), 500, None)}
    (digits,) = settings_of(W2.first(learning_rate=1, init=1, seed=1))
    assert (digits.hidden, digits.epochs, digits.batch_size) == ((32,), 100, 64)


def test_rates_are_spread_evenly_on_a_logarithmic_scale() -> None:
    rates = np.array([float(rate) for rate in W1.swept["learning_rate"]])
    np.testing.assert_allclose(np.diff(np.log(rates)), np.log(300) / 24, rtol=0.05)


def test_quick_sizes_are_the_same_sweeps_cut_short() -> None:
    assert QUICK.W1.runs == 8
    assert dict(QUICK.W1.shared) == {**W1.shared, "epochs": "8"}
