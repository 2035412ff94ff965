"""Fair timing on a machine that is never quite idle: the sides take turns, and medians are compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

Measure = Callable[[], float]


def seconds(do: Callable[[], Any]) -> float:
    """The wall time of one call."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def rate(amount: float, do: Callable[[], Any]) -> float:
    """`amount` done by one call, a second of wall time."""
    return amount / seconds(do)


def take_turns(sides: Mapping[str, Measure], rounds: int) -> dict[str, list[float]]:
    """Each side's measurements, `rounds` of them, taken A B A B: what slows the machine down slows all sides."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return taken


def ratio(above: list[float], below: list[float]) -> float:
    """The median over the rounds of above / below, each round's two measurements being neighbours in time."""
    return median(a / b for a, b in zip(above, below, strict=True))


def spread(values: list[float]) -> float:
    """Half the distance of the largest and the smallest value, as a share of the median."""
    return (max(values) - min(values)) / 2 / median(values)
