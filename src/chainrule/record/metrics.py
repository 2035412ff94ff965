"""The dictionary of every recorded metric: its key, what it means, its formula, its unit or range."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from chainrule.core.curve import Curve, Outputs, State
from chainrule.core.curves import all_curves


class Metric(NamedTuple):
    """One row of the dictionary; `N` in a key stands for a layer, 1 being the first after the inputs."""

    key: str
    meaning: str
    formula: str
    unit: str


SCALARS = (  # single points, not one a recorded epoch
    Metric(
        "accuracy/validation_best",
        "the best validation accuracy at any recorded epoch, at that epoch",
        "max accuracy/validation",
        "0 to 1",
    ),
    Metric(
        "accuracy/test_best",
        "the best test accuracy at any recorded epoch, at that epoch",
        "max accuracy/test",
        "0 to 1",
    ),
    Metric(
        "r2/validation_best",
        "regression: the best validation r2 at any recorded epoch, at that epoch",
        "max r2/validation",
        "at most 1",
    ),
    Metric(
        "r2/test_best",
        "regression: the best test r2 at any recorded epoch, at that epoch",
        "max r2/test",
        "at most 1",
    ),
    Metric(
        "gradient_check",
        "disagreement of backpropagation with numerical slopes along random directions, before training",
        "|a - n| / (|a| + |n|)",
        "0 to 1",
    ),
)


@functools.cache
def metric_dictionary() -> tuple[Metric, ...]:
    """Every metric a run may have, in reading order: those of the registered curves, then the scalars."""
    return (*(metric for curve in all_curves() for metric in _metrics_of(curve)), *SCALARS)


def is_scalar(key: str) -> bool:
    """Whether `key` is a single point rather than a curve."""
    return any(metric.key == key for metric in SCALARS)


def reading_order(key: str) -> tuple[int, int, str]:
    """Sort key: the dictionary's order, layers by number, keys the dictionary does not know last."""
    layer = re.search(r"layer_(\d+)$", key)
    pattern = re.sub(r"layer_\d+$", "layer_N", key)
    known = [metric.key for metric in metric_dictionary()]
    return known.index(pattern) if pattern in known else len(known), int(layer[1]) if layer else 0, key


def _metrics_of(curve: Curve) -> list[Metric]:
    meaning = curve.meaning if curve.default else f"{curve.meaning}; on request"
    own = (curve.formula, curve.unit)
    if curve.of is Outputs:
        return [
            Metric(f"{curve.key}/train", meaning, *own),
            Metric(f"{curve.key}/validation", "the same over the samples set aside to choose by", *own),
            Metric(f"{curve.key}/test", "the same over the samples held back", *own),
        ]
    return [Metric(curve.key if curve.of is State else f"{curve.key}/layer_N", meaning, *own)]
