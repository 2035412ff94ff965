"""The walk as JSON, every number in full."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

from chainrule.explain.walk import Block, Factor, Walk, Wiggle

KEYS = """\
--json prints one object: title, question, settings (key: value), chapters. A chapter has key, title
and blocks; a block has its kind and the fields of that kind:
  prose     text
  equation  text
  working   lines: symbol, formula, arithmetic, value, meaning
  chain     factors and product: symbol, formula, value, meaning, role, confirmed, and
            wiggle: moved, by, answer, answered, ratio
  relay     stages: symbol, moved, factor, ratio, role
  table     caption, columns, rows, bars (the column drawn as bars, or null)
  curve     caption, value_name, slope_name, z, outputs, slopes, ceiling, and
            points: label, z, output, slope
  picture   caption, layers of units: name, label, output, slope, on_path; left_out (units of each
            layer that are not drawn)
A number that does not exist (a ratio where nothing moved) is null."""


def as_json(walk: Walk) -> str:
    """One JSON object on indented lines, ending in a newline; its keys are documented in KEYS."""
    return json.dumps(as_data(walk), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_data(value: Any) -> Any:
    """`value`, a walk or any part of one, as plain dicts, lists, texts and finite numbers."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": type(value).__name__.lower()} if isinstance(value, Block) else {}
        fields = {field.name: as_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {**kind, **fields, **_derived(value)}
    if isinstance(value, dict):
        return {key: as_data(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [as_data(held) for held in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _derived(value: Any) -> dict[str, Any]:
    if isinstance(value, Wiggle):
        return {"ratio": as_data(value.ratio)}
    if isinstance(value, Factor):
        return {"confirmed": value.confirmed}
    return {}
