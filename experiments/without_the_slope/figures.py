"""Pictures of what leaving out the slope does: boundaries, errors, angles, and the encoder's learning times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from chainrule.figures import style
from chainrule.figures.style import AMBER, BLUE, GREEN, ORANGE, PINK
from experiments.without_the_slope.variants import ENCODERS, REPORTED, SIDE, VARIANTS, Answer

LOOKS = dict(zip(VARIANTS, ((BLUE, "o"), (GREEN, "s"), (ORANGE, "v"), (PINK, "^")), strict=True))
KEPT, OUT = "kept", "left out"


@style.styled
def boundaries(answers: Mapping[tuple[str, str], Answer]) -> Figure:
    """The answers over the plane, a column a rule for the hidden layers, a row a rule for the output."""
    figure = style.page(
        7.6,
        8.0,
        "Without the hidden slopes the ring is never found",
        "circles · one hidden layer of 8 units · each variant at its best learning rate, the median of five seeds",
        "colour: the network's answer · black line: where it says 1/2 · dots: training samples · error: mean square; "
        "always saying 1/2 has 0.25",
    )
    grid = figure.subplots(2, 2, sharex=True, sharey=True)
    colours = LinearSegmentedColormap.from_list("answers", [ORANGE, "#f7f7f7", BLUE])
    for row, output in zip(grid, ("exact", "one"), strict=True):
        for axes, inner in zip(row, ("exact", "one"), strict=True):
            answer = answers[output, inner]
            mesh = axes.pcolormesh(
                SIDE, SIDE, answer.outputs, cmap=colours, vmin=0, vmax=1, alpha=0.65, rasterized=True
            )
            axes.contour(SIDE, SIDE, answer.outputs, levels=[0.5], colors=style.INK, linewidths=1.4)
            for label, colour in enumerate((ORANGE, BLUE)):
                points = answer.X[answer.y == label]
                axes.scatter(*points.T, s=15, color=colour, edgecolors="white", linewidths=0.5)
            axes.grid(False)
            axes.set(aspect="equal", xticks=[-2, 0, 2], yticks=[-2, 0, 2], xlim=SIDE[[0, -1]], ylim=SIDE[[0, -1]])
            axes.set_title(f"error {answer.error:.2g}   (rate {answer.rate:g})")
    words = {"exact": KEPT, "one": OUT}
    for axes, rule in zip(grid[0], words.values(), strict=True):
        axes.annotate(f"hidden slopes {rule}", (0.5, 1.11), xycoords="axes fraction", ha="center", fontweight="bold")
    for axes, rule in zip(grid[:, 0], words.values(), strict=True):
        place = {"rotation": 90, "ha": "center", "va": "center", "fontweight": "bold"}
        axes.annotate(f"output slope {rule}", (-0.17, 0.5), xycoords="axes fraction", **place)
    bar = figure.colorbar(mesh, ax=grid, pad=0.02, aspect=34, shrink=0.8, label="answer", ticks=[0, 0.5, 1])
    bar.outline.set_visible(False)
    return figure


@style.styled
def every_dataset(best: pd.DataFrame, linear: pd.Series[float], names: Sequence[str]) -> Figure:
    """The `error` at the best rate, a row a dataset, a panel a depth, over that of a network without hidden layers.

    `best` is indexed by dataset, depth, output and inner, `linear` by dataset.
    """
    figure = style.page(
        10.4,
        4.8,
        "The output's slope can be spared, the hidden ones can't",
        "training error at each variant's best learning rate, medians over seeds",
        "error: mean over the samples of the summed (a − y)²  ·  errors below 1e-6 are drawn there",
    )
    depths = sorted(set(best.index.get_level_values("depth")))
    panels = figure.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, depth in zip(panels, depths, strict=True):
        for place, name in enumerate(names):
            axes.axhspan(place - 0.38, place + 0.38, color="#f4f5f6", linewidth=0)
            alone = axes.vlines(linear[name], place - 0.38, place + 0.38, color=style.INK, linewidth=1)
            errors = best["error"].loc[name, depth].clip(lower=1e-6)
            for lane, (variant, words) in enumerate(VARIANTS.items()):
                colour, marker = LOOKS[variant]
                looks = {"color": colour, "markersize": 7.5, "markeredgecolor": "white", "clip_on": False}
                axes.plot(errors[variant], place + 0.17 * (lane - 1.5), marker, **looks, label=words)
        axes.set_title(f"{depth} hidden layer{'s' * (depth > 1)}", fontweight="bold")
        style.log_axis(axes, 6e-7, 2.0, "x")
        axes.set_xlabel("training error")
        axes.grid(False, axis="y")
    panels[0].set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    alone.set_label("no hidden layer")
    handles = panels[-1].get_legend_handles_labels()[0]
    panels[-1].legend(handles=[*handles[-len(VARIANTS) :], alone], loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


@style.styled
def by_rate(runs: pd.DataFrame) -> Figure:
    """`error` against `rate`, medians with quartile bands over seeds; a row a dataset, a column a depth."""
    figure = style.page(
        9.2,
        6.6,
        "No learning rate makes up for a missing hidden slope",
        "training error after 2000 epochs, medians and quartiles over five seeds",
        "error: mean (a − y)²  ·  thin line: always answering 1/2",
    )
    names, depths = sorted(set(runs["dataset"])), sorted(set(runs["depth"]))
    grid = figure.subplots(len(names), len(depths), sharex=True, sharey=True, squeeze=False)
    for row, name in zip(grid, names, strict=True):
        for axes, depth in zip(row, depths, strict=True):
            here = runs[runs["dataset"].eq(name) & runs["depth"].eq(depth)]
            for (output, inner), words in VARIANTS.items():
                colour, marker = LOOKS[output, inner]
                own = here[here["output"].eq(output) & here["inner"].eq(inner)]
                wide = own.pivot(index="rate", columns="seed", values="error")
                style.band(axes, wide, colour, words, marker=marker, markersize=5, linewidth=1.8)
            axes.axhline(0.25, color=style.MUTED, linewidth=0.8)
            axes.set_title(f"{name}, {depth} hidden layer{'s' * (depth > 1)}", fontweight="bold")
    style.log_axis(grid[0, 0], 3e-5, 1.0)
    style.log_axis(grid[0, 0], 0.25, 36.0, "x")
    grid[0, 0].set_xticks(sorted(set(runs["rate"])), [f"{rate:g}" for rate in sorted(set(runs["rate"]))])
    for axes in grid[-1]:
        axes.set_xlabel("learning rate")
    for axes in grid[:, 0]:
        axes.set_ylabel("training error")
    grid[0, -1].legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return figure


@style.styled
def angles(curves: Mapping[str, pd.DataFrame]) -> Figure:
    """Degrees against epochs: left hidden slopes replaced, right the output's left out. Columns are seeds."""
    figure = style.page(
        9.6,
        4.0,
        "Where does the step point?",
        "circles, one hidden layer, rate 1: angle between the step and the steepest descent, medians and quartiles",
        "0° is the chain rule itself; at 90° a step along the surface neither gains nor loses",
    )
    panels = figure.subplots(1, 2, sharey=True)
    drawn = (
        {"left out": ("left out", ORANGE), "1/4": ("replaced with 1/4", AMBER)},
        {"quadratic": ("from the quadratic cost", GREEN), "cross-entropy": ("from cross-entropy", style.INK)},
    )
    titles = ("in the hidden layer", "left out at the output")
    for axes, chosen, title in zip(panels, drawn, titles, strict=True):
        for key, (words, colour) in chosen.items():
            style.band(axes, curves[key], colour, words)
        axes.axhline(90, color=style.MUTED, linewidth=0.8)
        axes.set_title(title, fontweight="bold")
        style.epoch_axis(axes, float(max(curves["left out"].index)))
        axes.set(xlabel="epoch", ylim=(-2, 100), yticks=range(0, 91, 15))
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.9))
    panels[0].set_ylabel("angle in degrees")
    return figure


@style.styled
def encoder(waits: pd.DataFrame) -> Figure:
    """The share of runs that have learnt by an epoch; columns output, inner, rate (of averaged gradients), epochs."""
    figure = style.page(
        9.6,
        4.0,
        "Where Fahlman's + 0.1 helps",
        "10-5-10 encoder, 100 seeds: share of runs that have learnt it",
        "rates are those of gradients summed over the ten patterns, as in the report",
    )
    rates = sorted(set(waits["rate"]))
    panels = figure.subplots(1, len(rates), sharey=True, sharex=True, squeeze=False)[0]
    colours = dict(zip(ENCODERS, (BLUE, AMBER, GREEN, PINK), strict=True))
    for axes, rate in zip(panels, rates, strict=True):
        for (output, inner), words in ENCODERS.items():
            colour = colours[output, inner]
            same = waits["output"].eq(output) & waits["inner"].eq(inner) & waits["rate"].eq(rate)
            epochs = np.sort(waits.loc[same, "epochs"].dropna())
            share = np.arange(1, len(epochs) + 1) / same.sum()
            label = f"{words}: mean {epochs.mean():.0f}"
            axes.step(epochs, share, where="post", color=colour, linewidth=2, label=label)
            if output == inner and (output, rate) in REPORTED:
                mean = REPORTED[output, rate]
                dashes = {"color": colour, "linewidth": 1.2, "linestyle": (0, (4, 3))}
                axes.axvline(mean, **dashes, label=f"mean in the report: {mean}")
        axes.set_title(f"rate {rate / 10:g}", fontweight="bold")
        axes.set(xlabel="epoch", ylim=(0, 1.02))
        axes.legend(loc="lower right", fontsize=8, frameon=True)
    panels[0].set_ylabel("share learnt")
    return figure
