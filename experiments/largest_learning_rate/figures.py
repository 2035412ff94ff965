"""Pictures of the largest learning rate: the wall at 2/lambda, and how a sigmoid neuron behaves behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from chainrule.figures import style

BLUE, ORANGE = style.PALETTE[:2]
PATHS = ("#7b3f99", BLUE, "#009E73", "#E69F00", ORANGE)
DASHED = (0, (4, 3))


@style.styled
def wall(paths: pd.DataFrame, shown: Sequence[float], ends: pd.DataFrame) -> Figure:
    """Excess cost against steps, and what is left at the end against the learning rate.

    `paths` has a row a step and a column each multiple of 1/lambda, from a zero start, of which those `shown` are
    drawn; `ends` is what is left from random starts, a row a multiple and a column a seed. The steepest direction
    starts with what is left of the path at 2/lambda: there it keeps it, while all the others lose theirs.
    """
    subtitle = "a linear neuron on diabetes: C is a quadratic bowl whose largest curvature is λmax"
    note = "thin black: the steepest direction alone, in closed form: it shrinks by (1 − rate × λmax)² a step"
    figure = style.page(9.6, 4.7, "Half a percent decides", subtitle, note)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    steps = paths.index.to_numpy()
    nearest = np.abs(paths.columns.to_numpy() - 2).argmin()
    stuck = paths.iloc[-1, nearest]
    for multiple, colour in zip(shown, PATHS, strict=True):
        path = paths[multiple]
        left.plot(path.where(path > 0), color=colour, linewidth=2.2)
        if multiple > 1.9:
            left.plot(steps, stuck * np.abs(1 - multiple) ** (2.0 * steps), color=style.INK, linewidth=0.7)
        _label(left, f"{multiple:g}/λmax", (steps[-1], path.iloc[-1]), colour)
    left.set(xlim=(0, steps[-1]), xlabel="step", ylabel="cost above its minimum,  C − C*")
    left.set_title("On the way, from zero weights", fontweight="bold")
    style.band(right, ends, BLUE, "random weights: median and quartiles", linewidth=1.2)
    right.plot(paths.iloc[-1], "o", color=BLUE, markersize=4.5, label="zero weights")
    right.axvline(2, color=style.MUTED, linewidth=0.8, linestyle=DASHED)
    right.text(1.97, 1e12, "2/λmax", ha="right", color=style.MUTED)
    right.set(xlim=(0, 2.1), xlabel="learning rate × λmax")
    right.tick_params(labelleft=False)
    right.legend(loc="upper left", frameon=False, fontsize=8)
    right.set_title(f"After {steps[-1]} steps", fontweight="bold")
    for axes in (left, right):
        axes.set(yscale="log", ylim=(1e-14, 1e20))
    return figure


def _label(axes: Axes, text: str, point: tuple[float, float], colour: str) -> None:
    name = axes.annotate(text, point, (6, 0), textcoords="offset points", annotation_clip=False)
    name.set(color=colour, va="center", fontweight="bold", fontsize=8)
    name.set_path_effects([withStroke(linewidth=2, foreground="white")])


@style.styled
def neuron_curvature(curvatures: Mapping[str, pd.DataFrame]) -> Figure:
    """The largest curvature against z by cost, in words; the frames have the columns measured and predicted."""
    note = "dots: recorded sharpness   ·   thin line: closed form; where the cost curves downwards the other one, 0"
    figure = style.page(7.2, 4.3, "Where a sigmoid neuron is most curved", "input 1, target 0, weight and bias", note)
    axes = figure.subplots()
    for (cost, values), colour in zip(curvatures.items(), (BLUE, ORANGE), strict=True):
        z, measured = values.index.to_numpy(), values["measured"]
        axes.plot(z, values["predicted"].clip(lower=0), color=style.INK, linewidth=0.8, zorder=3)
        axes.plot(measured.iloc[::12], "o", color=colour, markersize=4, label=cost)
        _limit_at(axes, z[measured.argmax()], measured.max(), colour)
    axes.set(xlabel="weighted sum  z", ylabel="largest curvature  λ", ylim=(-0.012, 0.57))
    axes.legend(frameon=False, loc="upper left")
    return figure


def _limit_at(axes: Axes, z: float, top: float, colour: str) -> None:
    text = axes.annotate(f"2/{top:.3f} = {2 / top:.2f}", (z, top), (0, 8), textcoords="offset points")
    text.set(color=colour, fontweight="bold", ha="center")


@style.styled
def swings(runs: Mapping[str, pd.DataFrame], cycles: Mapping[str, pd.DataFrame], limits: Mapping[str, float]) -> Figure:
    """Last outputs against learning rates, a panel a cost, each mapping by the cost in words.

    `runs` has the columns learning_rate and output, `cycles` a row a learning rate and a column each output of the
    cycle; `limits` are the learning rates 2/lambda.
    """
    subtitle = "one sigmoid neuron, target 1/2: below the limit it settles, above it swings for ever"
    note = "dots: output of a recorded run after 2000 steps   ·   thin line: the cycle z, −z, z in closed form"
    figure = style.page(9.6, 4.5, "Beyond the limit", subtitle, note)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, (cost, own), colour in zip(panels, runs.items(), (BLUE, ORANGE), strict=True):
        axes.plot(cycles[cost], color=style.INK, linewidth=0.7, zorder=1)
        axes.plot(own["learning_rate"], own["output"], "o", color=colour, markersize=2.6, markeredgewidth=0)
        axes.axvline(limits[cost], color=style.MUTED, linewidth=0.8, linestyle=DASHED)
        axes.text(limits[cost], 0.5, f"  2/λ = {limits[cost]:g}", color=style.MUTED, va="center")
        axes.set(xlim=(own["learning_rate"].min(), own["learning_rate"].max()), ylim=(0, 1), xlabel="learning rate")
        axes.set_title(style.sentence(cost), fontweight="bold")
    panels[0].set_ylabel("output  a")
    return figure
