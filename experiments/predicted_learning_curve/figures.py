"""Pictures of foreseen learning: one mode, four modes of a linear net, the symmetry net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chainrule import formats
from chainrule.core.closed_forms import linear_mode_flow
from chainrule.figures import style

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
GREY = "#b9bec6"


@style.styled
def four_modes(modes: pd.DataFrame) -> Figure:
    """Left each mode's growth in every run, right half-way times against the foreseen.

    `modes` has a row a mode and run: mode, strength, times, measured and predicted (arrays), half_way, foreseen.
    """
    figure = style.page(
        10.4,
        4.6,
        "A linear net learns the broad distinctions first, and on time",
        "4-16-7 linear net, four living things and their seven properties, small random weights",
        "coloured: every run, the median one thick   ·   thin black: foretold by its starting weights, nothing fitted",
    )
    growth, halves = figure.subplots(1, 2, width_ratios=[1.75, 1])
    for colour, (name, own) in zip(style.PALETTE, modes.groupby("mode", sort=False), strict=False):
        paths = [np.column_stack(path) for path in zip(own["times"], own["measured"], strict=True)]
        growth.add_collection(LineCollection(paths, colors=colour, linewidths=1.0, alpha=0.4))
        middle = own.sort_values("foreseen").iloc[len(own) // 2]
        growth.plot(middle["times"], middle["measured"], color=colour, linewidth=3.2, alpha=0.75)
        growth.plot(middle["times"], middle["predicted"], color=style.INK, linewidth=0.9)
        label = f"{name},  s = {own['strength'].iloc[0]:.2f}"
        halves.plot(own["foreseen"], own["half_way"], "o", color=colour, alpha=0.8, label=label)
    growth.set(xlim=(0, modes["times"].iloc[0][-1]), ylim=(-0.02, 1.04), xlabel="time   learning rate × epochs / N")
    growth.set_ylabel("share of the mode that is learnt   u / s")
    growth.grid(True)
    ends = (0.9 * modes["foreseen"].min(), 1.08 * modes["half_way"].max())
    halves.plot(ends, ends, color=style.INK, linewidth=0.8)
    halves.set(xlim=ends, ylim=ends, xlabel="half-way, foreseen", ylabel="half-way, measured")
    halves.grid(True)
    halves.legend(loc="upper left", fontsize=8, framealpha=1, edgecolor="white", handletextpad=0.2)
    return figure


@style.styled
def symmetry(net: pd.DataFrame, costs: pd.DataFrame, published: int) -> Figure:
    """Left the cost of every net, coloured by its family; right the weights of each family's hidden units.

    `net` has the columns run, sweeps, family and weights (2, 6); `costs` is a row an epoch, a column a run.
    """
    solved = net[net["sweeps"].notna()]
    figure = style.page(
        11.6,
        4.6,
        "When the symmetry net gets there is chance, where it gets is not",
        f"6-2-1 sigmoid net, 64 patterns, {len(net)} random starts",
        "weights: both hidden units of every solution, in units of the smallest; mirrored pairs of inputs in the order "
        "of their size, each turned so that its left weight is positive",
    )
    cost, *bars = figure.subplots(1, 3, width_ratios=[1.9, 1, 1])
    rest = net[~net["run"].isin(solved["run"])]
    _fan(cost, costs[rest["run"]], GREY)
    families = list(dict.fromkeys(solved["family"].dropna().sort_values(ascending=False)))
    for name, colour, axes in zip(families, style.PALETTE, bars, strict=False):
        own = solved[solved["family"].eq(name)]
        _fan(cost, costs[own["run"]], colour)
        _weights(axes, np.concatenate(list(own["weights"])), colour)
        axes.set_title(f"{name}   ({len(own)} nets)", fontweight="bold")
        cost.plot([], [], color=colour, label=f"solved, weights as {name}")
    cost.plot([], [], color=GREY, label=f"not solved ({len(rest)} nets)")
    cost.axvline(published, color=style.INK, linewidth=0.8)
    cost.annotate(f"published: {published:,}", (published, 0.97), (4, 0), xycoords=cost.get_xaxis_transform(),
                  textcoords="offset points", fontsize=8, va="top")  # fmt: skip
    style.log_axis(cost, 1e-5, 0.3)
    style.log_axis(cost, 10, float(costs.index.max()), "x")
    cost.set(xlabel="sweeps through the 64 patterns", ylabel="cost")
    cost.grid(True)
    cost.legend(loc="lower left", fontsize=8, framealpha=1, edgecolor="white")
    bars[0].set_ylabel("weight / smallest")
    return figure


def _fan(axes: Axes, costs: pd.DataFrame, colour: str) -> None:
    later = costs[costs.index > 0]
    paths = [np.column_stack([later.index, later[run]]) for run in later]
    axes.add_collection(LineCollection(paths, colors=colour, linewidths=0.7, alpha=0.5))


def _weights(axes: Axes, weights: Array, colour: str) -> None:
    """Bars at the medians and a dot a unit; weights (units, 6)."""
    places = np.arange(6)
    apart = np.linspace(-0.25, 0.25, len(weights))[:, None]
    axes.bar(places, np.median(weights, axis=0), color=colour, alpha=0.3, width=0.7)
    axes.plot(places + apart, weights, "o", color=colour, markersize=1.5)
    for place, value in zip(places, np.median(weights, axis=0), strict=True):
        axes.annotate(
            f"{value:.2g}".replace("-", "−"),
            (place, value),
            (0, 5 if value > 0 else -5),
            textcoords="offset points",
            ha="center",
            va="bottom" if value > 0 else "top",
            fontsize=8,
        )
    axes.axhline(0, color=style.MUTED, linewidth=0.7)
    axes.axvline(2.5, color=style.INK, linewidth=0.7, linestyle=(0, (2, 3)))
    axes.set(ylim=(-4.9, 4.9), xlabel="input, mirrored about the middle")
    axes.set_xticks(places, labels=[""] * 6)
    axes.grid(True, axis="y")


@style.styled
def one_mode(
    curves: Mapping[tuple[float, float], pd.Series[float]], far: Mapping[float, pd.Series[float]], start: float
) -> Figure:
    """Left u(t) at the largest rate beside the formula; right the largest distance against the rate.

    `curves` maps (strength, rate) to u by time, `far` a strength to distances by rate.
    """
    figure = style.page(
        9.4,
        4.3,
        "Two numbers fix the whole curve",
        "two weights in a row, y = w₂ w₁ x, both starting at 0.1, target s",
        "thin black: left the formula, right proportional to the rate",
    )
    growth, error = figure.subplots(1, 2, width_ratios=[1.4, 1])
    for (s, distances), colour, marker in zip(far.items(), style.PALETTE, "os^", strict=False):
        rates = distances.index.to_numpy()
        curve = curves[s, rates[-1]]
        growth.plot(curve, color=colour, linewidth=3.2, alpha=0.7, label=f"s = {s:g}")
        growth.plot(curve.index, linear_mode_flow(curve.index.to_numpy(), s, start), color=style.INK, linewidth=0.8)
        error.plot(rates, distances, marker, color=colour, markersize=6, label=f"s = {s:g}")
        error.plot(rates, distances.iloc[0] * rates / rates[0], color=style.INK, linewidth=0.8)
    growth.set(xlim=(0, curve.index.max()), ylim=(0, None), xlabel="time   learning rate × epochs")
    growth.set_ylabel(f"u = w₂ w₁   (rate {rates[-1]:g})")
    values = np.concatenate([distances.to_numpy() for distances in far.values()])
    style.log_axis(error, values.min() / 1.5, values.max() * 1.5)
    style.log_axis(error, rates.min() / 1.3, rates.max() * 1.3, "x")
    error.set(xlabel="learning rate", ylabel="largest distance from the formula / s")
    error.set_xticks(rates, labels=[formats.tick(rate) for rate in rates])
    for axes in (growth, error):
        axes.grid(True)
        axes.legend(frameon=False, fontsize=8.5)
    return figure
