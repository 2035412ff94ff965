"""Fair timing on a machine that is never quite idle: the sides take turns, and medians are compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

Measure = Callable[[], float]


def seconds(do: Callable[[], Any]) -> float:
    """The wall time of one call."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def take_turns(sides: Mapping[str, Measure], rounds: int) -> dict[str, tuple[float, ...]]:
    """Each side's measurements, `rounds` of them, taken A B A B: what slows the machine down slows all sides."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return {name: tuple(values) for name, values in taken.items()}


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median over the rounds of above / below, a round's two measurements being neighbours in time.

    Where one side was measured more often than the other, the ratio of their medians.
    """
    if len(above) != len(below):
        return median(above) / median(below)
    return median(a / b for a, b in zip(above, below, strict=True))


def spread(values: Sequence[float]) -> float:
    """Half the distance between the largest and the smallest value, as a share of the median."""
    return (max(values) - min(values)) / 2 / median(values)
