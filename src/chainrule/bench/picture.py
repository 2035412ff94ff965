"""The benchmark as bars: how many times better than each peer, and where better was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from chainrule.bench.rows import Row
from chainrule.bench.table import number
from chainrule.figures import style

AHEAD, BEHIND = style.PALETTE[0], style.PALETTE[1]


@style.styled
def draw(rows: Sequence[Row], machine: Mapping[str, Any]) -> Figure:
    """One bar a row that has a peer, from 1 (as good) to the right where we are ahead, to the left where behind.

    A short line across a bar is the requirement.
    """
    shown = [(row, row.advantage) for row in rows if row.advantage is not None]
    subtitle = f"on {machine['cores']} cores of {machine['processor']}, medians of rounds taken in turn"
    note = "a line across: what was asked for   ·   a bar to the left of 1: the peer is better"
    figure = style.page(9.2, 1.5 + 0.34 * len(shown), "How many times better than", subtitle, note)
    axes = figure.add_subplot()
    for place, (row, advantage) in enumerate(shown):
        ahead = advantage >= 1
        axes.barh(place, advantage - 1, left=1, height=0.62, color=AHEAD if ahead else BEHIND)
        label = f" {number(advantage)} x "
        axes.text(advantage, place, label, ha="left" if ahead else "right", va="center", fontsize=8.5)
        if row.asked is not None:
            axes.plot([row.asked] * 2, [place - 0.42, place + 0.42], color=style.INK, linewidth=1.4)
    advantages = [advantage for _, advantage in shown]
    style.log_axis(axes, min([0.5, *advantages]) / 2, max([2.0, *advantages]) * 2.5, which="x")
    axes.axvline(1, color=style.MUTED, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{row.what}\nbeside {row.peer}" for row, _ in shown], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    return figure
