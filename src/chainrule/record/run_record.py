"""A run as it is stored, the same by either writer: its params, its tags, the points of its curves, its data."""

from __future__ import annotations

import functools
import getpass
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule import formats, markdown
from chainrule.record import pages

ROLE = "chainrule.role"  # "run" for a configuration that trained, "sweep" for the parent of several
PARENT = "mlflow.parentRunId"  # what MLflow's interface folds runs by
SWEEP = "chainrule.sweep"
SWEPT = "chainrule.swept"
ASKED = "chainrule.asked"  # how many runs a sweep was asked for, those included that were recorded before
POSITION = "chainrule.position"  # of a run in its sweep, in the order in which the values were typed, from 0
PART = "chainrule.part"  # of a study of several sweeps, the one a run belongs to
OUTCOME = "chainrule.outcome"
OUTCOMES = ("finished", "stuck", "diverged", "failed")  # stuck: see `core.stuck`; in the order they are counted
WITH_NUMBERS = ("finished", "stuck")  # those that trained to the end, with numbers to compare
DIVERGED_AT = "chainrule.diverged_at"
ERROR = "chainrule.error"
QUESTION = "chainrule.question"  # of a sweep: what its study asks
COMMAND = "chainrule.command"  # of a sweep: what was typed to start it
STOPPED = "chainrule.stopped"  # of a sweep that the failure of a run has ended: which, and why
CONFIGURATION = "chainrule.configuration"  # of the settings and the data
FINGERPRINT = "chainrule.fingerprint"  # of these and the code
CONFIG = "chainrule.config"
HOST = "chainrule.host"  # where the processes run that record a sweep, or a run of its own,
PROCESS = "chainrule.process"  # and which they are; see `chainrule.sweep.owner`
FILES = "chainrule.files"  # of a sweep: which columnar files it leaves at its end, as a JSON list
PARAMETERS_LOST = "chainrule.parameters_lost"  # of a sweep or a run of its own: how many runs' parameters are lost
TRACEBACK_FILE = "traceback.txt"  # of a run that failed
KNOWN_FILE = "known_runs.json"  # of a sweep: the ids of runs it asked for that others had recorded

VIEW = "chainrule.view"  # of a sweep: the id of the saved view of its study that shows it, or a later one's runs

SOURCE_TYPE = "chainrule"  # of a dataset
CONTEXT = "training"  # what a run used its dataset for
_TOLD = ("cost/train", "cost/test", "accuracy/validation", "accuracy/test", "r2/validation", "r2/test")


def to_text(value: Any) -> str:
    """A setting as MLflow keeps it: text stays text, all else is JSON, so that reading restores its type."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class DatasetRecord:
    """The data a run learned from; `schema` and `profile` are JSON, `source` is like "chainrule:moons"."""

    name: str
    digest: str
    source: str
    schema: str
    profile: str


class Curve(NamedTuple):
    """One metric's points, oldest first; `times` in ms since 1970, non-finite values as NaN."""

    key: str
    values: list[float]
    times: list[int]
    steps: list[int]


@dataclass(frozen=True)
class RunRecord:
    """One finished run.

    `params` are texts (`to_text`); `tags` are all but the parent's id and those MLflow's interface looks for.
    `epochs` has shape (points,), strictly increasing; `values` (points, metrics), its columns named by `metrics`.
    Non-finite values are stored as NaN. `scalars` are single points, key -> (epoch, value). `started` and `ended`
    are unix seconds.
    `parameters`, if kept, has shape (snapshots, parameters), a snapshot for each of the last recorded epochs, layer by
    layer [W | b], each row by row; `sizes` are the layers' widths, the inputs' first. `traceback` tells where a run
    that failed has failed.
    """

    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str]
    metrics: tuple[str, ...]
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    scalars: Mapping[str, tuple[int, float]]
    started: float
    ended: float
    status: str
    dataset: DatasetRecord
    sizes: tuple[int, ...] = ()
    parameters: NDArray[np.floating[Any]] | None = None
    traceback: str | None = None

    def curves(self) -> Iterator[Curve]:
        """Every metric, single points included, dated between the run's start and its end.

        A run that failed before its first epoch was recorded has none.
        """
        steps = self.epochs.tolist()
        times = self._times(self.epochs)
        values = np.where(np.isfinite(self.values), self.values, np.nan)
        for column, key in enumerate(self.metrics if steps else ()):
            yield Curve(key, values[:, column].tolist(), times, steps)
        for key, (step, value) in self.scalars.items():
            yield Curve(key, [value if np.isfinite(value) else np.nan], self._times(np.array([step])), [step])

    def _times(self, steps: NDArray[np.int64]) -> list[int]:
        # Epochs are taken as equally long: a run trained in a stack has no times of its own to go by.
        share = steps / max(int(self.epochs.max(initial=0)), 1)
        seconds = self.started + (self.ended - self.started) * share
        times: list[int] = np.rint(1000 * seconds).astype(np.int64).tolist()
        return times

    def stored_tags(self, experiment_id: str, parent_id: str | None) -> dict[str, str]:
        """The run's own tags, its parent's id, a line that describes it and MLflow's, as `cut_tags` leaves them."""
        from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

        told, parent = markdown.without_html(self.result()), {}
        if parent_id:
            told += f" · [its sweep]({pages.run_page(experiment_id, parent_id)})"
            parent = {PARENT: parent_id}
        return with_mlflow_tags(self.name, {MLFLOW_RUN_NOTE: told, **self.tags, **parent})

    def result(self) -> str:
        """How the run ended, as a line: "finished, 500 epochs: cost/train 0.05, accuracy/test 0.98"."""
        outcome = self.tags.get(OUTCOME, self.status.lower())
        if ERROR in self.tags:
            return f"{outcome}: {' '.join(self.tags[ERROR].split())}"
        when = f"{self.epochs[-1]} epochs" if len(self.epochs) else "no epochs"
        if DIVERGED_AT in self.tags:
            when = f"at epoch {self.tags[DIVERGED_AT]}"
        last = dict(zip(self.metrics, self.values[-1], strict=True)) if len(self.values) else {}
        told = [f"{key} {formats.number(float(last[key]))}" for key in _TOLD if np.isfinite(last.get(key, np.nan))]
        return f"{outcome}, {when}: {', '.join(told)}" if told else f"{outcome}, {when}"


def milliseconds(seconds: float) -> int:
    """Unix seconds as MLflow keeps them."""
    return round(1000 * seconds)


def with_mlflow_tags(name: str, own: Mapping[str, str]) -> dict[str, str]:
    """`own` with the tags MLflow's interface looks for on any run, as `cut_tags` leaves them."""
    from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME, MLFLOW_SOURCE_NAME, MLFLOW_SOURCE_TYPE, MLFLOW_USER

    expected = {
        MLFLOW_RUN_NAME: name,
        MLFLOW_USER: _user(),
        MLFLOW_SOURCE_NAME: "chainrule",
        MLFLOW_SOURCE_TYPE: "LOCAL",
    }
    return cut_tags({**own, **expected})


def cut_tags(given: Mapping[str, str]) -> dict[str, str]:
    """The tags, cut to the length MLflow allows; the configuration in such a way that it stays JSON."""
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

    cut = {key: value[:MAX_TAG_VAL_LENGTH] for key, value in given.items()}
    if CONFIG in given:
        cut[CONFIG] = _shorten(given[CONFIG], MAX_TAG_VAL_LENGTH)
    return cut


def _shorten(config: str, length: int) -> str:
    """A mapping as JSON of at most `length` characters: its longest values become "..." as far as need be."""
    if len(config) <= length:
        return config
    values = json.loads(config)
    for key in sorted(values, key=lambda key: -len(json.dumps(values[key]))):
        values[key] = "..."
        if len(json.dumps(values)) <= length:
            break
    return json.dumps(values)


def cut_params(given: Mapping[str, str]) -> dict[str, str]:
    """The params, cut to the length MLflow allows."""
    from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

    return {key: value[:MAX_PARAM_VAL_LENGTH] for key, value in given.items()}


@functools.cache
def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under an id without a name
        return "unknown"
