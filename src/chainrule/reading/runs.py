"""Recorded runs as one table, each column with the type its settings had."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import unknown_name
from chainrule.reading.open_source import open_source
from chainrule.reading.source import Source, StoredRun, StoredSweep
from chainrule.record import address
from chainrule.record.metrics import reading_order
from chainrule.record.run_record import (
    CONFIG,
    DIVERGED_AT,
    ERROR,
    KNOWN_FILE,
    OUTCOME,
    PARENT,
    PART,
    POSITION,
    SWEEP,
    SWEPT,
)

if TYPE_CHECKING:
    import pandas as pd

COST = "cost/train"  # what every run has, and a column even where all have failed
_INT64 = np.iinfo(np.int64)


def load_runs(
    study: str | None = None, *, sweep: str | None = None, where: str | None = None, uri: str | None = None
) -> pd.DataFrame:
    """One row a recorded run: its settings with their types, its final metrics, how it went.

    The oldest sweep comes first, and its runs in the order in which their values were typed.

    Parameters
    ----------
    study : str, optional
        Only the runs of this study, which is an MLflow experiment; without one runs are in "adhoc".
    sweep : str, optional
        Only the runs of the sweep with this id, among them those that it found recorded already.
    where : str, optional
        A filter in MLflow's search language, such as ``"params.init = 'he_normal'"``.
    uri : str, optional
        The store, an MLflow tracking URI; by default MLFLOW_TRACKING_URI or the project's own.

    Returns
    -------
    DataFrame
        Columns: `run` (MLflow's id); the settings, swept ones first; the metrics' last values and the single ones;
        `outcome` (finished, stuck, diverged, failed), `diverged_at` (epoch), `error` (why it failed); `study`, `part`,
        `sweep`, `parent` (id of the sweep's own run), `name`, `started` (UTC), `seconds`. Runs in the trash and runs
        still being written are left out. `attrs["uri"]` is the store, `attrs["swept"]` the swept keys.

    Raises
    ------
    InputError
        For an unknown study, a filter MLflow can't read, a store that can't be reached.

    Examples
    --------
    After ``chainrule sweep learning_rate=0.1,1 init=he_normal,zeros``:

    >>> runs = load_runs("adhoc")
    >>> runs[["learning_rate", "init", "outcome"]].sort_values(["learning_rate", "init"]).to_numpy().tolist()
    ... # doctest: +NORMALIZE_WHITESPACE
    [[0.1, 'he_normal', 'finished'], [0.1, 'zeros', 'stuck'],
     [1.0, 'he_normal', 'finished'], [1.0, 'zeros', 'stuck']]
    """
    source = open_source(uri)
    studies = source.studies()
    if study is not None and study not in studies.values():
        raise unknown_name("study", study, studies.values())
    chosen = [key for key, name in studies.items() if study in (None, name)]
    own = source.sweep(chosen, sweep) if sweep and chosen else None
    found = source.runs(chosen, sweep, where, known_runs(source, own) if own else ()) if chosen else []
    ordered = _as_typed(found)
    swept = _swept([own] if own else ordered)
    frame = _frame(ordered, studies, swept)
    frame.attrs |= {"uri": address.resolve(uri), "swept": tuple(swept)}
    return frame


def known_runs(source: Source, sweep: StoredSweep) -> list[str]:
    """The ids of the runs that a sweep asked for and found recorded by others."""
    with source.artifact(sweep.run_id, KNOWN_FILE) as file:
        return list(json.loads(file.read_text(encoding="utf-8"))) if file else []


def _as_typed(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """Sweeps and single runs by their start, a sweep's runs by their position in it, those without one by start."""
    oldest_first = sorted(runs, key=lambda run: (run.started, run.run_id))
    starts: dict[str, int] = {}
    for run in oldest_first:
        starts.setdefault(run.tags.get(SWEEP, run.run_id), run.started)

    def place(run: StoredRun) -> tuple[int, str, int]:
        sweep, position = run.tags.get(SWEEP, run.run_id), run.tags.get(POSITION, "0")
        return starts[sweep], sweep, int(position) if position.isdecimal() else 0

    return sorted(oldest_first, key=place)


def _frame(runs: Sequence[StoredRun], studies: Mapping[str, str], swept: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    def texts(values: Sequence[str | None]) -> pd.Series[Any]:
        return pd.Series(values, dtype="str")

    def tag(key: str) -> list[str | None]:
        return [run.tags.get(key) for run in runs]

    started = pd.Series([run.started for run in runs], dtype="int64")
    ended = pd.Series([run.ended for run in runs], dtype="Int64")
    metrics = sorted({COST for _ in runs}.union(*(run.metrics for run in runs)), key=reading_order)
    columns: dict[str, Any] = {"run": texts([run.run_id for run in runs])}
    columns |= {key: typed_column([run.params.get(key) for run in runs]) for key in _param_order(runs, swept)}
    columns |= {key: pd.Series([run.metrics.get(key) for run in runs], dtype="float64") for key in metrics}
    columns |= {
        "outcome": texts(tag(OUTCOME)),
        "diverged_at": pd.Series([_epoch(text) for text in tag(DIVERGED_AT)], dtype="Int64"),
        "error": texts(tag(ERROR)),
        "study": texts([studies[run.experiment_id] for run in runs]),
        "part": texts(tag(PART)),
        "sweep": texts(tag(SWEEP)),
        "parent": texts(tag(PARENT)),
        "name": texts([run.name for run in runs]),
        "started": pd.to_datetime(started, unit="ms", utc=True),
        "seconds": ((ended - started) / 1000).astype("float64"),
    }
    return pd.DataFrame(columns)


def _swept(runs: Sequence[StoredRun | StoredSweep]) -> list[str]:
    """The keys that any of the sweeps varied, in their order."""
    lists = dict.fromkeys(run.tags.get(SWEPT) for run in runs)
    return list(dict.fromkeys(key for keys in lists for key in _keys(keys, list)))


def _param_order(runs: Sequence[StoredRun], swept: Sequence[str]) -> list[str]:
    """Swept keys first, then the rest in the order of the first configuration there is: MLflow keeps none."""
    groups: list[str] = next(filter(None, (_keys(run.tags.get(CONFIG), dict) for run in runs)), [])
    params = {key for run in runs for key in run.params}

    def position(key: str) -> tuple[int, str]:
        group = key.partition(".")[0]
        return groups.index(group) if group in groups else len(groups), key

    return [key for key in dict.fromkeys([*swept, *sorted(params, key=position)]) if key in params]


def _keys(text: str | None, kind: type[list[Any] | dict[str, Any]]) -> list[str]:
    """The names in a list or the keys of a mapping, given as JSON; none if it is something else."""
    held = _parse(text)
    return [key for key in held if isinstance(key, str)] if isinstance(held, kind) else []


def _epoch(text: str | None) -> int | None:
    value = _parse(text)
    return value if type(value) is int else None


def typed_column(texts: Sequence[str | None]) -> pd.Series[Any]:
    """The settings MLflow keeps as text, as bools, integers, floats or lists if all of them are, else as text.

    None and "null" are missing: NaN among floats and texts, <NA> among integers and bools. A whole number beyond 64
    bits counts as text.
    """
    import pandas as pd

    read = {text: _parse(text) for text in set(texts)}
    kinds = {type(value) for value in read.values()} - {type(None)}
    missing = None in read.values()
    if kinds and kinds <= {int, float}:
        whole = "Int64" if missing else "int64"
        return pd.Series([read[text] for text in texts], dtype="float64" if float in kinds else whole)
    if kinds == {bool}:
        return pd.Series([read[text] for text in texts], dtype="boolean" if missing else "bool")
    if not kinds & {str, int, float, bool}:
        return pd.Series([read[text] for text in texts], dtype="object")
    return pd.Series([None if read[text] is None else text for text in texts], dtype="str")


def _parse(text: str | None) -> Any:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or brackets within brackets without end
        return text
    is_too_large = type(value) is int and not _INT64.min <= value <= _INT64.max
    return text if is_too_large else value
