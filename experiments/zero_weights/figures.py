"""Pictures of equal and of random starts: weights on their way, accuracy, singular values, rounding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chainrule.figures import style
from chainrule.figures.style import BLUE, GREEN, ORANGE, PINK, SKY

LOOKS = {"random": (BLUE, "o"), "one unit": (GREEN, "s"), "zeros": (ORANGE, "v"), "constant": (PINK, "^")}


@style.styled
def paths(weights: Mapping[str, pd.DataFrame]) -> Figure:
    """One weight of each hidden unit against epochs, a panel a start; frames hold a row an epoch, a column a unit."""
    figure = style.page(
        10.2,
        3.9,
        "Units that start alike walk alike",
        "digits, 64-16-10: the weight from one pixel to each of the 16 hidden units, a line a unit",
        "shown is the pixel with the largest final weight",
    )
    panels = figure.subplots(1, len(weights))
    for axes, (name, frame) in zip(panels, weights.items(), strict=True):
        colours = style.sequential()(np.linspace(0, 1, frame.shape[1]))
        for colour, (_, path) in zip(colours, frame.items(), strict=True):
            axes.plot(path, color=colour, linewidth=1.4, alpha=0.85)
        axes.set_title(name, fontweight="bold")
        style.epoch_axis(axes, float(frame.index.max()))
        axes.set_xlabel("epoch")
        distinct = len(np.unique(np.round(frame.iloc[-1] / abs(frame.iloc[-1]).max(), 3)))
        said = f"{frame.shape[1]} lines, {distinct} to be seen"
        axes.annotate(said, (0.04, 0.98), xycoords="axes fraction", va="top", fontsize=8, color=style.MUTED)
        axes.margins(y=0.16)
    panels[0].set_ylabel("weight")
    return figure


@style.styled
def accuracy(curves: Mapping[str, pd.DataFrame], starts: Mapping[str, str]) -> Figure:
    """Training accuracy against epochs by start, medians with quartile bands over columns; `starts` has the words."""
    figure = style.page(
        6.8,
        4.2,
        "Sixteen equal units do the work of one",
        "digits, pixels from 0 to 1, rate 0.5: training accuracy, medians and quartiles over seeds",
        "thin line: guessing",
    )
    axes = figure.add_subplot()
    for name, words in starts.items():
        style.band(axes, curves[name], LOOKS[name][0], words)
    axes.axhline(0.1, color=style.MUTED, linewidth=0.8)
    style.epoch_axis(axes, float(curves["zeros"].index.max()))
    axes.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.02))
    axes.legend(loc="upper left")
    return figure


@style.styled
def singular_values(values: Mapping[str, NDArray[Any]], starts: Mapping[str, str]) -> Figure:
    """Singular values over the largest, by start; `starts` has the words."""
    figure = style.page(
        6.8,
        4.0,
        "Equal units leave W1 a rank of one",
        "digits: singular values of W1 after training, over the largest",
        "around 1e-16 is zero, up to rounding",
    )
    axes = figure.add_subplot()
    for name, found in values.items():
        colour, marker = LOOKS[name]
        numbers, shown = range(1, len(found) + 1), np.clip(found, 1e-18, None)
        axes.plot(numbers, shown, color=colour, marker=marker, markersize=6, linewidth=1, label=starts[name])
    axes.set(xlabel="number of the singular value", xticks=[1, 4, 8, 12, 16])
    axes.set_ylabel("size over the largest")
    style.log_axis(axes, 3e-19, 3.0)
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.62))
    return figure


@style.styled
def growth(ratios: Mapping[str, pd.Series[float]]) -> Figure:
    """The second singular value of W1 over the first against epochs, from zeros."""
    figure = style.page(
        6.8,
        4.0,
        "A difference of one rounding grows exponentially",
        "digits from zeros: second singular value of W1 over the first; 0 for equal units",
        "one run each: nothing but the order in which sums are rounded tells the units apart",
    )
    axes = figure.add_subplot()
    for colour, (name, ratio) in zip((ORANGE, SKY, BLUE), ratios.items(), strict=True):
        axes.plot(ratio.clip(lower=1e-18), color=colour, linewidth=1.8, label=name)
    style.log_axis(axes, 3e-19, 3.0)
    axes.set(xlabel="epoch", ylabel="second over first", xlim=(0, None))
    axes.legend(loc="upper left")
    return figure
