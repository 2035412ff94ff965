"""Pictures of the edge of stability: the sharpness that climbs to 2/rate and stays, and what is learnt there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from chainrule import formats
from chainrule.figures import style

if TYPE_CHECKING:
    import pandas as pd

COLOURS = ("#CC79A7", "#009E73", "#0072B2", "#D55E00")
DASHED = (0, (4, 3))
Curves = Mapping[float, "pd.DataFrame"]  # learning rate -> rows steps, columns seeds


@style.styled
def edge(sharpness: Curves, cost: Curves) -> Figure:
    """Sharpness with the limits 2/rate, and the training cost, against steps; medians over thin lines of every seed."""
    note = "thin: every seed   ·   thick: their median   ·   dashed: 2/rate, the limit of a linear neuron"
    subtitle = "1-100-1 tanh network on 20 points of the Chebyshev polynomial T5, full batch"
    figure = style.page(8.8, 7.4, "The network goes to the edge and stays there", subtitle, note)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(1.45, 1))
    for (rate, curves), colour in zip(sharpness.items(), COLOURS, strict=False):
        _lines(top, curves, colour, rate)
        _lines(bottom, cost[rate], colour, rate)
        top.axhline(2 / rate, color=colour, linewidth=1.1, linestyle=DASHED)
        last = curves.index[-1]
        name = top.annotate(f"2/{rate:g} = {2 / rate:g}", (last, 2 / rate), (5, 0), textcoords="offset points")
        name.set(color=colour, va="center", fontweight="bold", fontsize=8.5, annotation_clip=False)
    top.set(yscale="log", ylim=(2, 50), ylabel="sharpness  λmax", xlim=(0, last))
    bottom.set(yscale="log", ylabel="training cost", xlabel="step")
    top.yaxis.set_major_locator(FixedLocator([2, 5, 10, 20, 40]))
    top.yaxis.set_minor_locator(NullLocator())
    for axes in (top, bottom):
        axes.yaxis.set_major_formatter(FuncFormatter(formats.tick))
        axes.grid(True)
    bottom.legend(title="learning rate", frameon=False, loc="lower left", ncols=4, fontsize=8, title_fontsize=8)
    return figure


def _lines(axes: Axes, curves: pd.DataFrame, colour: str, rate: float) -> None:
    axes.plot(curves.index, curves.to_numpy(), color=colour, linewidth=0.5, alpha=0.4)
    axes.plot(curves.median(axis="columns"), color=colour, linewidth=1.8, label=f"{rate:g}")


@style.styled
def fits(
    x: NDArray[Any], learnt: Mapping[float, NDArray[Any]], points: tuple[NDArray[Any], NDArray[Any]], degree: int
) -> Figure:
    """The learnt functions, outputs (seeds, positions) at `x` for each learning rate, with the training `points`."""
    subtitle = f"after all steps: the outputs of every seed (thin), their median (thick) and the polynomial T{degree}"
    figure = style.page(9.6, 3.4, "What is learnt on the edge", subtitle, "black: T5 and the 20 points trained on")
    panels = figure.subplots(1, len(learnt), sharex=True, sharey=True)
    for axes, (rate, outputs), colour in zip(panels, learnt.items(), COLOURS, strict=False):
        axes.plot(x, np.cos(degree * np.arccos(x)), color=style.INK, linewidth=0.8)
        axes.plot(*points, "o", color=style.INK, markersize=2.5)
        axes.plot(x, outputs.T, color=colour, linewidth=0.5, alpha=0.5)
        axes.plot(x, np.median(outputs, axis=0), color=colour, linewidth=1.8)
        axes.set(xlabel="x", ylim=(-1.35, 1.35))
        axes.set_title(f"rate {rate:g}", fontweight="bold", color=colour)
        axes.grid(True)
    panels[0].set_ylabel("output")
    return figure
