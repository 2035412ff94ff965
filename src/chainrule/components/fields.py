"""What a setting may hold: its type and range, declared beside it and checked once."""

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
    aliases: tuple[tuple[bool | None, Any], ...] = ()  # what true, false or null stands for
    help: str = ""

    def interval(self) -> str:
        """The range in words, for messages: "above 0 and at most 1"."""
        bounds = {"above": self.above, "at least": self.at_least, "below": self.below, "at most": self.at_most}
        return " and ".join(f"{word} {_exact(bound)}" for word, bound in bounds.items() if bound is not None)

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


def required(**allowed: Any) -> Any:
    """A dataclass field like `setting`, whose default stands elsewhere: in conf/config.yaml."""
    return dataclasses.field(metadata={"allowed": Allowed(**allowed)})


def check(key: str, value: Any, kind: Any, allowed: Allowed) -> Any:
    """`value` as `kind`, or InputError naming `key`.

    `kind` is float, int, bool, str, one of them `| None`, or a tuple of them such as `tuple[int, ...]`.
    """
    for written, meant in allowed.aliases:
        if value is written:
            return meant
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        if value is None:
            return None
        (kind,) = (k for k in typing.get_args(kind) if k is not type(None))
    if typing.get_origin(kind) is tuple:
        return _list(key, value, typing.get_args(kind)[0], allowed)
    if kind is bool:
        if not isinstance(value, bool):
            raise InputError(key, value, "must be true or false")
        return value
    if kind is str:
        return _name(key, value, allowed)
    return _number(key, value, kind, allowed)


def _name(key: str, value: Any, allowed: Allowed) -> str:
    if not isinstance(value, str):
        raise InputError(key, value, "must be text")
    if allowed.choices is not None and value not in allowed.choices:
        raise InputError(key, value, one_of(value, allowed.choices))
    return value


def _list(key: str, value: Any, kind: type, allowed: Allowed) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        what = f" of {allowed.help}" if allowed.help else f"; {one_of('', allowed.choices or ())}"
        raise InputError(key, value, f"must be a list{what}")
    if kind is str:
        return tuple(_name(key, item, allowed) for item in value)
    try:
        return tuple(_number(key, item, kind, allowed) for item in value)
    except InputError as error:
        raise InputError(key, value, error.requirement.replace("must be a", "each must be a")) from None


def _number(key: str, value: Any, kind: type, allowed: Allowed) -> Any:
    noun = "a whole number" if kind is int else "a number"
    wanted = f"must be {noun} {allowed.interval()}".rstrip()
    if isinstance(value, str) and _is_number(value):
        raise InputError(key, f"'{value}'", f"is text; without quotes it would be a number; it {wanted}")
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
    if kind is int and abs(number) >= 2**63:
        raise InputError(key, value, f"{wanted}, less than 2^63")  # the integers of NumPy and of databases end there
    return kind(value) + 0  # no setting tells -0.0 from 0.0, and scikit-learn refuses it


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _exact(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else f"{bound:g}"
