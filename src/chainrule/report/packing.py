"""Curves small enough for a page: two bytes a point, deflated, as text."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_POINTS = 2_000_000  # of all curves together; where there are more, each keeps fewer epochs
FEWEST_EPOCHS = 8  # that it keeps in any case
LOG_RANGE = 100  # a curve whose values span more than this factor is kept as logarithms
# A value is a step from the smallest to the largest of its curve, or one of these:
LAST_STEP, ZERO, NOT_FINITE, MISSING = 65532, 65533, 65534, 65535


@dataclass(frozen=True)
class PackedCurve:
    """One metric of all runs: `data` holds an array (runs, epochs) of steps from `low` to `high`.

    Each is the difference, modulo 65536, to the one an epoch earlier; first come the low bytes of all, then the high
    ones, deflated, in base64. If `is_log`, `low` and `high` are decimal logarithms, and 0 is `ZERO`.
    """

    metric: str
    is_log: bool
    low: float
    high: float
    data: str


@dataclass(frozen=True)
class PackedCurves:
    """Curves of all runs at common `epochs`, out of `recorded` ones."""

    epochs: list[int]
    recorded: int
    curves: list[PackedCurve]


def pack(curves: pd.DataFrame, ids: list[str], *, most: int = MOST_POINTS) -> PackedCurves:
    """The tidy `curves` of the runs `ids`, in their order; values keep 4 to 5 digits.

    With more than `most` points epochs are left out, evenly, but no run's first or last one.
    """
    codes, metrics = pd.factorize(curves["metric"])
    run_codes, known_runs = pd.factorize(curves["run"])
    places_of = {run: row for row, run in enumerate(ids)}
    rows = np.array([places_of[run] for run in known_runs], np.int64)[run_codes]
    all_epochs, places = np.unique(curves["epoch"].to_numpy(np.int64), return_inverse=True)
    room = max(most // max(len(ids) * len(metrics), 1), FEWEST_EPOCHS)
    kept = np.arange(len(all_epochs))
    if len(kept) > room:
        kept = np.unique(np.linspace(0, len(all_epochs) - 1, room).round().astype(np.int64))
        lasts = np.zeros(len(ids), np.int64)
        np.maximum.at(lasts, rows, places)
        kept = np.union1d(kept, np.unique(lasts)[:room])
    values = curves["value"].to_numpy(np.float64)
    packed = []
    for code, metric in enumerate(metrics):
        own = codes == code
        known = np.full((len(ids), len(all_epochs)), False)
        held = np.zeros(known.shape)
        known[rows[own], places[own]] = True
        held[rows[own], places[own]] = values[own]
        packed.append(_packed(str(metric), held[:, kept], known[:, kept]))
    return PackedCurves(all_epochs[kept].tolist(), len(all_epochs), packed)


def _packed(metric: str, values: NDArray[np.float64], known: NDArray[np.bool_]) -> PackedCurve:
    finite = known & np.isfinite(values)
    found = values[finite]
    positive = found[found > 0]
    is_log = bool(found.size and found.min() >= 0 and positive.size and positive.max() > LOG_RANGE * positive.min())
    zero = finite & (values == 0) if is_log else np.zeros_like(known)
    scaled = finite & ~zero
    numbers = np.log10(values[scaled]) if is_log else values[scaled]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
    steps = np.full(values.shape, MISSING, np.uint16)
    steps[known & ~finite] = NOT_FINITE
    steps[zero] = ZERO
    share = (numbers - low) / (high - low) if high > low else np.zeros_like(numbers)
    steps[scaled] = np.rint(share * LAST_STEP).astype(np.uint16)
    return PackedCurve(metric, is_log, low, high, _text(steps))


def _text(steps: NDArray[np.uint16]) -> str:
    differences = np.diff(steps, axis=1, prepend=np.uint16(0))  # wraps round
    low, high = (differences & 0xFF).astype(np.uint8), (differences >> 8).astype(np.uint8)
    return base64.b64encode(zlib.compress(low.tobytes() + high.tobytes())).decode()


def unpack(curve: PackedCurve, epochs: int) -> NDArray[np.float64]:
    """What the page makes of it, shape (runs, epochs): what is not finite or missing is NaN."""
    raw = np.frombuffer(zlib.decompress(base64.b64decode(curve.data)), np.uint8)
    low, high = raw[: len(raw) // 2].astype(np.uint16), raw[len(raw) // 2 :].astype(np.uint16)
    steps = np.cumsum((low | high << 8).reshape(-1, epochs), axis=1, dtype=np.uint16)
    values: NDArray[Any] = curve.low + (curve.high - curve.low) * (steps / LAST_STEP)
    values = 10.0**values if curve.is_log else values
    return np.where(steps == ZERO, 0.0, np.where(steps > ZERO, np.nan, values))
