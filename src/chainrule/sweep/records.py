"""Trained runs as rows for the record: their params, tags, curves and single values."""

from __future__ import annotations

import functools
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np

from chainrule import __version__
from chainrule.build import load
from chainrule.datasets import Dataset
from chainrule.datasets.source import DatasetSource
from chainrule.paths import project_root
from chainrule.record.records import (
    DIVERGED_AT,
    FINGERPRINT,
    OUTCOME,
    DatasetRecord,
    ParameterRecord,
    RunRecord,
    to_text,
)
from chainrule.settings import Settings
from chainrule.sweep.execute import Result
from chainrule.sweep.fingerprint import fingerprint

ERROR = "chainrule.error"
_PACKAGES = ("numpy", "scipy", "scikit-learn")


def run_records(
    result: Result, settings: Sequence[Settings], swept: Sequence[str], places: Mapping[str, str]
) -> list[RunRecord]:
    """One record a run of `result`, in its order; `settings` are the same runs', `places` the tags of their sweep."""
    return [_run_record(result, row, each, swept, places) for row, each in enumerate(settings)]


def _run_record(
    result: Result, row: int, settings: Settings, swept: Sequence[str], places: Mapping[str, str]
) -> RunRecord:
    params = settings.params()
    ordered = {key: params[key] for key in [*(k for k in swept if k in params), *params]}
    outcome = _outcome(result, row)
    tags = {OUTCOME: outcome, FINGERPRINT: fingerprint(settings), **provenance(), **places}
    if outcome == "diverged" and result.diverged_at is not None:
        tags[DIVERGED_AT] = str(int(result.diverged_at[row]))
    if result.error:
        tags[ERROR] = result.error
    empty = result.values is None or result.epochs is None
    return RunRecord(
        name=run_name(params, swept),
        params={key: to_text(value) for key, value in ordered.items()},
        tags=tags,
        metrics=result.metrics,
        epochs=np.zeros(0, np.int64) if empty else result.epochs,  # type: ignore[arg-type]
        values=np.zeros((0, 0)) if empty else result.values[row],  # type: ignore[index]
        scalars=_scalars(result, row),
        started=result.started,
        ended=result.ended,
        status="FAILED" if result.error else "FINISHED",
        dataset=_dataset_record(settings.dataset),
        config=settings.config(),
        swept=tuple(swept),
        parameters=_parameters(result, row, settings),
    )


def _parameters(result: Result, row: int, settings: Settings) -> ParameterRecord | None:
    if settings.record.parameters == "none" or result.parameters is None or result.epochs is None:
        return None
    epochs = result.epochs if settings.record.parameters == "all" else result.epochs[-1:]
    return ParameterRecord(result.sizes, epochs, result.parameters[row])


def run_name(params: dict[str, object], swept: Sequence[str]) -> str:
    """The swept settings, or what is learned by what."""
    shown = [key for key in swept if key in params] or ["dataset", "hidden", "activation", "init", "learning_rate"]
    return " ".join(f"{key}={to_text(params[key])}" for key in shown)


def _outcome(result: Result, row: int) -> str:
    if result.error or result.diverged_at is None:
        return "failed"
    return "diverged" if result.diverged_at[row] >= 0 else "finished"


def _scalars(result: Result, row: int) -> dict[str, tuple[int, float]]:
    """The best test score, at its epoch, and the gradient check if there was one, at epoch 0."""
    scalars: dict[str, tuple[int, float]] = {}
    if result.values is None or result.epochs is None:
        return scalars
    for key in ("accuracy/test", "r2/test"):
        if key in result.metrics:
            curve = result.values[row, :, result.metrics.index(key)]
            if np.isfinite(curve).any():
                best = int(np.nanargmax(curve))
                scalars[f"{key}_best"] = (int(result.epochs[best]), float(curve[best]))
    if result.gradient_check is not None:
        scalars["gradient_check"] = (0, float(result.gradient_check[row]))
    return scalars


@functools.lru_cache(maxsize=64)
def _dataset_record(source: DatasetSource) -> DatasetRecord:
    dataset = load(source)
    return DatasetRecord(
        dataset.name, dataset.digest(), f"chainrule:{dataset.name}", _schema(dataset), _profile(dataset)
    )


def _schema(dataset: Dataset) -> str:
    columns = [{"type": "double", "name": name, "required": True} for name in dataset.feature_names]
    return json.dumps({"mlflow_colspec": columns})


def _profile(dataset: Dataset) -> str:
    rows = {"training samples": len(dataset.X_train), "test samples": len(dataset.X_test)}
    return json.dumps({**rows, "features": dataset.n_features, "targets": list(dataset.target_names)})


@functools.cache
def provenance() -> dict[str, str]:
    """Tags that tell which code ran: the project's version and commit, Python's and the packages' versions."""
    tags = {"chainrule.version": __version__, "python.version": platform.python_version()}
    tags |= {f"{package}.version": version(package) for package in _PACKAGES}
    commit = _git("rev-parse", "HEAD")
    if commit:
        changed = bool(_git("status", "--porcelain", "--untracked-files=no"))
        tags["mlflow.source.git.commit"] = commit
        tags["chainrule.git.changed"] = str(changed).lower()
    return tags


def _git(*arguments: str) -> str:
    """What git says of the project, or nothing where there is no git or no repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(project_root()), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
