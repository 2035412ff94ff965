"""Reads a SQLite store from its own tables: many runs at once, and without loading MLflow."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np

from chainrule.reading.client_source import ClientSource
from chainrule.reading.points import Points
from chainrule.reading.source import Identity, RunningRun, StoredRun, StoredSweep, identity
from chainrule.record.address import unusable
from chainrule.record.run_record import CONFIGURATION, FINGERPRINT, OUTCOME, PARENT, ROLE, SWEEP
from chainrule.record.sqlite_file import connect_to_read


class DatabaseSource:
    """See `chainrule.reading.source.Source`; for the schemas that `sqlite_file.is_known` only."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(connect_to_read(self._uri)) as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            raise unusable(self._uri, f"the database can't be read: {error}") from error

    def studies(self) -> dict[str, str]:
        query = "SELECT experiment_id, name FROM experiments WHERE lifecycle_stage = 'active'"
        with self._connect() as connection:
            return {str(number): name for number, name in connection.execute(query)}

    def runs(
        self, experiments: Sequence[str], sweep: str | None, where: str | None, ids: Sequence[str] = ()
    ) -> list[StoredRun]:
        if where is not None:  # a language of MLflow's own
            return ClientSource(self._uri).runs(experiments, sweep, where, ids)
        with self._connect() as connection:
            _choose(connection, experiments, sweep, ids)
            params, tags, metrics = (
                _by_run(connection.execute(f"SELECT {columns} FROM {table} JOIN chosen USING (run_uuid)"))
                for table, columns in (
                    ("params", "run_uuid, key, value"),
                    ("tags", "run_uuid, key, value"),
                    ("latest_metrics", "run_uuid, key, iif(is_nan, NULL, value)"),
                )
            )
            rows = connection.execute(
                "SELECT run_uuid, name, experiment_id, start_time, end_time FROM runs JOIN chosen USING (run_uuid)"
            )
            return [
                StoredRun(
                    run_id=run_id,
                    name=name,
                    experiment_id=str(experiment),
                    started=started,
                    ended=ended,
                    params=params[run_id],
                    metrics={k: math.nan if v is None else v for k, v in metrics[run_id].items()},
                    tags=tags[run_id],
                )
                for run_id, name, experiment, started, ended in rows
            ]

    def sweeps(self, experiments: Sequence[str], sweep: str | None = None) -> list[StoredSweep]:
        query = (
            "SELECT run_uuid, experiment_id, start_time, status FROM runs"
            f" WHERE experiment_id IN ({_marks(experiments)}) AND lifecycle_stage = 'active' AND {_TAGGED}"
        )
        values = [*map(int, experiments), ROLE, "sweep"]
        if sweep is not None:
            query, values = f"{query} AND {_TAGGED}", [*values, SWEEP, sweep]
        with self._connect() as connection:
            rows = connection.execute(f"{query} ORDER BY start_time, run_uuid", values).fetchall()
            return [
                StoredSweep(run_id, str(experiment), started, status, _tags(connection, run_id))
                for run_id, experiment, started, status in rows
            ]

    def identities(self, experiments: Sequence[str]) -> list[Identity]:
        keys = (CONFIGURATION, FINGERPRINT, OUTCOME)
        query = (
            "SELECT run_uuid, status, key, value FROM runs JOIN tags USING (run_uuid)"
            f" WHERE experiment_id IN ({_marks(experiments)}) AND lifecycle_stage = 'active' AND key IN (?, ?, ?)"
        )
        with self._connect() as connection:
            rows = connection.execute(query, [*map(int, experiments), *keys]).fetchall()
        tags = _by_run((run_id, key, value) for run_id, _, key, value in rows)
        status = {run_id: each for run_id, each, _, _ in rows}
        return [identity(run_id, own, status[run_id]) for run_id, own in tags.items()]

    def running(self) -> list[RunningRun]:
        query = (
            "SELECT run_uuid, runs.name, experiment_id, start_time FROM runs JOIN experiments USING (experiment_id)"
            " WHERE status = 'RUNNING' AND runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'"
        )
        with self._connect() as connection:
            rows = connection.execute(query).fetchall()
            tags = {row[0]: _tags(connection, row[0]) for row in rows}
            for parent in {own[PARENT] for own in tags.values() if PARENT in own} - tags.keys():
                tags[parent] = _tags(connection, parent)
        return [
            RunningRun(run_id, name, str(experiment), started, own, tags.get(own.get(PARENT, ""), {}))
            for run_id, name, experiment, started in rows
            if ROLE in (own := tags[run_id])
        ]

    def parents(self, ids: Sequence[str]) -> dict[str, str | None]:
        query = (
            "SELECT runs.run_uuid, tags.value FROM runs"
            " LEFT JOIN tags ON tags.run_uuid = runs.run_uuid AND tags.key = ? WHERE runs.run_uuid = ?"
        )
        with self._connect() as connection:
            found = [connection.execute(query, (PARENT, run_id)).fetchone() for run_id in ids]
        return dict(row for row in found if row is not None)

    @contextlib.contextmanager
    def artifact(self, run_id: str, name: str) -> Iterator[Path | None]:
        with self._connect() as connection:
            row = connection.execute("SELECT artifact_uri FROM runs WHERE run_uuid = ?", (run_id,)).fetchone()
        folder = urlsplit(row[0] if row else "")
        if folder.scheme in ("", "file"):
            file = Path(url2pathname(folder.path)) / name
            yield file if file.exists() else None
        else:  # kept in a cloud's storage, which MLflow knows how to ask
            with ClientSource(self._uri).artifact(run_id, name) as path:
                yield path

    def read_curves(self, points: Points) -> None:
        query = "SELECT step, value, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step, timestamp"
        with self._connect() as connection:
            for run_id in points.missing():
                keys = connection.execute("SELECT key FROM latest_metrics WHERE run_uuid = ?", (run_id,))
                for key in points.select([key for (key,) in keys]):
                    rows = np.array(connection.execute(query, (run_id, key)).fetchall(), np.float64).reshape(-1, 3)
                    values = np.where(rows[:, 2] == 1, np.nan, rows[:, 1])
                    points.add_curve(run_id, key, rows[:, 0].astype(np.int64), values)
                points.mark_read([run_id])


_TAGGED = "run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"


def _tags(connection: sqlite3.Connection, run_id: str) -> dict[str, str]:
    return dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run_id,)).fetchall())


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _choose(connection: sqlite3.Connection, experiments: Sequence[str], sweep: str | None, ids: Sequence[str]) -> None:
    """Fill the temporary table `chosen` with the ids of the runs that are wanted."""
    connection.execute("CREATE TEMP TABLE named (run_uuid TEXT PRIMARY KEY)")
    connection.executemany("INSERT INTO named VALUES (?)", [(run_id,) for run_id in ids])
    condition = (
        f"lifecycle_stage = 'active' AND status != 'RUNNING' AND experiment_id IN ({_marks(experiments)}) AND {_TAGGED}"
    )
    values = [*map(int, experiments), ROLE, "run"]
    if sweep is not None:
        condition = f"{condition} AND ({_TAGGED} OR run_uuid IN (SELECT run_uuid FROM named))"
        values = [*values, SWEEP, sweep]
    connection.execute(f"CREATE TEMP TABLE chosen AS SELECT run_uuid FROM runs WHERE {condition}", values)


def _by_run(rows: Iterable[tuple[str, str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for run_id, key, value in rows:
        found[run_id][key] = value
    return found
