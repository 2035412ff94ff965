"""Where the cells of the page's heatmap stand, how they look, and what each says in words; in SVG's user units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from chainrule import formats
from chainrule.figures.heatmap import colour_map, colour_scale, is_dark, legend
from chainrule.reading import tables
from chainrule.reading.sweep_keys import as_levels, label

HEIGHT, GAP = 38, 2  # of a cell, and between two
WIDEST, NARROWEST = 58, 14  # a cell
ROOM = 1000  # for all columns together, as far as they fit at their narrowest
NUMBERS = 32  # the narrowest cell in which a number is written
CHARACTER = 7.6  # how wide one of a label is
COLOURS = [
    to_hex(mpl.colormaps["cividis"](share)) for share in np.linspace(0, 1, 9)
]  # between them it is nearly straight
LONG = 6  # characters of a column's label that fit above its cell


@dataclass(frozen=True)
class Cell:
    """One pair of values. `kind` is how it came out: value, stuck, diverged, failed or missing.

    `words` tell it all; `target` is the id of the row of the page that tells more, if there is one. `frame` is "best",
    "near" (within noise of it) or nothing. `text` and, below it, `mark` are written in the cell.
    """

    x: float
    y: float
    kind: str
    words: str
    target: str | None = None
    fill: str | None = None
    ink: str = "dark"
    frame: str = ""
    text: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Heatmap:
    """`rows` and `columns` are the labels with the positions of their middles; `bar` are colours from low to high."""

    title: str
    row_key: str
    column_key: str
    cells: list[Cell]
    rows: list[tuple[float, str]]
    columns: list[tuple[float, str]]
    left: float
    top: float
    cell_width: float
    legend: list[str]
    bar: list[str]
    ends: tuple[str, str]
    is_slanted: bool
    cell_height: int = HEIGHT - GAP

    @property
    def width(self) -> float:
        """Of the whole drawing; labels at a slant reach beyond the last column."""
        return self.left + len(self.columns) * (self.cell_width + GAP) + (40 if self.is_slanted else 0)

    @property
    def height(self) -> float:
        """Of the whole drawing."""
        return self.top + len(self.rows) * HEIGHT


def heatmap(runs: pd.DataFrame, target: Callable[[dict[str, Any]], str | None]) -> Heatmap:
    """The grid of `runs` by its two axes; `target` gives the id of what a pair of their values, by key, leads to."""
    grid = tables.grid(runs)
    count = grid.median.shape[1]
    width = min(max(ROOM / count - GAP, NARROWEST), WIDEST)
    names = [formats.shorten(formats.level(level)) for level in grid.median.index]
    headings = [formats.shorten(formats.level(level), 16) for level in grid.median.columns]
    left = 12 + CHARACTER * max(map(len, names))
    longest = max(map(len, headings))
    is_slanted = longest > LONG or width < NUMBERS
    top = 14 + (CHARACTER * longest * 0.7 if is_slanted else 12)
    step = int(np.ceil(NUMBERS / 1.6 / (width + GAP)))  # labels of narrow columns would lie on each other
    norm = colour_scale(grid)
    return Heatmap(
        title=grid.title,
        row_key=label(str(grid.median.index.name)),
        column_key=label(str(grid.median.columns.name)),
        cells=list(_cells(runs, grid, target, left, top, width)),
        rows=[(top + HEIGHT * row + HEIGHT / 2, name) for row, name in enumerate(names)],
        columns=[
            (left + (width + GAP) * column + width / 2, name)
            for column, name in enumerate(headings)
            if column % step == 0
        ],
        left=left,
        top=top,
        cell_width=width,
        legend=legend(grid, not_run="an empty cell"),
        bar=COLOURS if tables.higher_is_better(grid.score) else COLOURS[::-1],
        ends=(formats.score(float(norm.vmin or 0), 3), formats.score(float(norm.vmax or 0), 3)),
        is_slanted=is_slanted,
    )


def _cells(
    runs: pd.DataFrame,
    grid: tables.Grid,
    target: Callable[[dict[str, Any]], str | None],
    left: float,
    top: float,
    width: float,
) -> Iterator[Cell]:
    keys = [str(grid.median.index.name), str(grid.median.columns.name)]
    norm, colours = colour_scale(grid), mpl.colormaps[colour_map(grid)]
    failed = _failed(runs, keys)
    best, near = grid.is_best.to_numpy(), grid.is_near_best.to_numpy()
    lost, flat = grid.is_diverged.to_numpy(), grid.is_stuck.to_numpy()
    counts = {outcome: getattr(grid, outcome).to_numpy() for outcome in ("runs", "diverged", "stuck")}
    for here, median in np.ndenumerate(grid.median.to_numpy()):
        row, column = here
        levels = dict(zip(keys, (grid.median.index[row], grid.median.columns[column]), strict=True))
        own = {outcome: int(held[here]) for outcome, held in counts.items()} | {
            "failed": failed.get(tuple(levels.values()), 0)
        }
        kind = (
            ("failed" if own["failed"] else "missing")
            if own["runs"] == 0
            else "diverged"
            if lost[here]
            else "stuck"
            if flat[here]
            else "value"
        )
        frame = "best" if best[here] else "near" if near[here] else ""
        words = _words(levels, kind, float(median), grid, own, frame)
        cell = Cell(
            left + (width + GAP) * column,
            top + HEIGHT * row,
            kind,
            words,
            target(levels) if own["runs"] else None,
        )
        if np.isfinite(median):
            colour = colours(norm(median))
            text = formats.score(median) if width >= NUMBERS else ""
            partly = [f"× {own['diverged']}/{own['runs']}"] if own["diverged"] else []
            partly += [f"= {own['stuck']}/{own['runs']}"] if own["stuck"] and kind != "stuck" else []
            cell = Cell(
                cell.x,
                cell.y,
                kind,
                words,
                cell.target,
                to_hex(colour),
                "light" if is_dark(np.asarray(colour)) else "dark",
                frame,
                text + ("=" if kind == "stuck" else ""),
                " ".join(partly) if width >= NUMBERS else "".join(each[0] for each in partly),
            )
        elif kind in ("diverged", "failed"):
            cell = Cell(cell.x, cell.y, kind, words, cell.target, text="×" if kind == "diverged" else "!")
        yield cell


def _failed(runs: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], int]:
    """How many runs failed, by the values of both keys."""
    lost = runs[runs["outcome"] == "failed"]
    pairs = zip(*(list(as_levels(lost[key])) if key in lost else [] for key in keys), strict=True)
    counts: dict[tuple[Any, ...], int] = {}
    for pair in pairs:
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def _words(
    levels: dict[str, Any], kind: str, median: float, grid: tables.Grid, counts: dict[str, int], frame: str
) -> str:
    """A cell in a sentence: "initialization zeros, learning rate 1: test accuracy 0.5, median of 3 runs, 3 stuck"."""
    where = ", ".join(f"{label(key)} {formats.level(value)}" for key, value in levels.items())
    runs = counts["runs"]
    told = {"missing": "not run", "failed": f"all {counts['failed']} runs failed", "diverged": "diverged"}.get(kind)
    if told is None:
        told = f"{label(grid.score)} {formats.score(median, 3)}"
        told += f", median of {runs - counts['diverged']} runs" if runs - counts["diverged"] > 1 else ""
    shares = [f"{counts[each]} of {runs} {each}" for each in ("diverged", "stuck") if counts[each]]
    shares += [f"{counts['failed']} failed"] if counts["failed"] and kind != "failed" else []
    shares += {"best": ["the best"], "near": ["within noise of the best"]}.get(frame, [])
    return f"{where}: {', '.join([told, *shares])}"
