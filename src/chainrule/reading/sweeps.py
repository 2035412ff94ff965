"""Recorded sweeps as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainrule.errors import InputError, unknown_name
from chainrule.reading.open_source import open_source
from chainrule.reading.runs import load_runs
from chainrule.record import address
from chainrule.record.run_record import ASKED, COMMAND, PART, QUESTION, SWEEP

if TYPE_CHECKING:
    import pandas as pd

_VERSION, _COMMIT, _CHANGED = ".version", "mlflow.source.git.commit", "chainrule.git.changed"


def load_sweeps(study: str | None = None, *, uri: str | None = None) -> pd.DataFrame:
    """One row a recorded sweep, the oldest first.

    Parameters
    ----------
    study : str, optional
        Only the sweeps of this study, which is an MLflow experiment; without one sweeps are in "adhoc".
    uri : str, optional
        The store, an MLflow tracking URI; by default MLFLOW_TRACKING_URI or the project's own.

    Returns
    -------
    DataFrame
        Columns: `sweep` (its id, which `load_runs` takes), `study`, `part`, `status` (MLflow's: RUNNING, FINISHED,
        FAILED, KILLED), `asked` (how many runs were asked for; missing in what earlier versions recorded), `started`
        (UTC), `run` (MLflow's id of the sweep's own run). Sweeps in the trash are left out. `attrs["uri"]` is the
        store.

    Raises
    ------
    InputError
        For an unknown study, and a store that can't be reached.

    Examples
    --------
    After ``chainrule sweep learning_rate=0.1,1 init=he_normal,zeros``:

    >>> load_sweeps("adhoc")[["study", "status", "asked"]].to_numpy().tolist()
    [['adhoc', 'FINISHED', 4]]
    """
    import pandas as pd

    source = open_source(uri)
    studies = source.studies()
    if study is not None and study not in studies.values():
        raise unknown_name("study", study, studies.values())
    chosen = [key for key, name in studies.items() if study in (None, name)]
    found = source.sweeps(chosen) if chosen else []
    asked = [each.tags.get(ASKED, "") for each in found]
    frame = pd.DataFrame(
        {
            "sweep": pd.Series([each.tags.get(SWEEP) for each in found], dtype="str"),
            "study": pd.Series([studies[each.experiment_id] for each in found], dtype="str"),
            "part": pd.Series([each.tags.get(PART) for each in found], dtype="str"),
            "status": pd.Series([each.status for each in found], dtype="str"),
            "asked": pd.Series([int(text) if text.isdecimal() else None for text in asked], dtype="Int64"),
            "started": pd.to_datetime(pd.Series([each.started for each in found], dtype="int64"), unit="ms", utc=True),
            "run": pd.Series([each.run_id for each in found], dtype="str"),
        }
    )
    frame.attrs["uri"] = address.resolve(uri)
    return frame


@dataclass(frozen=True)
class SweepDescription:
    """What the sweep's own run tells beside its runs; what an earlier version did not record is None or missing.

    `asked` is how many runs were asked for, `command` what was typed. `versions` are those of Python and the packages
    by their names; `commit` is that of the code, `changed` whether files differed from it.
    """

    study: str
    sweep: str
    part: str | None
    started: pd.Timestamp
    run: str
    asked: int | None
    question: str | None
    command: str | None
    versions: dict[str, str]
    commit: str | None
    changed: bool


def describe_sweep(sweep: str, *, uri: str | None = None) -> SweepDescription:
    """The sweep with this id; InputError if the store at `uri` has none, or can't be reached."""
    import pandas as pd

    source = open_source(uri)
    studies = source.studies()
    found = source.sweeps(list(studies), sweep) if studies else []
    if not found:
        raise InputError("sweep", sweep, "the store has no such sweep")
    (own,) = found
    tags = own.tags
    asked = tags.get(ASKED, "")
    return SweepDescription(
        study=studies[own.experiment_id],
        sweep=sweep,
        part=tags.get(PART),
        started=pd.Timestamp(own.started, unit="ms", tz="UTC"),
        run=own.run_id,
        asked=int(asked) if asked.isdecimal() else None,
        question=tags.get(QUESTION),
        command=tags.get(COMMAND),
        versions={key.removesuffix(_VERSION): tags[key] for key in sorted(tags) if key.endswith(_VERSION)},
        commit=tags.get(_COMMIT),
        changed=tags.get(_CHANGED) == "true",
    )


def chosen_sweep(sweeps: pd.DataFrame, study: str | None, sweep: str | None) -> str:
    """Of `load_sweeps(study)`, the id of the sweep that is asked for: `sweep`, or else the newest one that has runs.

    Raises InputError if there is none, or none with that id.
    """
    if sweep is not None and sweep not in set(sweeps["sweep"]):
        raise unknown_name("sweep", sweep, sweeps["sweep"].iloc[:-6:-1])
    chosen = sweep or newest_sweep(sweeps)
    if chosen is None and study is not None:
        raise InputError("study", study, f"has no sweep yet: type `chainrule sweep study={study}` first")
    if chosen is None:
        raise InputError("tracking.uri", sweeps.attrs["uri"], "holds no sweep yet: type `make sweep` first")
    return chosen


def newest_sweep(sweeps: pd.DataFrame) -> str | None:
    """Of some rows of `load_sweeps`, the id of the last sweep that has runs; None if none has."""
    newest_first = sweeps["sweep"].dropna().iloc[::-1]
    has_runs = (each for each in newest_first if not load_runs(sweep=each, uri=sweeps.attrs["uri"]).empty)
    return next(has_runs, None)
