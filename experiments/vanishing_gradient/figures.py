"""Pictures of the gradient on its way down a deep sigmoid network, and of its saturated top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chainrule.figures import style

BLUE, ORANGE, GREEN = style.PALETTE[:3]


@style.styled
def ladder(norms: Mapping[int, pd.DataFrame], published: Mapping[int, Sequence[float]], factor: float) -> Figure:
    """The norm of the mean delta by hidden layer, a panel a depth; frames hold a row a seed, a column a layer."""
    figure = style.page(
        9.2,
        4.0,
        "Every layer takes its fifth",
        "norm of the mean δ of each hidden layer before training; digits, 30 units a layer, medians and quartiles",
        f"crosses: Nielsen's single draws on MNIST  ·  thin line: a factor of {factor:g} a layer",
    )
    panels = figure.subplots(1, len(norms), sharey=True, width_ratios=[depth + 0.6 for depth in norms])
    for axes, (depth, frame) in zip(panels, norms.items(), strict=True):
        layers = frame.columns.to_numpy()
        low, middle, high = (frame.quantile(share) for share in (0.25, 0.5, 0.75))
        axes.plot(layers, middle.iloc[-1] * factor ** (layers - float(depth)), color=style.INK, linewidth=0.8)
        axes.vlines(layers, low, high, color=BLUE, alpha=0.3, linewidth=9)
        axes.plot(layers, middle, "o", color=BLUE, markersize=7, label="measured on digits")
        looks = {"color": ORANGE, "markersize": 8, "markeredgewidth": 2}
        axes.plot(layers, published[depth], "x", **looks, label="published on MNIST")
        axes.set_title(f"{depth} hidden layers", fontweight="bold")
        axes.set(xlabel="hidden layer", xticks=layers, xlim=(0.6, depth + 0.4))
        axes.grid(False, axis="x")
    style.log_axis(panels[0], 1e-3, 1.0)
    panels[0].set_ylabel("norm of the mean δ")
    panels[-1].legend(loc="lower right", frameon=False)
    return figure


@style.styled
def course(means: Mapping[int, pd.DataFrame], arriving: Mapping[int, pd.DataFrame]) -> Figure:
    """Norm of the mean delta and RMS of the arriving error by hidden layer; a row an epoch, a column a seed."""
    figure = style.page(
        10.4,
        4.2,
        "The mean error cancels, each sample's error still fades",
        "four hidden layers of 30 sigmoid units learn digits at rate 1: medians and quartiles over seeds",
        "left: how fast a layer's biases move, over the learning rate",
    )
    panels = figure.subplots(1, 2)
    words = {"mean of all samples' δ": "norm of the mean δ", "error arriving at a layer, sample by sample": "RMS"}
    for axes, layers, (title, label) in zip(panels, (means, arriving), words.items(), strict=True):
        colours = style.sequential()(np.linspace(0, 1, len(layers)))
        for colour, (layer, wide) in zip(colours, layers.items(), strict=True):
            style.band(axes, wide, colour, f"hidden layer {layer}")
        everything = np.concatenate([wide.to_numpy().ravel() for wide in layers.values()])
        style.log_axis(axes, everything.min() / 1.5, everything.max() * 1.5)
        style.epoch_axis(axes, float(max(layers[1].index)))
        axes.set(xlabel="epoch", ylabel=label)
        axes.set_title(title, fontweight="bold")
    handles, names = panels[1].get_legend_handles_labels()
    panels[1].legend(handles[::-1], names[::-1], loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return figure


@style.styled
def saturation(activations: Mapping[int, pd.DataFrame], losses: Mapping[str, pd.DataFrame], guessing: float) -> Figure:
    """Left each hidden layer's mean activation (sigmoid), right the loss by activation function, against epochs."""
    figure = style.page(
        10.0,
        4.2,
        "The top layer falls silent, and the loss sticks",
        "digits, four hidden layers of 100 units, batches of 10, rate 0.1: medians and quartiles over seeds",
        f"thin line right: ten equal guesses, ln 10 = {guessing:.3f}",
    )
    left, right = figure.subplots(1, 2)
    colours = style.sequential()(np.linspace(0, 1, len(activations)))
    for colour, (layer, wide) in zip(colours, activations.items(), strict=True):
        style.band(left, wide, colour, f"hidden layer {layer}")
    left.set_title("sigmoid: mean activation", fontweight="bold")
    left.set(xlabel="epoch", ylabel="mean activation", ylim=(0, 1))
    left.legend(loc="upper left", frameon=False)
    for colour, (name, wide) in zip((ORANGE, GREEN, BLUE), losses.items(), strict=True):
        style.band(right, wide.clip(lower=1e-5), colour, name)
    right.axhline(guessing, color=style.INK, linewidth=0.8)
    right.set_title("loss", fontweight="bold")
    style.log_axis(right, 1e-5, 6.0)
    right.set(xlabel="epoch", ylabel="cross-entropy in nats")
    right.legend(loc="lower left", frameon=False)
    for axes in (left, right):
        axes.set_xlim(0, max(activations[1].index))
    return figure
