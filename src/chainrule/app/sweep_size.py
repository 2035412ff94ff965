"""How many runs a sweep has, counted before a single one is written down: a range is quickly a billion long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, Override, RangeSweep, Sweep

from chainrule.errors import InputError

MOST_RUNS = 1_000_000
INTERVAL = "an interval has no end of values; write a list a,b,c or range(start,stop,step)"
LARGEST = 2**63  # beyond, a range of fractions of 1 does not get on: its numbers have 28 digits


def require_feasible(overrides: Sequence[Override]) -> int:
    """How many runs `overrides` make; InputError if they are too many, or if a list or a range has no sense."""
    counts = {override.get_key_element(): _count(override) for override in overrides}  # the last of a key counts
    runs = math.prod(counts.values())
    if runs > MOST_RUNS:
        several = ", ".join(f"{key.lstrip('+')} {count:,}" for key, count in counts.items() if count > 1)
        raise InputError("sweep", f"{_many(runs)} runs", f"must be at most {MOST_RUNS:,}; values: {several}")
    return runs


def _count(override: Override) -> int:
    value = override.value()
    if isinstance(value, RangeSweep):
        return _length(override, value)
    if isinstance(value, ChoiceSweep):
        if _holds_sweep(value.list):
            raise InputError(*_typed(override), "a sweep can't stand in another; write all its values as one list")
        return len(value.list)
    if override.is_interval_sweep():
        raise InputError(*_typed(override), INTERVAL)
    if override.is_discrete_sweep():
        return len(list(override.sweep_iterator()))  # the registered names that fit a pattern
    return 1


def _length(override: Override, sweep: RangeSweep) -> int:
    numbers = [each for each in (sweep.start, sweep.stop, sweep.step) if isinstance(each, int | float)]
    if len(numbers) < 3 or not all(abs(each) < LARGEST for each in numbers) or not sweep.step:
        raise InputError(*_typed(override), "a range must go from number to number in steps that are not 0")
    start, stop, step = map(Fraction, numbers)
    length = max(0, math.ceil((stop - start) / step))
    if length > MOST_RUNS:
        raise InputError(*_typed(override), f"makes {_many(length)} runs, a sweep may have at most {MOST_RUNS:,}")
    return length


def _many(number: int) -> str:
    return f"{number:,}" if number < LARGEST else "more than 2^63"


def _typed(override: Override) -> tuple[str, str]:
    return override.key_or_group, str(override.input_line).partition("=")[2]


def _holds_sweep(value: Any) -> bool:
    if isinstance(value, list | dict):
        return any(map(_holds_sweep, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Sweep)
