"""Ten times as many runs: the time a run and the memory of the whole command."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from chainrule.bench.parts.pipeline import sweep
from chainrule.bench.processes import Finished
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.bench.workloads import Workload

_GIGABYTE = 1e9


def measure(scale: Scale) -> list[Row]:
    """Rows for W3 beside a tenth of it, measured before and after; for its two halves; for its memory."""
    before, whole, after = (_sweep(workload) for workload in (scale.W3_part, scale.W3, scale.W3_part))
    what = f"W3, {scale.W3.runs:,} runs"
    row = Row("growth", f"{what}, start-up included", "ms a run", (1000 * whole.seconds / scale.W3.runs,))
    parts = tuple(1000 * each.seconds / scale.W3_part.runs for each in (before, after))
    rows = [replace(row, peer=f"{scale.W3_part.runs:,} of the same", theirs=parts).within(0.2)]
    if whole.halves is not None:
        first, second = (1000 * seconds for seconds in whole.halves)
        rows.append(
            replace(row, what=f"{what}, second half", ours=(second,), peer="first half", theirs=(first,)).within(0.2)
        )
    if whole.peak_memory is not None:
        memory = (whole.peak_memory / _GIGABYTE,)
        rows.append(Row("growth", f"{what}, peak memory", "GB", memory).at_most(2.0))
    return rows


def _sweep(workload: Workload) -> Finished:
    with tempfile.TemporaryDirectory() as folder:
        return sweep(workload, Path(folder))
