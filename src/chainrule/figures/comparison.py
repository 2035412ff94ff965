"""The best setting of each initialization side by side: final scores left, cost curves right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chainrule import formats
from chainrule.figures import panels, style
from chainrule.figures.style import BLUE, ORANGE
from chainrule.reading import noise, sweep_keys, tables
from chainrule.record.run_record import WITH_NUMBERS

MOST_PANELS = 9
GHOST = "#c3c8cf"


@style.styled
def comparison(runs: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Medians with quartile bands over seeds, for the best setting of each initialization.

    (Or of each value of `chainrule.reading.sweep_keys.compared_key`, where initializations were not swept.) Left
    every seed's final score, best first; right the training cost of the nine best, each before the medians of
    the others. `curves` is the tidy frame (run, metric, epoch, value).
    """
    key = sweep_keys.compared_key(runs)
    table = tables.best_by(runs, key)
    chosen = [tables.runs_of(runs, setting) for _, setting in table.iterrows()]
    drawn = min(len(table), MOST_PANELS)
    rows, columns = panels.shape(drawn)
    columns_wide = max(columns, 2)
    size = (5.0 + 2.25 * columns_wide, float(np.clip(max(1.3 + 2.45 * rows, 1.7 + 0.42 * len(table)), 4, 14)))
    score = tables.score_column(runs)
    notes = ["median and quartiles over seeds; a diverged seed counts as the worst cost", "grey: the other medians"]
    notes += [f"best {tables.chosen_on(score)}"] if tables.chosen_on(score) else []
    if "test" in table:
        notes.append(f"diamond: the median {sweep_keys.label(tables.score_on_test(score))} of the same seeds")
    if table["within_noise"].sum() > 1:
        notes.append(f"orange: the best and what is within noise of it ({noise.HOW})")
    if sum(table[outcome].sum() for outcome in tables.LOST):
        notes.append("right of the scores: × diverged, = stuck (crosses among the seeds), ! failed, out of all seeds")
    if drawn < len(table):
        notes.append(f"curves of the {drawn} best out of {len(table)}")
    subtitle = f"{sweep_keys.label(score)} at the end, and training cost on the way · {sweep_keys.setup(runs)}"
    figure = style.page(*size, f"The best settings by {sweep_keys.label(key)}", subtitle, "   ·   ".join(notes))
    halves = figure.add_gridspec(1, 2, width_ratios=[3.2, 2.25 * columns_wide])
    _scores(figure.add_subplot(halves[0, 0]), table, chosen, score, key)

    every = panels.small_multiples(figure, halves[0, 1].subgridspec(rows, columns), drawn)
    wide = panels.by_epoch(pd.concat(chosen[:drawn]), curves)
    bands = [_quartiles(wide.loc[these["run"].astype(object)]) for these in chosen[:drawn]]
    known = table["median"].notna().to_list()[:drawn]
    framed = [band.T for band, kept in zip(bands, known, strict=True) if kept or not any(known)]
    top = panels.frame(every[0], pd.concat(framed).sort_index(axis=1))
    for index, axes in enumerate(every):
        for other in bands[:index] + bands[index + 1 :]:
            axes.plot(other["median"], color=GHOST, linewidth=0.8)
        if known[index]:
            _band(axes, bands[index], top)
        setting = _setting(table.iloc[index], key) if known[index] else "every setting diverged"
        panels.title(axes, formats.level(table[key][index]), setting)
    return figure


def _quartiles(wide: pd.DataFrame) -> pd.DataFrame:
    """The quartiles of a setting's curves, a row an epoch."""
    shares = {"lower": 0.25, "median": 0.5, "upper": 0.75}
    return pd.DataFrame({name: panels.quantile(wide, share) for name, share in shares.items()})


def _band(axes: Axes, band: pd.DataFrame, top: float) -> None:
    """The quartiles as a band; one that is lost to diverged seeds reaches up to `top`."""
    upper = band["upper"].where(band["upper"].notna() | band["median"].isna(), top)
    style.quartiles(axes, band["lower"], band["median"], upper, BLUE, linewidth=1.8)


def _scores(axes: Axes, table: pd.DataFrame, chosen: list[pd.DataFrame], score: str, key: str) -> None:
    """A row for each setting: seeds as rings, stuck ones as crosses, the quartiles as a bar, the median as a dot.

    A diamond is the median test score where something else has chosen.
    """
    places = np.arange(len(table))
    axes.grid(False, axis="y")
    axes.hlines(places, table["lower"], table["upper"], color=BLUE, alpha=0.35, linewidth=6)
    for place, these in enumerate(chosen):
        known = these[these["outcome"].isin(WITH_NUMBERS) & these[score].notna()]
        apart = place + np.linspace(-0.2, 0.2, len(known)) if len(known) > 1 else np.full(len(known), float(place))
        stuck = known["outcome"].eq("stuck").to_numpy()
        ring: Any = {"color": BLUE, "alpha": 0.7, "markersize": 3.5, "fillstyle": "none", "markeredgewidth": 0.8}
        axes.plot(known[score][~stuck], apart[~stuck], "o", **ring)
        axes.plot(known[score][stuck], apart[stuck], "x", **ring)
    near = table["within_noise"].to_numpy() & (table["within_noise"].sum() > 1)
    axes.plot(table["median"][~near], places[~near], "o", color=BLUE, markersize=6)
    axes.plot(table["median"][near], places[near], "o", color=ORANGE, markersize=6)
    if "test" in table:
        hollow: Any = {"fillstyle": "none", "markeredgewidth": 1.2}
        axes.plot(table["test"], places, "D", color=style.INK, markersize=6.5, **hollow)
    for place, (_, setting) in enumerate(table.iterrows()):
        if np.isnan(setting["median"]):
            words = f"× {setting['diverged']} of {setting['runs']} diverged"
            axes.text(0.02, place, words, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        elif words := _lost(setting):
            right: Any = {"transform": axes.get_yaxis_transform(), "ha": "right", "color": style.MUTED}
            axes.text(1.0, place + 0.34, words, **right, va="center", fontsize=6.5)
    names = [formats.shorten(formats.level(level)) for level in table[key]]
    axes.set_yticks(places, labels=names)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(sweep_keys.label(score))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    shown = table[[name for name in ("low", "high", "test") if name in table]].to_numpy()
    low, high = (np.nan, np.nan) if np.isnan(shown).all() else (np.nanmin(shown), np.nanmax(shown))
    if np.isnan(low):
        axes.set(xlim=(0, 1), xticks=[])
    elif score.startswith("cost/") and low > 0:
        style.log_axis(axes, low / 1.2, high * 1.2, "x")


def _lost(setting: pd.Series[Any]) -> str:
    """How many seeds came to nothing, by outcome: "× 1/5  = 2/5"."""
    total = setting["runs"] + setting["failed"]
    signs = {"diverged": "×", "stuck": "=", "failed": "!"}
    return "  ".join(f"{sign} {setting[outcome]}/{total}" for outcome, sign in signs.items() if setting[outcome])


def _setting(setting: pd.Series[Any], key: str) -> str:
    keys = [name for name in setting.index[: list(setting.index).index("runs")] if name != key]
    words = [f"{sweep_keys.label(name)} {formats.level(setting[name])}" for name in keys]
    return formats.shorten(", ".join(words), 34)
