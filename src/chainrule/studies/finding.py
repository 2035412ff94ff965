"""One published number held against the measured one."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`published` is what the source says, `tolerance` what counts as the same; both fixed before measuring."""

    quantity: str
    published: str
    measured: str
    tolerance: str
    reproduced: bool


def near(
    quantity: str, published: float, measured: float, *, relative: float = 0.0, absolute: float = 0.0, digits: int = 6
) -> Finding:
    """The measured number is the published one, to within relative * |published| + absolute."""
    allowed = relative * abs(published) + absolute
    text = f"±{relative:.3g} relative" if relative else f"±{absolute:.3g}"
    holds = math.isfinite(measured) and abs(measured - published) <= allowed
    return Finding(quantity, f"{published:.{digits}g}", f"{measured:.{digits}g}", text, bool(holds))


def between(quantity: str, published: str, measured: float, low: float, high: float, *, digits: int = 4) -> Finding:
    """The measured number lies in [low, high]; an infinite bound is none. NaN lies nowhere."""
    bounds = (f"at least {low:.4g}", f"at most {high:.4g}")
    text = bounds[1] if math.isinf(low) else bounds[0] if math.isinf(high) else f"{low:.4g} to {high:.4g}"
    return Finding(quantity, published, f"{measured:.{digits}g}", text, bool(low <= measured <= high))


def claim(quantity: str, published: str, measured: str, rule: str, holds: bool) -> Finding:
    """A statement rather than a number: `rule` says in words when it counts as reproduced."""
    return Finding(quantity, published, measured, rule, bool(holds))
