"""The benchmark as bars: how many times better than each peer, and where better was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import formats
from chainrule.bench.rows import Row
from chainrule.figures import style

AHEAD, BEHIND = style.PALETTE[0], style.PALETTE[1]


@style.styled
def draw(rows: Sequence[Row], machine: Mapping[str, Any]) -> Figure:
    """One bar a row that has a peer, from 1 (as good) to the right where we are ahead, to the left where behind.

    A short line across a bar is the requirement.
    """
    shown = [(row, row.advantage) for row in rows if row.advantage is not None]
    subtitle = f"how many times better than each, on {machine['cores']} cores of {machine['processor']}"
    note = "short line across: what was asked for   ·   bar to the left of 1: the peer is better"
    figure = style.page(9.2, 1.5 + 0.34 * len(shown), "chainrule beside the tools of today", subtitle, note)
    axes = figure.add_subplot()
    for place, (row, advantage) in enumerate(shown):
        axes.barh(place, advantage - 1, left=1, height=0.62, color=AHEAD if advantage >= 1 else BEHIND)
        _label(axes, place, row, advantage)
    advantages = [advantage for _, advantage in shown]
    style.log_axis(axes, min([0.5, *advantages]) / 2.5, max([2.0, *advantages]) * 3, which="x")
    axes.axvline(1, color=style.MUTED, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{row.what}\nbeside {row.peer}" for row, _ in shown], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(False, axis="y")
    return figure


def _label(axes: Axes, place: int, row: Row, advantage: float) -> None:
    """The number at the bar's end, beyond the requirement's line where that would cross it."""
    end = advantage
    if row.asked is not None:
        axes.plot([row.asked] * 2, [place - 0.42, place + 0.42], color=style.INK, linewidth=1.4)
        room = (advantage, 3 * advantage) if advantage >= 1 else (advantage / 3, advantage)
        if room[0] < row.asked < room[1]:
            end = row.asked
    side = "left" if advantage >= 1 else "right"
    axes.text(end, place, f"  {formats.thousands(advantage)} x  ", ha=side, va="center", fontsize=8.5)
