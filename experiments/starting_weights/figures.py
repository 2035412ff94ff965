"""Pictures of starting weights: what a layer does to a signal, and what that costs deep networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from chainrule import formats
from chainrule.figures import style

if TYPE_CHECKING:
    import pandas as pd

BLUE, ORANGE, GREEN, PINK = style.PALETTE[:4]
COLOURS = {"he_normal": ORANGE, "lecun_normal": BLUE, "xavier_uniform": GREEN, "torch_uniform": PINK}
RULES = {
    "he_normal": "2/n (He)",
    "lecun_normal": "1/n (LeCun)",
    "xavier_uniform": "2/(n + m) (Glorot)",
    "torch_uniform": "1/(3n), U(±1/√n)",
}
DASHED = (0, (4, 3))


@style.styled
def carried(sizes: Mapping[str, Mapping[str, pd.DataFrame]], factors: Mapping[str, Mapping[str, float]]) -> Figure:
    """Mean square of the signal by layer, relative to the first row, for each activation and start.

    The frames have a row a layer and a column a seed; `factors` is what theory says a layer multiplies by.
    """
    note = "line: median, band: quartiles over the starts   ·   thin black: the predicted factor, layer after layer"
    subtitle = "mean square of what reaches each layer, relative to the second; 256 units a layer, before any training"
    figure = style.page(9.6, 4.6, "What a layer of random weights does to a signal", subtitle, note)
    panels = figure.subplots(1, len(sizes), sharey=True)
    for axes, (activation, frames) in zip(panels, sizes.items(), strict=True):
        for init, frame in frames.items():
            layers, low, middle, high = _band(frame)
            factor, colour = factors[activation][init], COLOURS[init]
            axes.fill_between(layers, low, high, color=colour, alpha=0.25, linewidth=0)
            line = DASHED if init == "xavier_uniform" else "-"  # it lies on LeCun's where layers are equally wide
            axes.plot(layers, middle, color=colour, linestyle=line, marker="o", markersize=3.5, label=RULES[init])
            axes.plot(layers, factor ** (layers - layers[0]), color=style.INK, linewidth=0.7, zorder=3)
        axes.set(yscale="log", xlabel="layer")
        axes.set_title("Linear layers" if activation == "identity" else "Rectifiers (relu)", fontweight="bold")
        axes.grid(True)
    panels[0].set_ylabel("mean square, relative")
    panels[0].legend(title="variance of a weight", frameon=False, loc="lower left", fontsize=8, title_fontsize=8)
    return figure


def _band(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    low, middle, high = np.quantile(frame.to_numpy(), [0.25, 0.5, 0.75], axis=1, method="nearest")
    return frame.index.to_numpy(), low, middle, high


@style.styled
def rectifiers(costs: Mapping[str, Mapping[float, pd.DataFrame]]) -> Figure:
    """Training cost against steps for each start and learning rate; a row a step and a column a seed in each frame."""
    subtitle = "digits, 30 layers: 29 of 64 rectifiers and a softmax · training cost"
    note = "line: median, band: quartiles over the starts   ·   dashed: ln 10, the cost of guessing"
    figure = style.page(9.6, 4.2, "Thirty layers of rectifiers", subtitle, note)
    panels = figure.subplots(1, len(costs), sharey=True)
    for axes, (init, frames) in zip(panels, costs.items(), strict=True):
        for place, (rate, frame) in enumerate(frames.items()):
            colour = style.sequential()(place / max(len(frames) - 1, 1))
            steps, low, middle, high = _band(frame)
            axes.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(steps, middle, color=colour, linewidth=1.8, label=f"{rate:g}")
        axes.axhline(np.log(10), color=style.MUTED, linewidth=0.8, linestyle=DASHED)
        axes.set(xlabel="step", xlim=(0, steps[-1]), ylim=(0, 2.9))
        axes.set_title(f"variance {RULES[init]}", fontweight="bold")
        axes.grid(True)
    panels[0].set_ylabel("training cost (nats)")
    panels[0].legend(title="learning rate", frameon=False, loc="lower left", ncols=2, fontsize=8, title_fontsize=8)
    return figure


@style.styled
def deep_linear(best: pd.DataFrame, published: Mapping[str, Mapping[int, float]], horizon: int) -> Figure:
    """Steps against depth, both logarithmic; `best` has the columns init, depth, low, steps and high."""
    note = (
        "dots and bars: median and quartiles over five starts, at the rate with the best median; a bar with an arrow "
    )
    note += f"leaves the {horizon} steps allowed   ·   rings: published"
    subtitle = "deep linear networks on whitened digits: steps until 95 % of what can be learnt is learnt"
    figure = style.page(7.4, 5.0, "Depth need not cost time", subtitle, note)
    axes = figure.subplots()
    for init, colour, name in (("lecun_normal", ORANGE, "Gaussian, 1/n"), ("orthogonal", BLUE, "orthogonal")):
        own = best[best["init"].eq(init)].sort_values("depth")
        rings = published[init]
        axes.plot(
            list(rings), list(rings.values()), "o", color=colour, fillstyle="none", markersize=11, markeredgewidth=0.9
        )
        axes.plot(own["depth"], own["steps"], "o-", color=colour, linewidth=1.8, markersize=5)
        _bars(axes, own, colour, horizon)
        depth, steps = own["depth"].iloc[-1], own["steps"].iloc[-1]
        if np.isfinite(steps):
            label = axes.annotate(name, (depth, steps), (-14, 12), textcoords="offset points", ha="right")
            label.set(color=colour, fontweight="bold")
    axes.set(xscale="log", yscale="log", xlabel="layers", ylabel="steps", ylim=(5, 2.2 * horizon), xlim=(1.8, 23))
    axes.xaxis.set_major_locator(FixedLocator(sorted(best["depth"].unique())))
    axes.xaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(formats.tick))
    axes.grid(True)
    return figure


def _bars(axes: Axes, own: pd.DataFrame, colour: str, horizon: int) -> None:
    """The quartiles, an arrow where the upper one was not reached."""
    lost = np.isinf(own["high"])
    axes.vlines(own["depth"], own["low"], own["high"].where(~lost, horizon), color=colour, alpha=0.35, linewidth=5)
    axes.plot(own["depth"][lost], np.full(lost.sum(), horizon), "^", color=colour, alpha=0.5, markersize=8)
