"""Pictures of the gradient check: its error over the step, and its verdict on slips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from chainrule.figures import style
from chainrule.figures.style import GREEN, ORANGE


@style.styled
def steps(errors: pd.DataFrame, methods: Mapping[str, str], good: float, wrong: float) -> Figure:
    """Medians with quartile bands over the step; `errors` is indexed by (step, seed), a column a method."""
    figure = style.page(
        7.4,
        5.2,
        "Too large a step cuts corners, too small a step loses digits",
        "relative error between the chain rule and a numerical derivative, random 2-8-8-1 sigmoid networks",
        "line and band: median and quartiles over seeds   ·   thin black lines: proportional to h, to h² and to 1/h",
    )
    axes = figure.subplots()
    middle = errors.groupby(level=0).median()
    for (method, label), colour, marker in zip(methods.items(), style.PALETTE, "os^", strict=False):
        looks = {"linewidth": 1.8, "marker": marker, "markersize": 4.5}
        style.band(axes, errors[method].unstack(), colour, label, **looks)
    h = middle.index.to_numpy()
    for method, power, anchor in (("forward", 1, h[-1]), ("central", 2, h[-1]), ("central", -1, h[0])):
        line = middle.at[anchor, method] * (h / anchor) ** power
        axes.plot(h, line, color=style.INK, linewidth=0.7)
    axes.set(xscale="log", yscale="log", xlim=(h[0] / 1.6, h[-1] * 1.6), ylim=(3e-17, 3))
    axes.set(xlabel="step  h", ylabel="relative error")
    _verdicts(axes, good, wrong, "y")
    axes.xaxis.set_major_locator(LogLocator(numticks=15))
    axes.yaxis.set_major_locator(LogLocator(base=100, numticks=12))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.legend(loc="lower right", fontsize=8.5, frameon=True)
    return figure


@style.styled
def slips(errors: pd.DataFrame, good: float, wrong: float) -> Figure:
    """A bar to the median and a dot a seed for each formula; `errors` has a row a seed, a column a formula."""
    figure = style.page(
        8.2,
        3.5,
        "A slip is not a small error",
        "relative error of five formulas for the gradient of one sigmoid neuron, against central differences",
        "bar: median, dots: one random neuron each",
    )
    axes = figure.subplots()
    places = np.arange(errors.shape[1])
    floor = 1e-13
    for place, name in zip(places, errors, strict=True):
        values, colour = errors[name], GREEN if place == 0 else ORANGE
        axes.barh(place, values.median() - floor, left=floor, height=0.55, color=colour, alpha=0.35)
        apart = place + np.linspace(-0.2, 0.2, len(values))
        axes.plot(values, apart, "o", color=colour, markersize=3, clip_on=False)
        middle = values.median()
        text = f"{middle:.2f}" if middle > wrong else f"{middle:.0e}"
        axes.annotate(text, (1.03, place), xycoords=axes.get_yaxis_transform(), va="center", fontweight="bold")
    axes.set(xscale="log", xlim=(floor, 1), xlabel="relative error")
    axes.set_yticks(places, labels=[str(name) for name in errors])
    axes.set_ylim(places[-1] + 0.55, -0.55)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(numticks=15))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(False, axis="y")
    _verdicts(axes, good, wrong, "x")
    return figure


def _verdicts(axes: Axes, good: float, wrong: float, along: Literal["x", "y"]) -> None:
    """Shade what the rule of thumb calls good and wrong, and say so."""
    low, high = axes.get_xlim() if along == "x" else axes.get_ylim()
    span = axes.axvspan if along == "x" else axes.axhspan
    for edges, word, colour in (((low, good), "good", GREEN), ((wrong, high), "wrong", ORANGE)):
        span(*edges, color=colour, alpha=0.07, linewidth=0, zorder=0)
        middle = float(np.sqrt(edges[0] * edges[1]))
        where = (middle, 1.01) if along == "x" else (1.01, middle)
        transform = axes.get_xaxis_transform() if along == "x" else axes.get_yaxis_transform()
        turn = {"ha": "center", "va": "bottom"} if along == "x" else {"rotation": 270, "va": "center"}
        axes.text(*where, word, transform=transform, color=colour, fontsize=8.5, **turn)
