"""Pictures of starting weights: what a layer does to a signal, and what that costs deep networks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from chainrule import formats
from chainrule.figures import style

BLUE, ORANGE, GREEN, PINK = style.PALETTE[:4]
DASHED = (0, (4, 3))


@style.styled
def carried(sizes: Mapping[str, Mapping[str, pd.DataFrame]], factors: Mapping[str, Mapping[str, float]]) -> Figure:
    """Mean square of the signal by layer, relative to the first row, a panel a kind of layer, a line a start.

    The frames have a row a layer and a column a seed; `factors` is what theory says a layer multiplies by.
    """
    note = "line: median, band: quartiles over the starts   ·   thin black: the predicted factor, layer after layer"
    subtitle = "mean square of what reaches each layer, relative to the second; 256 units a layer, before any training"
    figure = style.page(9.6, 4.6, "What a layer of random weights does to a signal", subtitle, note)
    panels = figure.subplots(1, len(sizes), sharey=True)
    for axes, (kind, frames) in zip(panels, sizes.items(), strict=True):
        looks = zip((ORANGE, BLUE, GREEN, PINK), ("-", "-", DASHED, "-"), strict=True)  # the third lies on the second
        for (rule, frame), (colour, line) in zip(frames.items(), looks, strict=True):
            style.band(axes, frame, colour, rule, linewidth=1.5, linestyle=line, marker="o", markersize=3.5)
            layers = frame.index.to_numpy()
            axes.plot(layers, factors[kind][rule] ** (layers - layers[0]), color=style.INK, linewidth=0.7, zorder=3)
        axes.set(yscale="log", xlabel="layer")
        axes.set_title(kind, fontweight="bold")
    panels[0].set_ylabel("mean square, relative")
    panels[0].legend(title="variance of a weight", frameon=False, loc="lower left", fontsize=8, title_fontsize=8)
    return figure


@style.styled
def rectifiers(costs: Mapping[str, Mapping[float, pd.DataFrame]], guessing: float) -> Figure:
    """Training cost against steps, a panel a start, a line a learning rate; frames hold a row a step, a column a seed.

    `guessing` is the cost of ten equal probabilities.
    """
    subtitle = "digits, 30 layers: 29 of 64 rectifiers and a softmax · training cost"
    note = "line: median, band: quartiles over the starts   ·   dashed: ln 10, the cost of guessing"
    figure = style.page(9.6, 4.2, "Thirty layers of rectifiers", subtitle, note)
    panels = figure.subplots(1, len(costs), sharey=True)
    for axes, (rule, frames) in zip(panels, costs.items(), strict=True):
        colours = style.sequential()(np.linspace(0, 1, len(frames)))
        for colour, (rate, frame) in zip(colours, frames.items(), strict=True):
            style.band(axes, frame, colour, f"{rate:g}", linewidth=1.8)
        axes.axhline(guessing, color=style.MUTED, linewidth=0.8, linestyle=DASHED)
        axes.set(xlabel="step", xlim=(0, frame.index[-1]), ylim=(0, 2.9))
        axes.set_title(f"variance {rule}", fontweight="bold")
    panels[0].set_ylabel("training cost (nats)")
    panels[0].legend(title="learning rate", frameon=False, loc="lower left", ncols=2, fontsize=8, title_fontsize=8)
    return figure


@style.styled
def deep_linear(best: Mapping[str, pd.DataFrame], published: Mapping[str, Mapping[int, float]], horizon: int) -> Figure:
    """Steps against depth, both logarithmic, by start; `best` has a row a depth and the columns low, steps, high."""
    note = (
        "dots and bars: median and quartiles over five starts, at the rate with the best median; a bar with an arrow "
    )
    note += f"leaves the {horizon} steps allowed   ·   rings: published"
    subtitle = "deep linear networks on whitened digits: steps until 95 % of what can be learnt is learnt"
    figure = style.page(7.4, 5.0, "Depth need not cost time", subtitle, note)
    axes = figure.subplots()
    for (name, own), colour in zip(best.items(), (ORANGE, BLUE), strict=True):
        rings = published[name]
        axes.plot(
            list(rings), list(rings.values()), "o", color=colour, fillstyle="none", markersize=11, markeredgewidth=0.9
        )
        axes.plot(own["steps"], "o-", color=colour, linewidth=1.8, markersize=5)
        _bars(axes, own, colour, horizon)
        depth, steps = own.index[-1], own["steps"].iloc[-1]
        if np.isfinite(steps):
            label = axes.annotate(name, (depth, steps), (-14, 12), textcoords="offset points", ha="right")
            label.set(color=colour, fontweight="bold")
    axes.set(xscale="log", yscale="log", xlabel="layers", ylabel="steps", ylim=(5, 2.2 * horizon), xlim=(1.8, 23))
    axes.xaxis.set_major_locator(FixedLocator(sorted({depth for own in best.values() for depth in own.index})))
    axes.xaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(formats.tick))
    return figure


def _bars(axes: Axes, own: pd.DataFrame, colour: str, horizon: int) -> None:
    """The quartiles, an arrow where the upper one was not reached."""
    lost = np.isinf(own["high"])
    axes.vlines(own.index, own["low"], own["high"].where(~lost, horizon), color=colour, alpha=0.35, linewidth=5)
    axes.plot(own.index[lost], np.full(lost.sum(), horizon), "^", color=colour, alpha=0.5, markersize=8)
