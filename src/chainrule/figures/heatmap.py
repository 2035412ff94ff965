"""Where training works: the median score over two swept keys, with the cells that diverged or got stuck marked."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from chainrule import formats
from chainrule.figures import style
from chainrule.reading import noise, sweep_keys, tables

BEST = style.ORANGE
LUMA = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look (ITU-R BT.601)


@style.styled
def heatmap(runs: pd.DataFrame) -> Figure:
    """The grid of `runs` (see `chainrule.reading.tables.Grid`), by default initialization x learning rate.

    Diverged cells are hatched and carry a cross, so that they read without colour, cells whose median is stuck carry
    bars; cells in which a minority came to nothing say how many. The best cells are framed, those within noise of
    them more thinly. Numbers are left out when the cells are too small.
    """
    grid = tables.grid(runs)
    rows, columns = grid.median.shape
    width = float(np.clip(3.2 + 0.62 * columns, 6.5, 16))
    height = float(np.clip(2.0 + 0.42 * rows, 2.8, 12))
    row_key, column_key = str(grid.median.index.name), str(grid.median.columns.name)
    title = f"{style.sentence(sweep_keys.label(grid.score))} by {sweep_keys.label(column_key)}"
    if rows > 1:
        title += f" and {sweep_keys.label(row_key)}"
    figure = style.page(width, height, title, f"{grid.title} · {sweep_keys.setup(runs)}", _note(grid))
    axes = figure.add_subplot()
    norm = colour_scale(grid)
    image = axes.imshow(
        grid.median.to_numpy(),
        cmap=colour_map(grid),
        norm=norm,
        aspect="auto",
        interpolation="nearest",
    )
    _mark(axes, grid, cell=((width - 2.6) / columns, (height - 1.6) / rows))
    _label_axes(axes, grid)
    bar = figure.colorbar(image, ax=axes, pad=0.015, aspect=28, extend=_extend(grid, norm))
    bar.outline.set_visible(False)
    bar.set_label(sweep_keys.label(grid.score))
    bar.ax.minorticks_off()
    style.plain_numbers(bar.ax.yaxis, norm)
    return figure


def colour_scale(grid: tables.Grid) -> Normalize:
    """How a cell's median becomes a position on the colour map: logarithmic for costs, from 0 for an R²."""
    known = grid.median.to_numpy()
    if not tables.higher_is_better(grid.score):
        return style.scale(known)
    if grid.score.startswith("r2/"):  # below zero is worse than the mean: how much worse is no news
        known = np.clip(known, 0, None)
    norm = style.scale(known)
    return Normalize(norm.vmin, norm.vmax)


def colour_map(grid: tables.Grid) -> str:
    """Matplotlib's name of the colours: the better, the brighter."""
    return "cividis" if tables.higher_is_better(grid.score) else "cividis_r"


def _extend(grid: tables.Grid, norm: Normalize) -> str:
    return "min" if norm.vmin is not None and (grid.median.to_numpy() < norm.vmin).any() else "neither"


def is_dark(colour: NDArray[np.floating[Any]]) -> bool:
    """Whether text on a colour, as red, green, blue from 0 to 1, must be white."""
    return bool(colour[:3] @ LUMA < 0.5)


def _mark(axes: Axes, grid: tables.Grid, cell: tuple[float, float]) -> None:
    """Write into each cell, about `cell` inches wide and high, what colour alone would not tell."""
    numbers, inset = cell[0] >= 0.36 and cell[1] >= 0.2, 0.5 - 0.025 / np.array(cell)
    colours = axes.images[0].to_rgba(grid.median.to_numpy())
    diverged, stuck, runs = grid.diverged.to_numpy(), grid.stuck.to_numpy(), grid.runs.to_numpy()
    lost, best, near = grid.is_diverged.to_numpy(), grid.is_best.to_numpy(), grid.is_near_best.to_numpy()
    flat = grid.is_stuck.to_numpy()
    for (row, column), value in np.ndenumerate(grid.median.to_numpy()):
        here, corner = (row, column), (column - 0.5, row - 0.5)
        ink = "white" if is_dark(colours[here]) else style.INK
        write = partial(axes.text, column, ha="center", va="center", color=ink)
        if lost[here]:
            axes.add_patch(Rectangle(corner, 1, 1, facecolor="#f1f2f4", hatch="////", linewidth=0))
            write(row, "×", fontsize=11 if numbers else 7, fontweight="bold", color=style.INK)
            continue
        signs = [f"× {diverged[here]}/{runs[here]}"] if diverged[here] else []
        signs += [f"= {stuck[here]}/{runs[here]}"] if stuck[here] and not flat[here] else []
        if flat[here]:
            bars = Rectangle(corner, 1, 1, fill=False, hatch="---", linewidth=0)
            axes.add_patch(bars).set(edgecolor=(*to_rgb(ink), 0.35))
        if numbers and np.isfinite(value):
            weight = "bold" if best[here] else "normal"
            text = formats.score(value) + ("=" if flat[here] else "")
            write(row - (0.16 if signs else 0), text, fontsize=8, fontweight=weight)
            if signs:
                write(row + 0.27, " ".join(signs), fontsize=6)
        elif signs or flat[here]:
            write(row, "".join(sign[0] for sign in signs) or "=", fontsize=6)
        if best[here] or near[here]:
            inside = Rectangle((column - inset[0], row - inset[1]), *(2 * inset), fill=False)
            axes.add_patch(inside).set(edgecolor=BEST, linewidth=2.0 if best[here] else 0.8, zorder=3)


def _label_axes(axes: Axes, grid: tables.Grid) -> None:
    for axis, frame_axis, most in (
        (axes.xaxis, grid.median.columns, 32),
        (axes.yaxis, grid.median.index, 40),
    ):
        names = [formats.shorten(formats.level(level)) for level in frame_axis]
        step = int(np.ceil(len(names) / most))
        axis.set_ticks(range(0, len(names), step), labels=names[::step])
        axis.set_label_text(sweep_keys.label(str(frame_axis.name)))
    if max(len(formats.level(level)) for level in grid.median.columns) > 6:
        axes.tick_params(axis="x", rotation=35)
        for tick in axes.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    rows, columns = grid.median.shape
    if columns <= 40:
        axes.vlines(np.arange(1, columns) - 0.5, -0.5, rows - 0.5, color=style.PAPER, linewidth=1)
    if rows <= 40:
        axes.hlines(np.arange(1, rows) - 0.5, -0.5, columns - 0.5, color=style.PAPER, linewidth=1)


def _note(grid: tables.Grid) -> str:
    return "   ·   ".join(legend(grid, not_run="white"))


def legend(grid: tables.Grid, *, not_run: str) -> list[str]:
    """What the marks in the cells mean, those that there are; `not_run` says how a cell without runs looks."""
    parts = []
    if best := int(grid.is_best.to_numpy().sum()):
        how = ", ".join(filter(None, [f"{best} cells share it" if best > 1 else "", grid.how_chosen]))
        parts.append("framed: the best" + (f" ({how})" if how else ""))
    if grid.is_near_best.to_numpy().any():
        parts.append(f"thin frame: within noise of it ({noise.HOW})")
    if (grid.diverged.to_numpy() > 0).any():
        parts.append("hatched ×: more than half of the seeds diverged")
        if ((grid.diverged.to_numpy() > 0) & ~grid.is_diverged.to_numpy()).any():
            parts.append("× 1/5: one of five diverged, median of the rest")
    if (grid.stuck.to_numpy() > 0).any():
        parts.append("bars, =: stuck, no better than a constant answer and no gradient left (= 1/5: one of five)")
    if (grid.runs.to_numpy() == 0).any():
        parts.append(f"{not_run}: not run")
    return parts
