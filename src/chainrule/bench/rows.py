"""One line of the benchmark's table: what was measured, beside what, and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from chainrule.bench.measuring import ratio


@dataclass(frozen=True)
class Row:
    """`ours` and `theirs` are the rounds' measurements in `unit`; `theirs` is empty where there is no peer.

    `must` says in words what is asked, `reached` whether it is so: None for a row that only informs.
    """

    part: str
    what: str
    unit: str
    ours: tuple[float, ...]
    peer: str = ""
    theirs: tuple[float, ...] = ()
    more_is_better: bool = False
    must: str = ""
    reached: bool | None = None
    note: str = ""

    @property
    def advantage(self) -> float | None:
        """How many times better than the peer; below 1 the peer is."""
        if not self.theirs:
            return None
        sides = (self.ours, self.theirs) if self.more_is_better else (self.theirs, self.ours)
        if len(self.ours) == len(self.theirs):
            return ratio(*map(list, sides))
        return median(sides[0]) / median(sides[1])


def at_most(limit: float, unit: str, values: Sequence[float]) -> tuple[str, bool]:
    """A requirement's words and whether the median of `values` is within it."""
    return f"at most {limit:g} {unit}", median(values) <= limit


def at_least(limit: float, unit: str, values: Sequence[float]) -> tuple[str, bool]:
    """A requirement's words and whether the median of `values` reaches it."""
    return f"at least {limit:,.0f} {unit}", median(values) >= limit
