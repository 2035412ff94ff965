"""The one look of every picture: page, type, colours, tick labels, and saving without a display."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, ListedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator, SymmetricalLogLocator

from chainrule import formats

if TYPE_CHECKING:
    import pandas as pd

INK, MUTED, FAINT, PAPER = "#22262b", "#6b7280", "#e3e5e8", "#ffffff"
DPI = 160

# Okabe and Ito (2008), "Color Universal Design", without black and with the yellow last: it is weak on white
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#F0E442")
BLUE, ORANGE, GREEN, PINK, AMBER, SKY, BROWN, YELLOW = PALETTE

STYLE: Any = {  # matplotlib types its own keys
    "figure.dpi": DPI,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": "#9aa1ab",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.axisbelow": True,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": FAINT,
    "grid.linewidth": 0.7,
    "hatch.color": "#8b929c",
    "hatch.linewidth": 0.7,
    "legend.edgecolor": PAPER,  # with `frameon=True` a legend covers the lines below it
    "legend.framealpha": 1.0,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "xtick.color": "#9aa1ab",
    "ytick.color": "#9aa1ab",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
}

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorator: draw in the house style and leave the caller's matplotlib settings as they were."""

    @functools.wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(STYLE):
            return draw(*args, **kwargs)

    return inside


def page(width: float, height: float, title: str, subtitle: str = "", note: str = "") -> Figure:
    """An empty figure of (width, height) inches with its title above and its note below what is drawn.

    Subtitle and note may hold several lines; the space between is left to matplotlib's constrained layout.
    """
    subtitle, note = _wrap(subtitle, width * 14), _wrap(note, width * 16)
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # drawing needs no display and no pyplot
    margin, line = 0.16, 0.185
    subtitle_lines, note_lines = (len(t.splitlines()) for t in (subtitle, note))
    head = margin + 0.31 + line * subtitle_lines
    foot = margin * 0.6 + line * 0.9 * note_lines
    left = margin / width
    figure.text(left, 1 - margin / height, title, va="top", fontsize=13, fontweight="bold")
    figure.text(left, 1 - (margin + 0.27) / height, subtitle, va="top", color=MUTED, linespacing=1.35)
    figure.text(left, margin * 0.5 / height, note, va="bottom", fontsize=7.5, color=MUTED, linespacing=1.35)
    inner = {"rect": (0.08 / width, foot / height, 1 - 0.16 / width, 1 - (head + foot) / height)}
    figure.get_layout_engine().set(**inner)  # type: ignore[union-attr]  # it was asked for two lines above
    return figure


def _wrap(text: str, longest: float) -> str:
    return "\n".join(textwrap.fill(line, int(longest)) for line in text.splitlines())


def sentence(words: str) -> str:
    """`words` with a capital first letter and everything else as it was."""
    return words[:1].upper() + words[1:]


def save(figure: Figure, path: Path) -> Path:
    """Write `figure` as PNG to `path`, making the folders it needs; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        figure.savefig(path, dpi=DPI, format="png")
    return path


def band(axes: Axes, wide: pd.DataFrame, colour: str, label: str | None = None, **line: Any) -> None:
    """The median over the columns of `wide` as a line over its index, within a band from quartile to quartile."""
    lower, median, upper = (wide.quantile(share, axis="columns") for share in (0.25, 0.5, 0.75))
    quartiles(axes, lower, median, upper, colour, label, **line)


def quartiles(
    axes: Axes,
    lower: pd.Series[Any],
    median: pd.Series[Any],
    upper: pd.Series[Any],
    colour: str,
    label: str | None = None,
    **line: Any,
) -> None:
    """The same from what is computed already; a median known at one place only is a dot."""
    axes.fill_between(lower.index, lower, upper, color=colour, alpha=0.2, linewidth=0)
    dot = {"marker": "o", "markersize": 4} if median.count() == 1 else {}
    axes.plot(median, color=colour, label=label, **{"linewidth": 2.0, **dot, **line})


def sequential() -> Colormap:
    """Viridis without its palest end, for lines on white: dark is small, green is large."""
    return ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.9, 256)))


def scale(values: np.ndarray[Any, np.dtype[np.float64]]) -> Normalize:
    """A colour scale over the finite `values`: logarithmic when they are positive and span a factor of 8."""
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if known.size else (0.0, 1.0)
    if low > 0 and high >= 8 * low:
        return LogNorm(low, high)
    return Normalize(low, high) if high > low else Normalize(low - 0.5, high + 0.5)


def epoch_axis(axes: Axes, last: float) -> None:
    """Epochs from 0 to `last`, logarithmic from 1 on; the state before any update keeps its place at 0."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.35)
    axes.set_xlim(-0.12, max(last, 1) * 1.08)
    decades = np.arange(np.ceil(np.log10(max(last, 1))) + 1)
    ticks = np.array([0, *10.0**decades])
    axes.xaxis.set_major_locator(FixedLocator([float(tick) for tick in ticks if tick <= max(last, 1)]))
    axes.xaxis.set_minor_locator(SymmetricalLogLocator(linthresh=1, base=10, subs=range(2, 10)))
    axes.xaxis.set_major_formatter(FuncFormatter(formats.tick))
    axes.tick_params(axis="x", which="minor", length=1.5)


def log_axis(axes: Axes, low: float, high: float, which: Literal["x", "y"] = "y") -> None:
    """Values from `low` to `high`, at least a factor of 3, on a logarithmic scale with readable numbers."""
    if high < 3 * low:
        middle = np.sqrt(low * high)
        low, high = middle / 3**0.5, middle * 3**0.5
    axes.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    axis: Axis = axes.xaxis if which == "x" else axes.yaxis
    plain_numbers(axis, LogNorm(low, high))
    axis.set_minor_locator(NullLocator())


def plain_numbers(axis: Axis, norm: Normalize) -> None:
    """Plain tick numbers for an axis or colour bar scaled by `norm`, several even within one decade."""
    if not isinstance(norm, LogNorm) or norm.vmin is None or norm.vmax is None:
        return
    decades = np.log10(norm.vmax / norm.vmin)
    subs = (1.0,) if decades > 3 else (1.0, 3.0) if decades > 1.2 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axis.set_major_formatter(FuncFormatter(formats.tick))
