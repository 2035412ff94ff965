"""One line of the benchmark's table: what was measured, beside what, and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median


@dataclass(frozen=True)
class Row:
    """`rounds` and `peer_rounds` are measurements in `unit`; `peer_rounds` is empty where there is no peer.

    `must` says in words what is asked, `reached` whether it is so: None for a row that only informs. `asked` is the
    advantage over the peer that is asked for.
    """

    section: str
    what: str
    unit: str
    rounds: tuple[float, ...]
    peer: str = ""
    peer_rounds: tuple[float, ...] = ()
    more_is_better: bool = False
    must: str = ""
    reached: bool | None = None
    asked: float | None = None

    @property
    def measured(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def advantage(self) -> float | None:
        """How many times better than the peer; below 1 the peer is."""
        if not self.peer_rounds:
            return None
        better, worse = (self.rounds, self.peer_rounds) if self.more_is_better else (self.peer_rounds, self.rounds)
        return ratio(better, worse)

    def at_most(self, limit: float) -> Row:
        """The row with the requirement that the median is at most `limit`."""
        return self._limited(f"at most {limit:,g} {self.unit}", self.measured <= limit, limit)

    def at_least(self, limit: float) -> Row:
        """The row with the requirement that the median is at least `limit`."""
        return self._limited(f"at least {limit:,g} {self.unit}", self.measured >= limit, limit)

    def _limited(self, must: str, reached: bool, limit: float) -> Row:
        at_limit = replace(self, rounds=(limit,) * len(self.peer_rounds))
        return replace(self, must=must, reached=reached, asked=at_limit.advantage)

    def ahead(self, times: float) -> Row:
        """The row with the requirement to be at least `times` better than the peer."""
        return self._asking(times, "ahead" if times == 1.0 else f"{times:g} x better")

    def within(self, share: float) -> Row:
        """The row with the requirement to be worse than the peer by at most this share."""
        return self._asking(1.0 / (1.0 + share), f"within {share:.0%} of it")

    def _asking(self, times: float, must: str) -> Row:
        reached = self.advantage is not None and self.advantage >= times
        return replace(self, must=must, reached=reached, asked=times)


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
