"""The fan of cost curves: every run thin, every setting's median thick, one panel for each initialization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from chainrule import formats
from chainrule.figures import panels, style
from chainrule.reading import sweep_keys

MOST_PANELS = 9
MOST_LINES = 1500  # more thin lines only blacken the panels


@style.styled
def fan(runs: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Training cost of all `runs` against epochs, both logarithmic, coloured by learning rate.

    `curves` is the tidy frame (run, metric, epoch, value). Panels and colours follow the rows and columns of
    `chainrule.reading.sweep_keys.axes`; beyond nine rows everything shares one panel. A cross ends a run that
    diverged. Of more than 1500 runs that many are drawn, chosen by a fixed seed; medians use them all.
    """
    wide = panels.by_epoch(runs, curves)
    row_key, colour_key = sweep_keys.axes(runs)
    rows = sweep_keys.as_levels(runs[row_key])
    if len(rows.categories) > MOST_PANELS:
        rows = sweep_keys.as_levels(runs[row_key].map(lambda _: f"all {sweep_keys.label(row_key)}s"))
    colours, paint = _colours(sweep_keys.as_levels(runs[colour_key]))
    shown = np.zeros(len(runs), dtype=bool)
    shown[np.random.default_rng(0).permutation(len(runs))[:MOST_LINES]] = True

    diverged, stuck = (runs["outcome"].eq(outcome).to_numpy() for outcome in ("diverged", "stuck"))
    height, width = panels.shape(len(rows.categories))
    subtitle = f"thin: every run, thick: medians by {sweep_keys.label(colour_key)}"
    size = (7.2, 4.8) if width == 1 else (1.6 + 2.7 * width, 1.3 + 2.2 * height)
    note = _note(runs, complete=bool(shown.all()))
    figure = style.page(*size, "Training cost while learning", f"{subtitle} · {sweep_keys.setup(runs)}", note)
    every = panels.small_multiples(figure, figure.add_gridspec(height, width), len(rows.categories))
    top = panels.frame(every[0], wide)
    for axes, level in zip(every, rows.categories, strict=True):
        here = np.asarray(rows == level)
        _draw(axes, wide[here], colours[here], shown[here], top)
        lost = {"diverged": diverged, "stuck": stuck}
        words = [f"{marks[here].sum()} {outcome}" for outcome, marks in lost.items() if marks.any()]
        panels.title(axes, formats.level(level), f"of {here.sum()}: {', '.join(words)}" if words else "")
    paint(figure, every, sweep_keys.label(colour_key))
    return figure


def _note(runs: pd.DataFrame, *, complete: bool) -> str:
    parts = []
    if runs["outcome"].eq("diverged").any():
        parts.append("× the last finite cost of a run that diverged; medians count it as the worst")
    if runs["outcome"].eq("stuck").any():
        parts.append("stuck: no better than a constant answer, and no gradient left")
    if not complete:
        parts.append(f"{MOST_LINES:,} of {len(runs):,} runs are drawn, the medians use all of them")
    return "   ·   ".join(parts)


def _draw(axes: Axes, wide: pd.DataFrame, colours: Any, shown: Any, top: float) -> None:
    """One panel: `wide` (runs, epochs) with a colour each, those `shown` as thin lines, medians of all."""
    epochs, values = wide.columns.to_numpy(), wide.to_numpy()
    finite = np.isfinite(values)
    paths = [np.column_stack([epochs[f], v[f]]) for f, v in zip(finite[shown], values[shown], strict=True)]
    axes.add_collection(LineCollection(paths, colors=colours[shown], linewidths=0.5, alpha=0.35))
    diverged = shown & np.isinf(values).any(axis=1) & finite.any(axis=1)
    last = finite.shape[1] - 1 - finite[:, ::-1].argmax(axis=1)
    ends = np.minimum(values[diverged, last[diverged]], top)
    crosses = axes.scatter(epochs[last[diverged]], ends, c=colours[diverged], marker="x", s=14, linewidths=0.9)
    crosses.set(clip_on=False, zorder=3)
    for colour in np.unique(colours, axis=0):
        middle = panels.quantile(wide[(colours == colour).all(axis=1)]).dropna()
        outline = [withStroke(linewidth=2.6, foreground="white")]
        (line,) = axes.plot(middle.index, middle, color=colour, linewidth=1.6, path_effects=outline)
        if len(middle) == 1:
            line.set(marker="o", markersize=4)


Paint = Callable[[Figure, list[Axes], str], None]


def _colours(levels: pd.Categorical) -> tuple[Any, Paint]:
    """A colour for each run (runs, 4), and what explains them: a bar for numbers, a legend for names."""
    names = list(levels.categories)
    if len(names) > 1 and all(isinstance(name, (int, float)) for name in names):
        norm = style.scale(np.array(names, dtype=float))
        scalar = ScalarMappable(norm, style.sequential())

        def bar(figure: Figure, axes: list[Axes], label: str) -> None:
            key = figure.colorbar(scalar, ax=axes, pad=0.015, aspect=36, label=label)
            key.outline.set_visible(False)
            key.ax.minorticks_off()
            if len(names) <= 14:
                key.set_ticks(names, labels=[formats.level(name) for name in names])
            else:
                style.plain_numbers(key.ax.yaxis, norm)

        return scalar.to_rgba(np.asarray(levels, dtype=float)), bar
    few = len(names) <= len(style.PALETTE)
    spread = style.sequential()(np.linspace(0, 1, len(names)))
    palette = mpl.colors.to_rgba_array(style.PALETTE[: len(names)]) if few else spread

    def legend(_: Figure, axes: list[Axes], label: str) -> None:
        if len(names) == 1:
            return
        handles = [Line2D([], [], color=colour, linewidth=2) for colour in palette]
        texts = [formats.shorten(formats.level(name)) for name in names]
        corner = axes[panels.shape(len(axes))[1] - 1]
        corner.legend(handles, texts, title=label, loc="upper left", bbox_to_anchor=(1.02, 1))

    return palette[levels.codes], legend
