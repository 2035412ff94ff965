"""What a setting may hold: its type and range, declared beside it and checked once, at the door."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any

from chainrule.errors import InputError, one_of


@dataclass(frozen=True)
class Allowed:
    """The values a setting may take; `None` as a bound means unbounded."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None
    choices: tuple[str, ...] | None = None
    help: str = ""

    def interval(self) -> str:
        """The range in words, for messages: "above 0 and at most 1"."""
        bounds = {"above": self.above, "at least": self.at_least, "below": self.below, "at most": self.at_most}
        return " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None)

    def contains(self, number: float) -> bool:
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )


def setting(default: Any, **allowed: Any) -> Any:
    """A dataclass field with its allowed values (see `Allowed`) and a line of help."""
    return dataclasses.field(default=default, metadata={"allowed": Allowed(**allowed)})


def check(key: str, value: Any, kind: Any, allowed: Allowed) -> Any:
    """`value` as `kind` (float, int, bool, str or one of them `| None`), or InputError naming `key`."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        if value is None:
            return None
        (kind,) = (k for k in typing.get_args(kind) if k is not type(None))
    if kind is bool:
        if not isinstance(value, bool):
            raise InputError(key, value, "must be true or false")
        return value
    if kind is str:
        if not isinstance(value, str):
            raise InputError(key, value, "must be text")
        if allowed.choices is not None and value not in allowed.choices:
            raise InputError(key, value, one_of(value, allowed.choices))
        return value
    return _number(key, value, kind, allowed)


def _number(key: str, value: Any, kind: type, allowed: Allowed) -> Any:
    noun = "a whole number" if kind is int else "a number"
    wanted = f"must be {noun} {allowed.interval()}".rstrip()
    if isinstance(value, bool | str):
        raise InputError(key, value, wanted)
    try:
        number = float(value)
    except (TypeError, OverflowError):
        raise InputError(key, value, wanted) from None
    if not math.isfinite(number):
        raise InputError(key, value, wanted if "above" in wanted or "at" in wanted else f"{wanted}, finite")
    if kind is int and number != int(number):
        raise InputError(key, value, wanted)
    if not allowed.contains(number):
        raise InputError(key, value, wanted)
    return kind(value)
