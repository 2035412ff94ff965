"""How numbers and names are written: in tables, pictures, explanations and messages."""

from __future__ import annotations

import math
import re
from typing import Any


def score(value: float, digits: int = 2) -> str:
    """A score in few characters: 0.97, but 1.2e-05 and 3.1e+80 where so many digits would be zeros or fill a line."""
    return f"{value:.{digits}f}" if 0.095 <= abs(value) < 1e6 or value == 0 else f"{value:.{digits}g}"


def level(value: Any) -> str:
    """One value of a swept key: fractions to three digits, whole numbers without a point, names as they are."""
    return f"{value:.3g}" if isinstance(value, float) and value != round(value) else str(value).removesuffix(".0")


def tick(value: float, _position: int = 0) -> str:
    """The number at an axis's tick: 0.01, 30, and 1e-5 only where zeros would have to be counted."""
    if 1000 <= abs(value) < 100_000:
        return f"{value:.0f}"
    return re.sub(r"e([+-])0*", lambda e: "e" + e[1].strip("+"), f"{value:.3g}")


def number(value: float | int | None) -> str:
    """Four significant digits, an exponent only where zeros would pile up; whole numbers in full, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "none"
    text = f"{value:.4g}"
    if 1e-5 <= abs(value) < 1e-4:
        text = f"{float(text):.8f}".rstrip("0")
    return "0" if text == "-0" else text


def thousands(value: float) -> str:
    """Three digits that count, without exponents: 214,000, 13.7, 0.0042."""
    if value >= 100:
        digits = 10 ** (len(f"{value:.0f}") - 3)
        return f"{round(value / digits) * digits:,}"
    return f"{value:.3g}"


def shorten(name: str, longest: int = 22) -> str:
    """`name`, its middle left out when it is longer than `longest` characters."""
    if len(name) <= longest:
        return name
    kept = longest - 1
    return f"{name[: kept - kept // 2]}…{name[len(name) - kept // 2 :]}"
