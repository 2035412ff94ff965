"""What a run's rows say, the same for both writers: its tags, its params, the points of its curves."""

from __future__ import annotations

import functools
import getpass
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.record.records import CONFIG, PARENT, ROLE, SWEPT, RunRecord


class Curve(NamedTuple):
    """One metric's points, oldest first; `times` in ms since 1970, non-finite values as NaN."""

    key: str
    values: list[float]
    times: list[int]
    steps: list[int]


def curves(record: RunRecord) -> Iterator[Curve]:
    """Every metric of the run, single points included, dated between the run's start and its end.

    A run that failed before its first epoch was recorded has none.
    """
    steps = record.epochs.tolist()
    times = _times(record, record.epochs)
    values = np.where(np.isfinite(record.values), record.values, np.nan)
    for column, key in enumerate(record.metrics if steps else ()):
        yield Curve(key, values[:, column].tolist(), times, steps)
    for key, (step, value) in record.scalars.items():
        yield Curve(key, [value if np.isfinite(value) else np.nan], _times(record, np.array([step])), [step])


def _times(record: RunRecord, steps: NDArray[np.int64]) -> list[int]:
    # Epochs are taken as equally long: a run trained in a stack has no times of its own to go by.
    share = steps / max(int(record.epochs.max(initial=0)), 1)
    seconds = record.started + (record.ended - record.started) * share
    times: list[int] = np.rint(1000 * seconds).astype(np.int64).tolist()
    return times


def milliseconds(seconds: float) -> int:
    """Unix seconds as MLflow keeps them."""
    return round(1000 * seconds)


def run_tags(record: RunRecord, parent_id: str | None) -> dict[str, str]:
    """The record's own tags, those that place it (parent, swept keys, configuration), and MLflow's."""
    placing = {ROLE: "run", SWEPT: json.dumps(record.swept), CONFIG: json.dumps(record.config)}
    parent = {PARENT: parent_id} if parent_id else {}
    return tags(record.name, {**record.tags, **placing, **parent})


def tags(name: str, own: Mapping[str, str]) -> dict[str, str]:
    """`own` with the tags MLflow's interface looks for on any run."""
    from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME, MLFLOW_SOURCE_TYPE, MLFLOW_USER

    usual = {
        MLFLOW_RUN_NAME: name,
        MLFLOW_USER: _user(),
        MLFLOW_SOURCE_NAME: "chainrule",
        MLFLOW_SOURCE_TYPE: "LOCAL",
    }
    return cut_tags({**own, **usual})


def cut_tags(given: Mapping[str, str]) -> dict[str, str]:
    """The tags, cut to the length MLflow allows."""
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

    return {key: value[:MAX_TAG_VAL_LENGTH] for key, value in given.items()}


def params(given: Mapping[str, str]) -> dict[str, str]:
    """The params, cut to the length MLflow allows."""
    from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

    return {key: value[:MAX_PARAM_VAL_LENGTH] for key, value in given.items()}


@functools.cache
def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under an id without a name
        return "unknown"
