"""Writing curves into SQLite: bulk rows, MLflow's client, and as the floor SQLite itself, into the same tables."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chainrule.bench.composed import settings_of
from chainrule.bench.measuring import seconds, take_turns
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.record.client_writer import ClientWriter
from chainrule.record.run_record import RunRecord
from chainrule.record.store import Store, open_store
from chainrule.sweep.execute import train
from chainrule.sweep.plan import make_plan
from chainrule.sweep.run_records import dataset_record, run_records

_STACKS = 6
_CACHE = "PRAGMA cache_size = -65536"  # KiB; the bulk writer's too
_INSERT = "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"


def measure(scale: Scale) -> list[Row]:
    """Rows for the bulk writer beside `log_batch` and beside the floor, in curve points a second."""
    stacks = _trained_stacks(scale)
    few = stacks[0][: scale.sample]
    with tempfile.TemporaryDirectory() as folder:
        stores = _Stores(Path(folder))
        written, experiment = stores.new()
        for records in stacks:
            written.write(experiment, None, records)
        rows = _rows_by_stack(stores.newest, stacks)

        def bulk() -> float:
            store, experiment = stores.new()
            return _points(*stacks) / seconds(lambda: [store.write(experiment, None, stack) for stack in stacks])

        def log_batch() -> float:
            store, experiment = stores.new()
            writer = ClientWriter(store.client, workers=1)
            return _points(few) / seconds(lambda: writer.write(experiment, None, few))

        def floor() -> float:
            stores.new()
            return sum(map(len, rows)) / seconds(lambda: _insert(stores.newest, rows))

        taken = take_turns({"bulk": bulk, "log_batch": log_batch, "floor": floor}, scale.rounds)
    row = Row("writing", "curve points into SQLite", "points/s", taken["bulk"], more_is_better=True)
    return [
        replace(row, peer="MLflow's log_batch", theirs=taken["log_batch"]).at_least(90_000),
        replace(row, peer="raw sqlite3, the floor", theirs=taken["floor"]),
    ]


class _Stores:
    """New, empty stores, each in a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        self.experiment = open_store(f"sqlite:///{self._template}").experiment("bench")
        self._names = (folder / f"{number}.db" for number in itertools.count())
        self.newest = self._template

    def new(self) -> tuple[Store, str]:
        """A store, opened, and the id of its experiment."""
        self.newest = next(self._names)
        shutil.copy(self._template, self.newest)
        return open_store(f"sqlite:///{self.newest}"), self.experiment


def _trained_stacks(scale: Scale) -> list[list[RunRecord]]:
    """Some of W1's stacks, as the sweep hands them to the writer."""
    settings = settings_of(scale.W1)
    results = [result for stack in make_plan(settings, workers=1)[:_STACKS] for result in train(stack)]
    swept = tuple(scale.W1.swept)
    dataset = dataset_record(settings[0].dataset)
    return [
        run_records(result, [settings[position] for position in result.positions], dataset, swept, {})
        for result in results
    ]


def _points(*stacks: Sequence[RunRecord]) -> int:
    return sum(len(curve.values) for records in stacks for record in records for curve in record.curves())


def _rows_by_stack(file: Path, stacks: Sequence[Sequence[RunRecord]]) -> list[list[tuple[Any, ...]]]:
    """The points as rows of MLflow's table, in the order in which they were written."""
    query = "SELECT key, value, timestamp, step, is_nan, run_uuid FROM metrics ORDER BY rowid"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        rows = iter(connection.execute(query).fetchall())
    return [list(itertools.islice(rows, _points(records))) for records in stacks]


def _insert(file: Path, stacks: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(_CACHE)
        for rows in stacks:
            with connection:  # a transaction
                connection.executemany(_INSERT, rows)
