"""Sweeps as tables and lines for the terminal; every mark is a character, so they read without colour."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from chainrule import formats
from chainrule.reading import tables
from chainrule.reading.sweep_keys import compared_key, label, swept_keys
from chainrule.terminal import WIDTH

MARKS = {"*": "best", "!": "some seeds diverged, median of the rest", "×": "more than half diverged"}


def sweep_table(runs: pd.DataFrame, width: int = WIDTH) -> Table:
    """The median score by the two axes of `runs`, by default initializations down and learning rates across.

    Columns that do not fit `width` characters continue in further blocks below.
    """
    grid = tables.grid(runs)
    names = [formats.shorten(formats.level(level), 24) for level in grid.median.index]
    headers = [formats.shorten(formats.level(level), 12) for level in grid.median.columns]
    corner = f"{label(str(grid.median.columns.name))} →"
    found = [[_cell(grid, row, column) for column in range(len(headers))] for row in range(len(names))]
    every = [cell for row in found for cell in row]
    used = [mark for mark in MARKS if any(mark in number + marks for number, marks, _ in every)]
    # Padded here so that numbers stand below each other whatever marks follow, and all blocks share their widths:
    # rich strips the spaces at the end of what it justifies to the right, and widens each column for itself.
    room = max(len(marks) for _, marks, _ in every)
    widest = max(max(len(number) for number, _, _ in every) + room, *map(len, headers))
    cells = [
        [Text(f"{number:>{widest - room}}{marks:<{room}}", style) for number, marks, style in row] for row in found
    ]
    headers = [f"{name:>{widest - room}}".ljust(widest) for name in headers]
    a_block = max(1, (width - max(len(name) for name in [corner, *names])) // (widest + 1))
    blocks = [range(len(headers))[start : start + a_block] for start in range(0, len(headers), a_block)]

    table = _table(grid.title, "   ".join(f"{mark} {MARKS[mark]}" for mark in used))
    table.add_column(corner, no_wrap=True)
    for column in blocks[0]:
        table.add_column(headers[column], no_wrap=True)
    for number, block in enumerate(blocks):
        if number:
            table.add_row("", *(Text(headers[column], style="bold") for column in block))
        for name, row in zip(names, cells, strict=True):
            table.add_row(name, *(row[column] for column in block))
        table.add_section()
    return table


def best_table(runs: pd.DataFrame) -> Table:
    """The best setting of each initialization (see `compared_key`) with its band over seeds."""
    key = compared_key(runs)
    best = tables.best_by(runs, key)
    score = tables.score_column(runs)
    keys = [name for name in best.columns[: best.columns.get_loc("runs")] if name in (key, *swept_keys(runs))]
    caption = "median, quartiles and range over seeds; diverged: out of all runs of the row"
    table = _table(f"{label(score)}, best setting by {label(key)}", caption, gap=1)
    for name in keys:
        table.add_column(label(name), no_wrap=True, justify="left" if name == key else "right")
    for name in ("median", "quartiles", "range", "diverged"):
        table.add_column(name, justify="right", no_wrap=True)
    for _, row in best.iterrows():
        settings = [formats.shorten(formats.level(row[name]), 24) for name in keys]
        lost = f"{row['all_diverged']} of {row['all_runs']}"
        if pd.isna(row["median"]):
            table.add_row(settings[0], *["×"] * (len(keys) + 2), lost)
            continue
        bands = [" – ".join(formats.score(row[end]) for end in ends) for ends in (("lower", "upper"), ("low", "high"))]
        table.add_row(*settings, formats.score(row["median"]), *bands, lost)
    return table


def best_line(runs: pd.DataFrame) -> str:
    """The best run as a line: its score, the overrides that repeat it, its id."""
    run = tables.best_run(runs)
    if run is None:
        return "no run finished: there is no best one"
    score = tables.score_column(runs)
    keys = [key for key in ("init", "learning_rate", *swept_keys(runs)) if key in run.index]
    overrides = " ".join(f"{key}={_override(run[key])}" for key in dict.fromkeys(keys))
    return f"best run: {label(score)} {formats.score(run[score], 3)} with {overrides}   (run {run['run']})"


def diverged_lines(runs: pd.DataFrame) -> list[str]:
    """What diverged: how many runs in all, then for each row of the grid where more than half of them did."""
    lost = int(runs["outcome"].eq("diverged").sum())
    if not lost:
        return [f"none of {len(runs)} runs diverged"]
    where = tables.grid(runs).is_diverged
    rows, columns = (label(str(axis.name)) for axis in (where.index, where.columns))
    lines = [f"{lost} of {len(runs)} runs diverged; more than half of the seeds did with"]
    for row, flags in where.iterrows():
        levels = [formats.level(level) for level in where.columns[flags]]
        if len(levels) > 2 and bool(flags.iloc[-len(levels) :].all()):
            levels = [f"{levels[0]} and up"]
        if levels:
            lines.append(f"  {rows} {formats.level(row)}: {columns} {', '.join(levels)}")
    return lines if len(lines) > 1 else [f"{lost} of {len(runs)} runs diverged, nowhere more than half of the seeds"]


def _cell(grid: tables.Grid, row: int, column: int) -> tuple[str, str, str]:
    """A cell's number, the marks behind it and its style."""
    here = (row, column)
    value = float(grid.median.to_numpy()[here])
    if grid.is_diverged.to_numpy()[here]:
        return "×", "", "red"
    if pd.isna(value):
        return "·", "", "dim"
    best = bool(grid.is_best.to_numpy()[here])
    marks = ("*" if best else "") + ("!" if grid.diverged.to_numpy()[here] else "")
    return formats.score(value), marks, "bold green" if best else ""


def _table(title: str, caption: str, gap: int = 0) -> Table:
    return Table(
        title=_unbroken(title, "bold"),
        caption=_unbroken(caption, "dim"),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, gap, 0, 0),
    )


def _unbroken(words: str, style: str) -> Text:
    """Text that may be wider than a narrow table rather than be broken into lines."""
    return Text(words, style=style, no_wrap=True, overflow="ignore")


def _override(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(str(part) for part in value) + "]"
    return "null" if pd.isna(value) else str(value).removesuffix(".0")
