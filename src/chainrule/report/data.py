"""What the page's script works on, as JSON: the swept keys of every run, its outcome, how to repeat it, its curves."""

from __future__ import annotations

import json
import math
import shlex
from typing import Any

import pandas as pd

from chainrule import formats
from chainrule.reading import sweep_keys
from chainrule.reading.sweep_keys import label
from chainrule.report.content import as_argument, metric_label, setting_numbers, train_prefix
from chainrule.report.heatmap import COLOURS
from chainrule.report.measures import Measure, measures
from chainrule.report.packing import PackedCurves


def page_data(runs: pd.DataFrame, curves: PackedCurves, command: str | None) -> str:
    """JSON that can stand in a page. Runs are numbered as in `runs`, whose rows the ids `run-N` name."""
    swept = sweep_keys.swept_keys(runs)
    outcomes = list(dict.fromkeys(runs["outcome"]))
    held = {
        "keys": [_key(runs[key]) for key in swept],
        "settings": setting_numbers(runs),
        "outcomes": outcomes,
        "outcome": [outcomes.index(each) for each in runs["outcome"]],
        "runs": list(runs["run"]),
        "command": train_prefix(command, swept) if command else None,
        "axes": list(sweep_keys.axes(runs)),
        "measures": [_measure(each) for each in measures(runs)],
        "colours": COLOURS,
        "epochs": curves.epochs,
        "recorded": curves.recorded,
        "curves": [
            {
                "metric": each.metric,
                "label": metric_label(each.metric),
                "log": each.is_log,
                "low": each.low,
                "high": each.high,
                "data": each.data,
            }
            for each in curves.curves
        ],
    }
    # Whatever a name holds, it must not end the element that the text stands in.
    return json.dumps(held, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _measure(measure: Measure) -> dict[str, Any]:
    values = [float(f"{value:.6g}") if math.isfinite(value) else None for value in measure.values]
    return {"label": measure.label, "higher": measure.higher, "values": values}


def _key(column: pd.Series[Any]) -> dict[str, Any]:
    """A key's values as they are shown and as they are typed, and for each run the position of its own."""
    levels = sweep_keys.as_levels(column)
    typed = dict(zip(levels.codes.tolist(), column, strict=True))
    name = str(column.name)
    return {
        "key": name,
        "label": label(name),
        "levels": [formats.level(level) for level in levels.categories],
        "typed": [shlex.quote(f"{name}={as_argument(typed[place])}") for place in range(len(levels.categories))],
        "of": levels.codes.tolist(),
    }
