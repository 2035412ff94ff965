"""Pictures of the largest learning rate: the wall at 2/lambda, and how a sigmoid neuron behaves behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from chainrule.core.neuron_stability import curvature, swinging_rate
from chainrule.figures import style

if TYPE_CHECKING:
    import pandas as pd

BLUE, ORANGE = style.PALETTE[:2]
DASHED = (0, (4, 3))
NAMES = {"quadratic": "quadratic cost", "cross_entropy": "cross-entropy"}
SHOWN = {0.1: "#7b3f99", 1.0: "#0072B2", 1.99: "#009E73", 2.0: "#E69F00", 2.01: "#D55E00"}


@style.styled
def wall(paths: pd.DataFrame, starts: pd.DataFrame, stuck: float) -> Figure:
    """Excess cost against steps, and what is left at the end against the learning rate.

    `paths` has a row a step and a column each multiple of 1/lambda from a zero start; `starts` the columns multiple
    and excess, a row a run from a random start; `stuck` is the excess that the steepest direction starts with.
    """
    subtitle = "a linear neuron on diabetes: C is a quadratic bowl whose largest curvature is λmax"
    note = "thin black: the steepest direction alone, in closed form: it shrinks by (1 − rate × λmax)² a step"
    figure = style.page(9.6, 4.7, "Half a percent decides", subtitle, note)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    steps = paths.index.to_numpy()
    for multiple, colour in SHOWN.items():
        if multiple not in paths:
            continue
        path = paths[multiple]
        left.plot(path.where(path > 0), color=colour, linewidth=2.2)
        if multiple > 1.9:
            left.plot(steps, stuck * np.abs(1 - multiple) ** (2.0 * steps), color=style.INK, linewidth=0.7)
        _label(left, f"{multiple:g}/λmax", (steps[-1], path.iloc[-1]), colour)
    left.set(xlim=(0, steps[-1]), xlabel="step", ylabel="cost above its minimum,  C − C*")
    left.set_title("On the way, from zero weights", fontweight="bold")
    left_over = starts.groupby("multiple")["excess"]
    lower, median, upper = (left_over.quantile(share) for share in (0.25, 0.5, 0.75))
    right.fill_between(median.index, lower, upper, color=BLUE, alpha=0.25, linewidth=0)
    right.plot(median, color=BLUE, linewidth=1.2, label="random weights: median and quartiles")
    right.plot(paths.iloc[-1], "o", color=BLUE, markersize=4.5, label="zero weights")
    right.axvline(2, color=style.MUTED, linewidth=0.8, linestyle=DASHED)
    right.text(1.97, 1e12, "2/λmax", ha="right", color=style.MUTED)
    right.set(xlim=(0, 2.1), xlabel="learning rate × λmax")
    right.tick_params(labelleft=False)
    right.legend(loc="upper left", frameon=False, fontsize=8)
    right.set_title(f"After {steps[-1]} steps", fontweight="bold")
    for axes in (left, right):
        axes.set(yscale="log", ylim=(1e-14, 1e20))
        axes.grid(True)
    return figure


def _label(axes: Axes, text: str, point: tuple[float, float], colour: str) -> None:
    name = axes.annotate(text, point, (6, 0), textcoords="offset points", annotation_clip=False)
    name.set(color=colour, va="center", fontweight="bold", fontsize=8)
    name.set_path_effects([withStroke(linewidth=2, foreground="white")])


@style.styled
def neuron_curvature(measured: Mapping[str, pd.Series[float]]) -> Figure:
    """The recorded largest curvature against z, a series a cost, over the closed form."""
    note = "dots: recorded sharpness   ·   thin line: closed form; where the cost curves downwards the other one, 0"
    figure = style.page(7.2, 4.3, "Where a sigmoid neuron is most curved", "input 1, target 0, weight and bias", note)
    axes = figure.subplots()
    for (cost, values), colour in zip(measured.items(), (BLUE, ORANGE), strict=True):
        z, peak = values.index.to_numpy(), int(values.argmax())
        axes.plot(z, np.maximum(curvature(z, cost), 0), color=style.INK, linewidth=0.8, zorder=3)
        axes.plot(values.iloc[::12], "o", color=colour, markersize=4, label=NAMES[cost])
        _limit_at(axes, z[peak], values.iloc[peak], colour)
    axes.set(xlabel="weighted sum  z", ylabel="largest curvature  λ", ylim=(-0.012, 0.57))
    axes.legend(frameon=False, loc="upper left")
    axes.grid(True)
    return figure


def _limit_at(axes: Axes, z: float, top: float, colour: str) -> None:
    text = axes.annotate(f"2/{top:.3f} = {2 / top:.2f}", (z, top), (0, 8), textcoords="offset points")
    text.set(color=colour, fontweight="bold", ha="center")


@style.styled
def swings(runs: Mapping[str, pd.DataFrame], limits: Mapping[str, float]) -> Figure:
    """Last outputs against learning rates, a panel a cost; the frames have the columns learning_rate and output."""
    subtitle = "one sigmoid neuron, target 1/2: below the limit it settles, above it swings for ever"
    note = "dots: output of a recorded run after 2000 steps   ·   thin line: the cycle z, −z, z in closed form"
    figure = style.page(9.6, 4.5, "Beyond the limit", subtitle, note)
    panels = figure.subplots(1, 2, sharex=True, sharey=True)
    z = np.linspace(1e-3, 20, 2000)
    for axes, (cost, own), colour in zip(panels, runs.items(), (BLUE, ORANGE), strict=True):
        for side in (z, -z):
            axes.plot(swinging_rate(z, cost), 1 / (1 + np.exp(-side)), color=style.INK, linewidth=0.7, zorder=1)
        axes.plot(own["learning_rate"], own["output"], "o", color=colour, markersize=2.6, markeredgewidth=0)
        axes.axvline(limits[cost], color=style.MUTED, linewidth=0.8, linestyle=DASHED)
        axes.text(limits[cost], 0.5, f"  2/λ = {limits[cost]:g}", color=style.MUTED, va="center")
        axes.set(xlim=(own["learning_rate"].min(), own["learning_rate"].max()), ylim=(0, 1), xlabel="learning rate")
        axes.set_title(style.sentence(NAMES[cost]), fontweight="bold")
        axes.grid(True)
    panels[0].set_ylabel("output  a")
    return figure
