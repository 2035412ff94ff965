"""Sweeps as tables and lines for the terminal; every mark is a character, so they read without colour."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich import box
from rich.table import Table
from rich.text import Text

from chainrule import formats
from chainrule.reading import noise, tables
from chainrule.reading.sweep_keys import compared_key, label, swept_keys
from chainrule.terminal import WIDTH

MARKS = {
    "*": "best",
    "+": f"within noise of it ({noise.HOW})",
    "!": "some seeds diverged, median of the rest",
    "×": "more than half diverged",
    "=": "some seeds stuck",
}


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

    table = _table(grid.title, _legend(grid, used))
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
    caption = ["median, quartiles and range over seeds; lost: diverged, stuck or failed seeds, in all: of the row"]
    near = best["within_noise"].to_numpy()
    if near.sum() > 1:
        caption.append(f"+ within noise of the best ({noise.HOW})")
    is_judged = "test" in best
    if is_judged:
        caption.append(f"test: median {label(tables.score_on_test(score))} of the same runs, which chose nothing")
    how = tables.chosen_on(score)
    title = f"{label(score)}, best setting by {label(key)}" + (f" ({how})" if how else "")
    table = _table(title, "\n".join(caption), gap=1)
    for name in keys:
        table.add_column(label(name), no_wrap=True, justify="left" if name == key else "right")
    for name in ("median", "quartiles", "range", *(["test"] if is_judged else []), "lost", "in all"):
        table.add_column(name, justify="right", no_wrap=True)
    for place, (_, row) in enumerate(best.iterrows()):
        settings = [formats.shorten(formats.level(row[name]), 24) for name in keys]
        lost = [_share(row, ""), _share(row, "all_")]
        if pd.isna(row["median"]):
            table.add_row(settings[0], *["×"] * (len(keys) + 2 + is_judged), *lost)
            continue
        bands = [" – ".join(formats.score(row[end]) for end in ends) for ends in (("lower", "upper"), ("low", "high"))]
        mark = ("+" if near[place] and place else " ") if near.sum() > 1 else ""
        test = [formats.score(row["test"])] if is_judged else []
        table.add_row(*settings, formats.score(row["median"]) + mark, *bands, *test, *lost)
    return table


def _share(row: pd.Series[Any], prefix: str) -> str:
    """How many seeds came to nothing, out of all: "3 of 10"."""
    lost = sum(row[prefix + outcome] for outcome in tables.LOST)
    return f"{lost} of {row[prefix + 'runs'] + row[prefix + 'failed']}"


def _legend(grid: tables.Grid, used: list[str]) -> str:
    words = {**MARKS, "*": f"best, {grid.how_chosen}".rstrip(", ")}
    groups = ["*+", "!×="] if grid.test is None else ["*", "+", "!×="]  # a test score makes the first line a long one
    lines = [[f"{mark} {words[mark]}" for mark in used if mark in group] for group in groups]
    return "\n".join("   ".join(line) for line in lines if line)


def best_line(runs: pd.DataFrame) -> str:
    """The best run as a line: its scores, the overrides that repeat it, its id."""
    run = tables.best_run(runs)
    if run is None:
        return "no run finished: there is no best one"
    score = tables.score_column(runs)
    how = tables.chosen_on(score)
    keys = [key for key in ("init", "learning_rate", *swept_keys(runs)) if key in run.index]
    overrides = " ".join(f"{key}={_override(run[key])}" for key in dict.fromkeys(keys))
    what = f"best run, {how}" if how else "best run"
    scores = ", ".join(f"{label(key)} {formats.score(run[key], 3)}" for key in tables.told_scores(runs))
    return f"{what}: {scores} with {overrides}   (run {run['run']})"


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


def stuck_lines(runs: pd.DataFrame) -> list[str]:
    """How many runs are stuck, and what that means; nothing if none is."""
    stuck = int(runs["outcome"].eq("stuck").sum())
    meaning = "no better than a constant answer, and their gradient is gone"
    return [f"{stuck} of {len(runs)} runs are stuck: {meaning}"] if stuck else []


def _cell(grid: tables.Grid, row: int, column: int) -> tuple[str, str, str]:
    """A cell's number, the marks behind it and its style."""
    here = (row, column)
    value = float(grid.median.to_numpy()[here])
    if grid.is_diverged.to_numpy()[here]:
        return "×", "", "red"
    if pd.isna(value):
        return "·", "", "dim"
    best, near, diverged, stuck = (
        bool(frame.to_numpy()[here]) for frame in (grid.is_best, grid.is_near_best, grid.diverged, grid.stuck)
    )
    marks = ("*" if best else "+" if near else "") + ("!" if diverged else "") + ("=" if stuck else "")
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
