"""What a check says: a problem that can be mended or not, or a remark about what is no problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chainrule.doctor.inspection import Inspection

MOST_NAMED = 3  # of the runs, sweeps or files that a sentence is about


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, told in one sentence, `found`.

    `remedy` is a sentence too: what `mend` will do or, if nothing can, what a person may do. `mend` returns what it has
    done; it raises InputError if the store does not let it.
    """

    found: str
    remedy: str
    mend: Callable[[], str] | None = None
    is_blocking: bool = False  # nothing else can be looked at before it is mended


@dataclass(frozen=True)
class Remark:
    """Something that is no problem but worth a sentence, such as what could not be looked at."""

    text: str


Check = Callable[[Inspection], Iterator[Problem | Remark]]


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun: "1 run", "2,000 runs"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
