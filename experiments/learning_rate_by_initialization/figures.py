"""The window of learning rates that work, a strip an initialization."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from chainrule import formats
from chainrule.figures import style


@style.styled
def windows(shares: pd.DataFrame, starts: pd.DataFrame, success: float, working: float) -> Figure:
    """Share of the seeds that succeed against the learning rate; the window is shaded and named at the right.

    `shares` is (initializations, rates), `starts` has `init`, `size`, `low` and `high` in the same order.
    """
    figure = style.page(
        8.6,
        1.5 + 0.72 * len(shares),
        "Which learning rates work from which start",
        f"share of seeds whose test accuracy ends above {success:g} · largest random start on top, equal units last",
        f"dotted: {working:g} of the seeds, the least at which a rate works   ·   shaded: from the smallest to the "
        "largest rate that works\nsize: root mean square of the first layer's initial weights",
    )
    strips = figure.subplots(len(shares), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (_, start) in zip(strips, starts.iterrows(), strict=True):
        _strip(axes, shares.loc[start["init"]], start, working)
    bottom, rates = strips[-1], shares.columns.to_numpy(dtype=float)
    bottom.set(xscale="log", xlim=(rates[0] / 1.15, rates[-1] * 1.15), xlabel="learning rate")
    bottom.xaxis.set_major_locator(LogLocator(numticks=12))
    bottom.xaxis.set_minor_locator(NullLocator())
    bottom.xaxis.set_major_formatter(FuncFormatter(formats.tick))
    bottom.spines["bottom"].set_visible(True)
    bottom.tick_params(axis="x", length=3)
    return figure


def _strip(axes: Axes, share: pd.Series[Any], start: pd.Series[Any], working: float) -> None:
    works = np.isfinite(start["low"])
    colour = style.BLUE if works else style.MUTED
    if works:  # a quarter of a step beyond its ends, so that a window of one rate is seen
        axes.axvspan(start["low"] / 1.15, start["high"] * 1.15, color=style.BLUE, alpha=0.13, linewidth=0)
    axes.axhline(working, color=style.MUTED, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.fill_between(share.index, share, color=colour, alpha=0.25, linewidth=0)
    axes.plot(share, color=colour, linewidth=1.8, marker="o", markersize=3.5, clip_on=False, zorder=3)
    axes.set(ylim=(0, 1.08), yticks=[0, 1], yticklabels=["0", "1"])
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    ends = f"{start['low']:g} – {start['high']:g}" if start["high"] > start["low"] else f"{start['low']:g}"
    axes.text(-0.05, 0.62, start["init"], transform=axes.transAxes, ha="right", va="center")
    axes.text(-0.05, 0.28, f"size {start['size']:.2f}", transform=axes.transAxes, ha="right", va="center").set(
        fontsize=7.5, color=style.MUTED
    )
    text = axes.text(1.02, 0.5, ends if works else "none", transform=axes.transAxes, ha="left", va="center")
    text.set(color=colour, fontweight="bold" if works else "normal")
