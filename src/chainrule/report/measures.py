"""What the heatmap can show of each run: its scores, and what its last recorded factors say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.reading import tables
from chainrule.record.run_record import WITH_NUMBERS
from chainrule.report.content import metric_label

_SCORES = (
    *("accuracy/validation", "accuracy/test", "accuracy/test_best", "accuracy/train"),
    *("r2/validation", "r2/test", "r2/test_best", "r2/train"),
    *("cost/validation", "cost/test", "cost/train"),
)


@dataclass(frozen=True)
class Measure:
    """A number of each run, NaN for those that did not train to the end; `higher` says whether more is better."""

    label: str
    higher: bool | None
    values: NDArray[np.float64]


def measures(runs: pd.DataFrame) -> list[Measure]:
    """The score that settings are chosen by, then all others that the runs have."""
    score = tables.score_column(runs)
    has_numbers = runs["outcome"].isin(WITH_NUMBERS).to_numpy()
    found = [
        Measure(_label(key), tables.higher_is_better(key), runs[key].to_numpy(np.float64))
        for key in dict.fromkeys([score, *_SCORES])
        if key in runs
    ]
    found += [Measure(label, None, values) for label, values in _derived(runs)]
    masked = [Measure(each.label, each.higher, np.where(has_numbers, each.values, np.nan)) for each in found]
    return [each for each in masked if np.isfinite(each.values).any()]


def _label(key: str) -> str:
    return metric_label(key.removesuffix("_best")) + (", best epoch" if key.endswith("_best") else "")


def _derived(runs: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.float64]]]:
    for kind in ("accuracy", "r2"):
        if f"{kind}/train" in runs and f"{kind}/test" in runs:
            gap = runs[f"{kind}/train"] - runs[f"{kind}/test"]
            yield f"gap, {metric_label(f'{kind}/train')} less test", gap.to_numpy(np.float64)
    if saturated := _layers(runs, "saturated"):
        yield "share of saturated units, mean of layers", np.nanmean(np.stack(saturated), axis=0)
    gradients = _layers(runs, "gradient_norm")
    if len(gradients) > 1:
        last = _last_known(gradients)
        ratio = np.divide(gradients[0], last, out=np.full(len(runs), np.nan), where=last > 0)
        yield "gradient, first layer by last", ratio


def _layers(runs: pd.DataFrame, name: str) -> list[NDArray[np.float64]]:
    """The last values of a metric, an array (runs,) a layer; NaN where a run has fewer layers."""
    layers: list[NDArray[np.float64]] = []
    while (key := f"{name}/layer_{len(layers) + 1}") in runs:
        layers.append(runs[key].to_numpy(np.float64))
    return layers


def _last_known(layers: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Of each run the value of its own last layer: networks of a sweep may differ in depth."""
    found = layers[0]
    for layer in layers[1:]:
        found = np.where(np.isnan(layer), found, layer)
    return found
