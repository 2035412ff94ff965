"""The runs and sweeps of a store, as far as its checks need them: from a database's tables, or through MLflow."""

from __future__ import annotations

import contextlib
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from chainrule.reading.client_source import ClientSource
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.points import Points
from chainrule.reading.source import Source
from chainrule.record import tracker
from chainrule.record.metrics import is_scalar, metric_dictionary
from chainrule.record.run_record import (
    DIVERGED_AT,
    FILES,
    FINGERPRINT,
    OUTCOME,
    PARAMETERS_LOST,
    PARENT,
    PROCESS,
    ROLE,
    SWEEP,
)
from chainrule.record.sqlite_file import connect_to_read

_TAGS = (DIVERGED_AT, FILES, FINGERPRINT, OUTCOME, PARAMETERS_LOST, PARENT, PROCESS, ROLE, SWEEP)
_PARAMS = ("epochs", "record.curves", "record.parameters")
_COST = "cost/train"


class Recorded(NamedTuple):
    """A run, or a sweep's own, that chainrule recorded and that is not in the trash; times in ms since 1970."""

    run_id: str
    name: str
    experiment_id: str
    study: str
    status: str
    started: int
    artifacts: str  # where they are kept, a URI
    tags: dict[str, str]
    params: dict[str, str]

    @property
    def is_sweep(self) -> bool:
        """Whether it stands for a whole sweep."""
        return self.tags[ROLE] == "sweep"

    @property
    def parent(self) -> str | None:
        """The id of the sweep's own run above it."""
        return self.tags.get(PARENT)

    def label(self) -> str:
        """What a person finds it by."""
        own = self.tags.get(SWEEP, self.run_id) if self.is_sweep else f"{self.run_id}, {self.name}"
        return f"{own} ({self.study})"


class Extent(NamedTuple):
    """How far a run's curves reach: the last epoch of the shortest, and the points some have and others lack."""

    last: int
    missing: int


class Reader(Protocol):
    """One way to look at a store; both give the same, as far as they see it."""

    source: Source

    def recorded(self) -> list[Recorded]:
        """All that chainrule recorded, the oldest first."""

    def extents(self, runs: Sequence[Recorded]) -> dict[str, Extent]:
        """Of those of the runs that have curves."""

    def files(self, run: Recorded) -> set[str] | None:
        """The names of its artifacts; None if they can't be seen from here."""

    def local_path(self, run: Recorded, name: str) -> Path | None:
        """Its artifact, file or folder, if it is on this machine."""


class DatabaseReader:
    """Reads a SQLite store from its tables, for the schemas that `sqlite_file.is_known` only."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self.source: Source = DatabaseSource(uri)

    def recorded(self) -> list[Recorded]:
        runs = (
            "SELECT run_uuid, runs.name, experiment_id, experiments.name, status, start_time, artifact_uri FROM runs"
            " JOIN experiments USING (experiment_id)"
            " WHERE runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'"
            " ORDER BY start_time, run_uuid"
        )
        with self._connect() as connection:
            rows = connection.execute(runs).fetchall()
            tags, params = (
                _by_run(connection.execute(f"SELECT run_uuid, key, value FROM {table} WHERE key IN {keys}"))
                for table, keys in (("tags", _TAGS), ("params", _PARAMS))
            )
        return [
            Recorded(run_id, name or "", str(number), study, status, start or 0, folder or "", own, params[run_id])
            for run_id, name, number, study, status, start, folder in rows
            if (own := tags[run_id]).get(ROLE) in ("run", "sweep")
        ]

    def extents(self, runs: Sequence[Recorded]) -> dict[str, Extent]:
        query = "SELECT run_uuid, key, count(*), max(step) FROM metrics GROUP BY run_uuid, key"
        distinct = "SELECT key, count(DISTINCT step) FROM metrics WHERE run_uuid = ? GROUP BY key"
        wanted = {run.run_id for run in runs}
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        ends: dict[str, int] = {}
        found = {}
        with self._connect() as connection:
            for run_id, key, number, last in connection.execute(query):
                if run_id in wanted and _is_curve(key):
                    counts[run_id][key] = number
                    ends[run_id] = min(last, ends.get(run_id, last))
            for run_id, held in counts.items():
                if len(set(held.values())) > 1:  # unless somebody has logged an epoch twice
                    own = dict(connection.execute(distinct, (run_id,)).fetchall())
                    held.update({key: own[key] for key in held})
                most = max(held.values())
                found[run_id] = Extent(ends[run_id], sum(most - number for number in held.values()))
        return found

    def files(self, run: Recorded) -> set[str] | None:
        folder = local_folder(run.artifacts)
        if folder is None:
            return None
        return {file.name for file in folder.iterdir()} if folder.is_dir() else set()

    def local_path(self, run: Recorded, name: str) -> Path | None:
        folder = local_folder(run.artifacts)
        return folder / name if folder and (folder / name).exists() else None

    @contextlib.contextmanager
    def _connect(self) -> Iterator[Any]:
        with contextlib.closing(connect_to_read(self._uri)) as connection:
            yield connection


class ClientReader:
    """Reads any store through MLflow's client: of a run's curves the cost alone, and artifacts by name."""

    def __init__(self, uri: str) -> None:
        self._client: Any = tracker.client(uri)
        self.source: Source = ClientSource(uri)

    def recorded(self) -> list[Recorded]:
        studies = self.source.studies()
        found = [
            Recorded(
                run.info.run_id,
                run.info.run_name or "",
                run.info.experiment_id,
                studies[run.info.experiment_id],
                run.info.status,
                run.info.start_time or 0,
                run.info.artifact_uri or "",
                {key: value for key, value in run.data.tags.items() if key in _TAGS},
                {key: value for key, value in run.data.params.items() if key in _PARAMS},
            )
            for role in ("sweep", "run")
            for run in self._search(list(studies), f"tags.`{ROLE}` = '{role}'")
        ]
        return sorted(found, key=lambda run: (run.started, run.run_id))

    def _search(self, experiments: list[str], condition: str) -> Iterator[Any]:
        token: str | None = None
        while experiments:
            page = self._client.search_runs(experiments, condition, max_results=1000, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def extents(self, runs: Sequence[Recorded]) -> dict[str, Extent]:
        points = Points([run.run_id for run in runs], [_COST])
        self.source.read_curves(points)
        if _COST not in points.known:
            return {}
        last = points.frame([_COST]).groupby("run", observed=True)["epoch"].max()
        return {str(run): Extent(int(epoch), 0) for run, epoch in last.items()}

    def files(self, run: Recorded) -> set[str] | None:
        return {file.path for file in self._client.list_artifacts(run.run_id)}

    def local_path(self, run: Recorded, name: str) -> Path | None:
        return None


def local_folder(uri: str) -> Path | None:
    """The folder of this machine that a URI of artifacts names; None for a cloud's storage."""
    parts = urlsplit(uri)
    return Path(url2pathname(parts.path)) if parts.scheme in ("", "file") and parts.path else None


@functools.cache
def _is_curve(key: str) -> bool:
    """Whether the program records it, as a curve: another client may have logged more."""
    pattern = re.sub(r"layer_\d+$", "layer_N", key)
    return not is_scalar(key) and any(metric.key == pattern for metric in metric_dictionary())


def _by_run(rows: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for run_id, key, value in rows:
        found[run_id][key] = value
    return found
