"""The trained runs of a stack, each as it is stored: its name, params, tags, curves and single values."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.build import load
from chainrule.datasets.source import DatasetSource
from chainrule.record.run_record import (
    CONFIG,
    CONFIGURATION,
    DIVERGED_AT,
    ERROR,
    FINGERPRINT,
    OUTCOME,
    POSITION,
    ROLE,
    SWEPT,
    DatasetRecord,
    RunRecord,
    to_text,
)
from chainrule.settings import Settings
from chainrule.sweep.execute import StackResult
from chainrule.sweep.owner import owner_tags
from chainrule.sweep.provenance import code_tags, configuration, fingerprint

_TELLING = ("dataset", "hidden", "activation", "init", "learning_rate")  # of a run beside which none is trained
_KEYS = tuple(field.name for field in dataclasses.fields(Settings))
_ALONE = ("learning_rate", "dataset", "activation", "output", "cost", "init", "optimizer", "schedule")


def run_records(
    result: StackResult,
    settings: Sequence[Settings],
    dataset: DatasetRecord,
    swept: Sequence[str],
    sweep_tags: Mapping[str, str],
) -> list[RunRecord]:
    """One record a run of `result`, in its order; `settings` are the same runs', `dataset` what they learned from.

    `swept` are the keys that the sweep varies, `sweep_tags` tell which one it is; without one a run tells itself which
    process records it.
    """
    return [_run_record(result, row, each, dataset, swept, sweep_tags) for row, each in enumerate(settings)]


def _run_record(
    result: StackResult,
    row: int,
    settings: Settings,
    dataset: DatasetRecord,
    swept: Sequence[str],
    sweep_tags: Mapping[str, str],
) -> RunRecord:
    history, outcome = result.history, result.outcome(row)
    parameters = None if result.parameters is None or settings.record.parameters == "none" else result.parameters[row]
    params = settings.params()
    ordered = dict.fromkeys([*(key for key in swept if key in params), *params])
    tags = {
        ROLE: "run",
        OUTCOME: outcome,
        CONFIGURATION: configuration(settings, dataset.digest),
        FINGERPRINT: fingerprint(settings, dataset.digest),
        SWEPT: json.dumps(list(swept)),
        POSITION: str(result.positions[row]),
        CONFIG: json.dumps(settings.config()),
        **code_tags(),
        **(sweep_tags or owner_tags()),
    }
    if history and outcome == "diverged":
        tags[DIVERGED_AT] = str(int(history.diverged_at[row]))
    if result.error:
        tags[ERROR] = result.error
    return RunRecord(
        name=run_name(params, swept),
        params={key: to_text(params[key]) for key in ordered},
        tags=tags,
        metrics=history.metrics if history else (),
        epochs=history.epochs if history else np.zeros(0, np.int64),
        values=history.values[row] if history else np.zeros((0, 0)),
        scalars=_scalars(result, row),
        started=result.started,
        ended=result.ended,
        status="FAILED" if result.error else "FINISHED",
        dataset=dataset,
        sizes=result.sizes,
        parameters=parameters,
        traceback=result.traceback,
    )


def run_name(params: Mapping[str, object], swept: Sequence[str]) -> str:
    """What tells the run from others, to be read in a narrow column: "0.1 · he_normal · seed 3".

    That is the swept settings in the order typed, the seed last, or what is learned by what. Names that were chosen
    and the learning rate stand alone, other values behind their key.
    """
    shown = sorted((key for key in swept if key in params), key=lambda key: key == "seed") or _TELLING
    return " · ".join(_setting(key, params[key], shown) for key in shown)


def _setting(key: str, value: object, shown: Sequence[str]) -> str:
    text = to_text(value).replace(", ", ",") if isinstance(value, list) else to_text(value)
    if isinstance(value, float):
        text = text.removesuffix(".0")
    if key in _ALONE:
        return text
    _, _, field = key.rpartition(".")
    is_clear = field not in _KEYS and [each.rpartition(".")[2] for each in shown].count(field) == 1
    return f"{field if is_clear else key} {text}"


def _scalars(result: StackResult, row: int) -> dict[str, tuple[int, float]]:
    """The best validation and test score, each at its epoch; the gradient check if there was one, at epoch 0."""
    scalars: dict[str, tuple[int, float]] = {}
    if result.history is None:
        return scalars
    metrics, epochs = result.history.metrics, result.history.epochs
    for key in ("accuracy/validation", "r2/validation", "accuracy/test", "r2/test"):
        if key in metrics:
            curve = result.history.values[row, :, metrics.index(key)]
            if np.isfinite(curve).any():
                best = int(np.nanargmax(curve))
                scalars[f"{key}_best"] = (int(epochs[best]), float(curve[best]))
    if result.gradient_check is not None:
        scalars["gradient_check"] = (0, float(result.gradient_check[row]))
    return scalars


@functools.lru_cache(maxsize=64)
def dataset_record(source: DatasetSource) -> DatasetRecord:
    """The data behind `source`, as it is stored with each run that learned from it."""
    dataset = load(source)
    columns = [{"type": "double", "name": name, "required": True} for name in dataset.feature_names]
    profile = {
        "training samples": len(dataset.X_train),
        "validation samples": len(dataset.X_validation),
        "test samples": len(dataset.X_test),
        "features": dataset.n_features,
        "targets": list(dataset.target_names),
    }
    return DatasetRecord(
        name=dataset.name,
        digest=dataset.digest(),
        source=f"chainrule:{dataset.name}",
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps(profile),
    )
