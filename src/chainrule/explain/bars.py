"""A column of magnitudes as lengths of bars, so that a fall by powers of ten can be seen."""

from __future__ import annotations

import math

from chainrule.explain.walk import Table


def log_fractions(block: Table) -> list[float | None]:
    """Each row's value in the bars column as a share of the range of magnitudes, from 0 to 1."""
    assert block.bars is not None
    column = block.columns.index(block.bars)
    values = [row[column] for row in block.rows]
    logs = [math.log10(v) if isinstance(v, float) and 0.0 < v < math.inf else None for v in values]
    known = [log for log in logs if log is not None]
    if not known:
        return [None] * len(values)
    top = max(known)
    bottom = min(min(known), top - 1.0) - 0.3
    return [None if log is None else (log - bottom) / (top - bottom) for log in logs]
