"""Ten times as many runs: the time a run and the memory of the whole command."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chainrule.bench.parts.pipeline import sweep
from chainrule.bench.processes import Finished
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.bench.workloads import Workload

_GIGABYTE = 1e9


def measure(scale: Scale) -> list[Row]:
    """Rows for W3 beside a tenth of it, measured before and after: all in all, from the first progress on, memory."""
    before, whole, after = (_sweep(workload) for workload in (scale.W3_part, scale.W3, scale.W3_part))
    what, peer = f"W3, {scale.W3.runs:,} runs", f"{scale.W3_part.runs:,} of the same"
    rows = [
        Row(
            "growth",
            f"{what}, start-up included",
            "ms a run",
            (1000 * whole.seconds / scale.W3.runs,),
            peer,
            tuple(1000 * each.seconds / scale.W3_part.runs for each in (before, after)),
        ).within(0.2),
        Row(
            "growth",
            f"{what}, start left out",
            "ms a run",
            (1000 / whole.steady_rate,),
            peer,
            tuple(1000 / each.steady_rate for each in (before, after)),
        ).within(0.2),
    ]
    if whole.peak_memory is None:
        return rows
    memory = (whole.peak_memory / _GIGABYTE,)
    return [*rows, Row("growth", f"{what}, peak memory", "GB", memory).at_most(2.0)]


def _sweep(workload: Workload) -> Finished:
    with tempfile.TemporaryDirectory() as folder:
        return sweep(workload, Path(folder))
