"""The ledger of a run as a picture: which factor of the chain rule starves which layer, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from chainrule import formats
from chainrule.errors import InputError
from chainrule.figures import style

FACTORS = {"upstream": "upstream error", "slope": "slope  f′(z)", "input": "input"}
PRODUCT = "product ∝ gradient"
DEEPEST = 1e-12  # relative to the largest value: what is smaller is shown as if it were this


@style.styled
def draw_ledgers(
    ledgers: Mapping[str, pd.DataFrame],
    title: str = "Which factor starves a layer?",
    details: Mapping[str, str] | None = None,
) -> Figure:
    """Three factors and their product: a row a run, layers upwards, epochs to the right, one colour scale.

    `ledgers` maps a short name to a run's tidy curves, among them `upstream/layer_N` (RMS error arriving from above),
    `slope/layer_N` (mean |f'(z)|) and `input/layer_N` (RMS of what the weights were multiplied with); InputError if
    they were not recorded. `details` may say more about the run of that name. On the logarithmic scale the product's
    colour is the sum of its factors': the panel that darkens towards the first layer is the one that starves it.
    """
    said = details or {}
    runs = {name: _factors(curves) for name, curves in ledgers.items()}
    norm = _norm(runs)
    layers = [len(factors[PRODUCT]) for factors in runs.values()]
    heights = [0.55 + max(0.24 * count, 1.2) for count in layers]
    heads = {name: f"{name} ({said[name]}): " if name in said else f"{name}: " if name else "" for name in runs}
    subtitle = "\n".join(f"{heads[name]}{verdict(factors)}" for name, factors in runs.items())
    note = (
        "one colour scale for all panels   ·   numbers: the value at the last epoch   ·   "
        "grey: exactly zero or not recorded"
    )
    figure = style.page(12.5, 1.0 + sum(heights) + 0.19 * len(runs), title, subtitle, note)
    grid = figure.subplots(len(runs), 4, sharex="row", sharey="row", squeeze=False, height_ratios=heights)
    for row, (name, factors) in zip(grid, runs.items(), strict=True):
        for axes, (factor, values) in zip(row, factors.items(), strict=True):
            mesh = _draw(axes, values, norm)
            axes.set_title(FACTORS.get(factor, factor) if axes in grid[0] else "", fontweight="bold")
        row[0].set_ylabel("layer")
        beside = {"rotation": 90, "va": "center", "ha": "right", "fontweight": "bold"}
        row[0].annotate(formats.shorten(name, 26), (-0.17, 0.5), xycoords="axes fraction", **beside)
    for operator, axes in zip("××=", grid[0], strict=False):
        axes.text(1.16, 1.02, operator, transform=axes.transAxes, fontsize=12, color=style.MUTED, ha="center")
    for axes in grid[-1]:
        axes.set_xlabel("epoch")
    bar = figure.colorbar(mesh, ax=grid, pad=0.015, aspect=30, label="size")
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(formats.tick))
    bar.ax.minorticks_off()
    return figure


def verdict(factors: Mapping[str, pd.DataFrame]) -> str:
    """One sentence: how much less the most starved layer gets than the best fed, and the factor behind it.

    Each factor is compared by its geometric mean over the epochs, so that their ratios multiply to the whole.
    """
    product = np.log10(factors[PRODUCT]).mean(axis=1)
    absent = {name: factors[name].isna().mean(axis=1) for name in FACTORS}
    dead = factors[PRODUCT].isna().mean(axis=1) > 0.5
    if dead.any():
        layer = int(dead.index[dead][0])
        blamed = max(FACTORS, key=lambda name: absent[name].loc[layer])
        return f"layer {layer} gets no gradient most of the time: its {_word(blamed)} is zero"
    fed, starved = product.idxmax(), product.idxmin()
    whole = 10 ** (product[fed] - product[starved])
    if whole < 3:
        return "every layer's gradient is of a size, within a factor of 3"
    means = {name: np.log10(factors[name]).mean(axis=1) for name in FACTORS}
    blamed = max(FACTORS, key=lambda name: means[name][fed] - means[name][starved])
    part = 10 ** (means[blamed][fed] - means[blamed][starved])
    return (
        f"layer {starved} gets a gradient {times(whole)} smaller than layer {fed}; "
        f"its {_word(blamed)} is {times(part)} smaller"
    )


def _word(factor: str) -> str:
    return FACTORS[factor].split("  ")[0]


def times(ratio: float) -> str:
    """A ratio to two digits: "3.4 times", "12,000 times"."""
    digits = 1 - int(np.floor(np.log10(ratio)))
    return f"{round(ratio, digits):,.{max(digits, 0)}f} times"


def _factors(curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Each factor and the product as a frame of shape (layers, epochs), layer 1 first; zeros are missing."""
    part = curves.assign(**curves["metric"].astype(str).str.extract(r"^(?P<factor>\w+)/layer_(?P<layer>\d+)$"))
    missing = [name for name in FACTORS if name not in set(part["factor"])]
    if missing:
        raise InputError("metric", missing[0], "not recorded for this run, and the ledger needs it")
    part = part[part["factor"].isin(list(FACTORS))]
    wide = part.assign(layer=part["layer"].astype(int)).pivot(
        index=["factor", "layer"], columns="epoch", values="value"
    )
    wide = wide.where(np.isfinite(wide) & (wide > 0)).dropna(axis=1, how="all")
    if wide.empty:
        raise InputError("metric", "upstream", "has no finite value in this run, and the ledger needs one")
    upstream, slope, entering = (wide[wide.index.get_level_values("factor") == name] for name in FACTORS)
    upstream, slope, entering = (part.droplevel("factor") for part in (upstream, slope, entering))
    return {"upstream": upstream, "slope": slope, "input": entering, PRODUCT: upstream * slope * entering}


def _norm(runs: Mapping[str, Mapping[str, pd.DataFrame]]) -> LogNorm:
    values = np.concatenate([frame.to_numpy().ravel() for run in runs.values() for frame in run.values()])
    values = values[np.isfinite(values)]
    high = values.max(initial=0) or 1.0
    low = max(values.min(initial=high), high * DEEPEST)
    return LogNorm(min(low, high / 10), high, clip=True)


def _draw(axes: Axes, values: pd.DataFrame, norm: LogNorm) -> QuadMesh:
    epochs, layers = values.columns.to_numpy(dtype=float), values.index.to_numpy(dtype=float)
    mesh = axes.pcolormesh(_edges(epochs), _edges(layers), values, norm=norm, cmap="viridis", rasterized=True)
    axes.grid(False)
    axes.set_facecolor("#d9dbdf")
    style.epoch_axis(axes, epochs[-1])
    axes.set_xlim(*_edges(epochs)[[0, -1]])
    axes.set_yticks(layers[:: max(1, len(layers) // 12)])
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    step = max(1, len(layers) // 16)
    for layer, value in zip(layers[::step], values.iloc[::step, -1], strict=True):
        shown: Any = "0" if np.isnan(value) else formats.tick(float(f"{value:.1g}" if value < 0.01 else f"{value:.2g}"))
        axes.annotate(
            shown, (1.02, layer), xycoords=axes.get_yaxis_transform(), va="center", fontsize=7, color=style.MUTED
        )
    return mesh


def _edges(centres: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Borders between cells, half-way; the outermost lie as far out as their neighbours are in."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middles = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])
