"""What pictures of curves share: curves by epoch, quantiles that count diverged runs, and small multiples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecBase

from chainrule import formats
from chainrule.figures import style

COST = "cost/train"
DIVERGED = np.inf


def by_epoch(runs: pd.DataFrame, curves: pd.DataFrame, metric: str = COST) -> pd.DataFrame:
    """One metric of the tidy `curves` as a frame of shape (runs, epochs), rows in the order of `runs`.

    A run that diverged is infinite from there on; what was not recorded, or can't stand on a logarithmic axis,
    is missing.
    """
    wanted = curves["metric"].eq(metric) & curves["run"].isin(runs["run"])
    values = curves[wanted].assign(run=lambda frame: frame["run"].astype(object))
    wide = values.pivot(index="run", columns="epoch", values="value").astype(float)
    wide = wide.where(np.isfinite(wide)).reindex(runs["run"].astype(object))
    ended = wide.bfill(axis=1).isna().to_numpy() & runs["outcome"].eq("diverged").to_numpy()[:, None]
    return wide.where(wide > 0).mask(ended, DIVERGED)


def quantile(wide: pd.DataFrame, share: float = 0.5) -> pd.Series[Any]:
    """The quantile over runs at each epoch, a diverged run counting as the worst; missing where that is one.

    Counting them keeps a median from dropping to the survivors' just because the others are gone.
    """
    largest = 1e300  # finite, because interpolating between infinities has no value
    return wide.clip(upper=largest).quantile(share).where(lambda values: values < 1e-3 * largest)


def shape(count: int) -> tuple[int, int]:
    """Rows and columns for `count` panels, at most four side by side."""
    columns = count if count <= 4 else 3 if count in (5, 6, 9) else 4
    return -(-count // columns), columns


def small_multiples(figure: Figure, grid: GridSpecBase, count: int) -> list[Axes]:
    """`count` panels of cost against epochs on common axes, labelled along the outer edge only."""
    panels: list[Axes] = []
    for index in range(count):
        row, column = divmod(index, grid.ncols)
        first = panels[0] if panels else None
        axes = figure.add_subplot(grid[row, column], sharex=first, sharey=first)
        left, bottom = column == 0, index + grid.ncols >= count
        axes.tick_params(labelleft=left, labelbottom=bottom)
        axes.set(ylabel="training cost" if left else "", xlabel="epoch" if bottom else "")
        panels.append(axes)
    return panels


def title(axes: Axes, name: str, aside: str) -> None:
    """A panel's name and, if there is one, a remark in grey below it."""
    axes.set_title(formats.shorten(name), fontweight="bold", fontsize=9.5, pad=15 if aside else 5)
    remark = axes.annotate(aside, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points")
    remark.set(fontsize=7.5, color=style.MUTED)


def frame(axes: Axes, wide: pd.DataFrame) -> float:
    """Set limits and ticks for the curves in `wide` and return the upper limit.

    The limit is ten times the highest start of a run that did not diverge, so that a cost on its way to infinity
    leaves through the top instead of flattening all others.
    """
    values = wide.to_numpy()
    known = values[np.isfinite(values)]
    if known.size == 0:
        axes.text(0.5, 0.5, "no finite cost was recorded", transform=axes.transAxes, ha="center")
        return 1.0
    kept = wide[~np.isinf(values).any(axis=1)]
    start = (kept if len(kept) else wide.where(np.isfinite(wide))).iloc[:, 0].max()
    high = 1.25 * min(known.max(), 10 * start) if np.isfinite(start) else 1.25 * known.max()
    low = known[known <= high].min(initial=high / 1.25)
    style.log_axis(axes, max(low, high * 1e-12) / 1.25, high)
    style.epoch_axis(axes, float(wide.columns.max()))
    return float(high)
