"""The benchmark's table, for the terminal and for a README."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from chainrule import formats
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
        "" if advantage is None else formats.thousands(advantage),
        "" if row.reached is None else "yes" if row.reached else "no",
    )


def _measure(values: Sequence[float], unit: str) -> str:
    band = f" ± {spread(values):.0%}" if len(values) > 1 else ""
    return f"{formats.thousands(median(values))} {unit}{band}"


def terminal_table(rows: Sequence[Row]) -> Table:
    """For rich to print, 100 columns wide; a requirement stands below what it is asked of."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("what", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("beside", no_wrap=True)
    table.add_column("its own", justify="right", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    for row in rows:
        theirs = formats.thousands(median(row.theirs)) if row.theirs else ""
        times = "" if row.advantage is None else formats.thousands(row.advantage)
        table.add_row(row.what, f"{formats.thousands(row.measured)} {row.unit}", row.peer, theirs, times)
        if row.must:
            table.add_row(f"  {row.must}: {'reached' if row.reached else 'NOT REACHED'}", style="dim")
    return table


def markdown_table(rows: Sequence[Row]) -> str:
    """For a README."""
    lines = [f"| {' | '.join(COLUMNS)} |", "| --- | --- | ---: | --- | ---: | ---: | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(cells(row))} |" for row in rows)])
