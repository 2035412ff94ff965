"""Pictures of one sigmoid neuron: its factors, its two costs, its steps against the exact flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from chainrule import formats
from chainrule.figures import style

if TYPE_CHECKING:
    import pandas as pd

BLUE, ORANGE, GREEN, PINK = style.PALETTE[:4]
PRIME = r"$\sigma\,'$"  # as plain text the prime would run into the letter
Start = tuple[float, float]


@style.styled
def factors(tracks: Mapping[Start, pd.DataFrame], exact: Mapping[Start, np.ndarray[Any, Any]]) -> Figure:
    """Output, cost and factors against epochs, a column a start (w, b).

    A track has the columns output, cost, error, slope and input, a row an epoch; `exact` is the output under
    gradient flow at the same epochs.
    """
    figure = style.page(
        8.6,
        7.6,
        "One sigmoid neuron unlearns a wrong answer",
        "input 1, target 0, quadratic cost, learning rate 0.15",
        "thin black line: the exact solution for infinitely small steps",
    )
    grid = figure.subplots(3, len(tracks), sharex=True, sharey="row", squeeze=False)
    for column, (start, track) in zip(grid.T, tracks.items(), strict=True):
        output, cost, chain = column
        output.set_title(f"start at w = {start[0]:g}, b = {start[1]:g}", fontweight="bold")
        output.plot(track["output"], color=BLUE, linewidth=3.2, alpha=0.75)
        output.plot(track.index, exact[start], color=style.INK, linewidth=0.8)
        cost.plot(track["cost"], color=ORANGE, linewidth=2)
        product = track["error"] * track["slope"] * track["input"]
        chain.plot(track["input"], color=PINK, linewidth=1.6, label="input  x")
        chain.plot(track["error"], color=BLUE, linewidth=1.6, label="error  a − y")
        chain.plot(track["slope"], color=GREEN, linewidth=1.6, label=f"slope  {PRIME}(z)")
        chain.fill_between(track.index, 0, product, color=style.MUTED, alpha=0.35, linewidth=0)
        chain.plot(product, color=style.INK, linewidth=1.6, label="their product  dC/dw")
        chain.set_xlabel("epoch")
        for axes in column:
            axes.grid(True)
            axes.set(xlim=(0, track.index.max()))
    for axes, (label, high) in zip(grid[:, 0], {"output  a": 1, "cost  C": 0.5, "factor": 1.05}.items(), strict=True):
        axes.set(ylabel=label, ylim=(0, high))
    grid[2, 0].legend(loc="upper right", bbox_to_anchor=(1, 0.92), fontsize=8, framealpha=1, edgecolor="white")
    return figure


@style.styled
def two_costs(tracks: Mapping[str, pd.DataFrame]) -> Figure:
    """One start under two costs: the factors on logarithmic axes, and the output. `tracks` maps costs to tracks."""
    figure = style.page(
        10.4,
        4.1,
        "Cross-entropy does not remove the slope, it outweighs it",
        "start at w = 2, b = 2, learning rate 0.15",
        "on logarithmic axes the distances of dC/da and of the slope from 1 add up to that of dC/dz",
    )
    panels = figure.subplots(1, 3)
    for axes, (cost, track) in zip(panels, tracks.items(), strict=False):
        axes.axhline(1.0, color=style.MUTED, linewidth=0.7)
        axes.plot(track["error"], color=BLUE, linewidth=1.8, label="dC/da")
        axes.plot(track["slope"], color=GREEN, linewidth=1.8, label=f"{PRIME}(z)")
        axes.plot(track["error"] * track["slope"], color=style.INK, linewidth=1.8, label="their product  dC/dz")
        axes.set_title(_words(cost), fontweight="bold")
        style.log_axis(axes, 0.005, 100.0)
        axes.set(xlabel="epoch", xlim=(0, track.index.max()))
        axes.grid(True)
    panels[0].set_ylabel("factor")
    panels[1].legend(loc="upper right", fontsize=8, framealpha=1, edgecolor="white")
    for (cost, track), colour in zip(tracks.items(), (ORANGE, PINK), strict=True):
        panels[2].plot(track["output"], color=colour, linewidth=2.2, label=_words(cost))
    panels[2].set_title("output  a", fontweight="bold")
    panels[2].set(xlabel="epoch", xlim=(0, 300), ylim=(0, 1))
    panels[2].grid(True)
    panels[2].legend(frameon=False, fontsize=8)
    return figure


def _words(cost: str) -> str:
    return {"quadratic": "quadratic cost", "cross_entropy": "cross-entropy"}[cost]


@style.styled
def orders(far: Mapping[Start, pd.Series[float]]) -> Figure:
    """The largest distance from the exact flow against the learning rate, a line a start."""
    figure = style.page(
        5.8,
        4.2,
        "Half the rate, half the error",
        "largest distance of the output from the exact solution",
        "thin black lines: proportional to the rate",
    )
    axes = figure.subplots()
    for (start, distances), colour, marker in zip(far.items(), (BLUE, ORANGE), "os", strict=True):
        rates = distances.index.to_numpy()
        label = f"start at w = {start[0]:g}, b = {start[1]:g}"
        axes.plot(rates, distances, marker, color=colour, markersize=7, label=label)
        axes.plot(rates, distances.iloc[0] * rates / rates[0], color=style.INK, linewidth=0.8)
    values = np.concatenate([distances.to_numpy() for distances in far.values()])
    style.log_axis(axes, values.min() / 1.5, values.max() * 1.5)
    style.log_axis(axes, rates.min() / 1.3, rates.max() * 1.3, "x")
    axes.set(xlabel="learning rate", ylabel="largest error of the output")
    axes.set_xticks(rates, labels=[formats.tick(rate) for rate in rates])
    axes.grid(True)
    axes.legend(frameon=False)
    return figure
