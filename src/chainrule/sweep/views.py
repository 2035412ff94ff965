"""The views of a sweep's runs that wait in MLflow's interface: chosen columns, an order, charts worth looking at.

MLflow keeps a saved view as a tag of its experiment: JSON with a name and the state of its page, compressed. A study
has two, always under the same ids: each sweep replaces those of the one before.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.reading import sweep_keys, tables
from chainrule.record.metrics import is_scalar
from chainrule.record.run_record import OUTCOME, ROLE, SWEEP

if TYPE_CHECKING:
    import pandas as pd

TAG = "mlflow.sharedViewState."
BEST_FIRST, GROUPED = "chainrule-newest", "chainrule-newest-grouped"
_CURVES_SHOWN = 20  # runs in a chart of curves, the first of the table
_RUNS_SHOWN = 1000  # in the charts of final values
_HOW, _WHY = "How the best runs learned", "What the settings did"  # sections of charts
_CURVES = ("cost/train", "cost/test", "accuracy/test", "r2/test", "gradient_norm/total", "slope/layer_1")
_LOGARITHMIC = ("cost/", "gradient_norm/", "upstream/", "sharpness")


def view_tags(runs: pd.DataFrame) -> dict[str, str]:
    """The tags of the experiment by which the views of `runs`, those of a sweep, are offered."""
    keys = [key for key in sweep_keys.swept_keys(runs) if key in runs]
    compared = [key for key in keys if key != sweep_keys.SEED][:1]
    views = {BEST_FIRST: ("newest sweep, best first", _state(runs, keys))}
    if compared:
        name = f"newest sweep, by {sweep_keys.label(compared[0])}"
        views[GROUPED] = (name, _state(runs, keys) | {"groupBy": _grouping(compared[0])})
    return {f"{TAG}{view}": _encoded(name, state) for view, (name, state) in views.items()}


def _encoded(name: str, state: Mapping[str, Any]) -> str:
    now = round(1000 * time.time())
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode(), 9)).decode()
    return json.dumps({"name": name, "createdAt": now, "updatedAt": now, "state": f"deflate;{packed}"})


def decoded(tag: str) -> dict[str, Any]:
    """The page's state in the value of such a tag."""
    packed = json.loads(tag)["state"].removeprefix("deflate;")
    state: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return state


def _state(runs: pd.DataFrame, keys: list[str]) -> dict[str, Any]:
    score = tables.score_column(runs)
    metrics = [key for key in dict.fromkeys(["cost/train", *tables.told_scores(runs)]) if key in runs]
    columns = [*(f"params.`{key}`" for key in keys), *(f"metrics.`{key}`" for key in metrics), f"tags.`{OUTCOME}`"]
    return {
        "searchFilter": _filter(runs),
        "orderByKey": f"metrics.`{score}`",
        "orderByAsc": not tables.higher_is_better(score),
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,  # else they are sorted by name, and what was swept comes last
        "runsHiddenMode": "FIRST_20_RUNS",
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        "groupBy": None,
        "isAccordionReordered": True,  # the sections stay in the order given here
        "compareRunSections": [_section(name) for name in (_WHY, _HOW)],
        "compareRunCharts": _charts(runs, keys, score),
    }


def _filter(runs: pd.DataFrame) -> str:
    """The sweep's runs; where others had recorded some of them, all runs of the study: no filter names both."""
    sweeps = runs["sweep"].dropna().unique()
    return f"tags.`{SWEEP}` = '{sweeps[0]}' AND tags.`{ROLE}` = 'run'" if len(sweeps) == 1 else f"tags.`{ROLE}` = 'run'"


def _grouping(key: str) -> dict[str, Any]:
    return {"aggregateFunction": "average", "groupByKeys": [{"mode": "param", "groupByData": key}]}


def _section(name: str) -> dict[str, Any]:
    return {"uuid": name, "name": name, "display": True, "isReordered": True, "deleted": False, "isGenerated": False}


def _charts(runs: pd.DataFrame, keys: list[str], score: str) -> list[dict[str, Any]]:
    """Final values against what was swept, then curves; MLflow puts those of the other metrics below.

    A chart of a single value a run says no more than the table: it counts as removed.
    """
    settings = [key for key in keys if key != sweep_keys.SEED]
    charts = [_card("PARALLEL", _WHY, selectedParams=settings, selectedMetrics=[score], showAllRuns=True)]
    charts += [_card("SCATTER", _WHY, xaxis=_axis("PARAM", key), yaxis=_axis("METRIC", score)) for key in settings[:2]]
    shown = [key for key in dict.fromkeys([*_CURVES, score]) if key in runs]
    charts += [_curve_card(key) for key in shown]
    charts += [_card("BAR", _HOW, metricKey=key, deleted=True) for key in runs.columns if is_scalar(key)]
    return [{**chart, "uuid": f"chart-{number}"} for number, chart in enumerate(charts)]


def _axis(kind: str, key: str) -> dict[str, str]:
    return {"type": kind, "key": key}


def _card(kind: str, section: str, **own: Any) -> dict[str, Any]:
    shared = {"type": kind, "metricSectionId": section, "deleted": False, "isGenerated": False}
    return {**shared, "runsCountToCompare": _RUNS_SHOWN, **own}


def _curve_card(key: str) -> dict[str, Any]:
    return _card(
        "LINE",
        _HOW,
        metricKey=key,
        selectedMetricKeys=[key],
        runsCountToCompare=_CURVES_SHOWN,
        scaleType="log" if key.startswith(_LOGARITHMIC) else "linear",
        xAxisScaleType="linear",
        xAxisKey="step",
        lineSmoothness=0,
        useGlobalXaxisKey=True,
        useGlobalLineSmoothing=True,
    )
