"""The benchmark's table, for the terminal and for a README."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainrule.bench.measuring import spread
from chainrule.bench.rows import Row

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("what", "must reach", "measured", "beside", "its measure", "times better", "reached")


def cells(row: Row) -> tuple[str, ...]:
    """A row's texts, one a column."""
    advantage = row.advantage
    return (
        row.what,
        row.must,
        _measure(row.ours, row.unit),
        row.peer,
        _measure(row.theirs, row.unit) if row.theirs else "",
        "" if advantage is None else number(advantage),
        "" if row.reached is None else "yes" if row.reached else "no",
    )


def number(value: float) -> str:
    """Three digits that count, without exponents: 214,000, 13.7, 0.0042."""
    if value >= 100:
        digits = 10 ** (len(f"{value:.0f}") - 3)
        return f"{round(value / digits) * digits:,}"
    return f"{value:.3g}"


def _measure(values: Sequence[float], unit: str) -> str:
    from statistics import median

    band = f" ± {spread(values):.0%}" if len(values) > 1 else ""
    return f"{number(median(values))} {unit}{band}"


def terminal_table(rows: Sequence[Row]) -> Table:
    """For rich to print."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="right" if name in ("measured", "its measure", "times better") else "left")
    for row in rows:
        table.add_row(*cells(row))
    return table


def markdown_table(rows: Sequence[Row]) -> str:
    """For a README."""
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- | --- | ---: | --- | ---: | ---: | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(cells(row))} |" for row in rows)])
