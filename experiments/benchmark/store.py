"""Writing curves into SQLite, and reading a sweep back, beside MLflow's own calls and SQLite itself."""

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

from chainrule.reading.curves import load_curves
from chainrule.reading.runs import load_runs
from chainrule.record import tracker
from chainrule.record.client_writer import ClientWriter
from chainrule.record.metrics import is_scalar
from chainrule.record.run_record import RunRecord
from chainrule.record.store import Store, open_store
from chainrule.sweep.execute import train
from chainrule.sweep.plan import make_plan
from chainrule.sweep.run_records import dataset_record, run_records
from experiments.benchmark.pipeline import store_in, sweep
from experiments.benchmark.rows import Row
from experiments.benchmark.timing import seconds, take_turns
from experiments.benchmark.workloads import Scale

_STACKS = 6
_CACHE = "PRAGMA cache_size = -65536"  # KiB; the bulk writer's too
_INSERT = "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"


def measure_writing(scale: Scale) -> list[Row]:
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
        replace(row, peer="MLflow's log_batch", peer_rounds=taken["log_batch"]).at_least(90_000),
        replace(row, peer="raw sqlite3, the floor", peer_rounds=taken["floor"]),
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
    """Some stacks of `moons_1000`, as the sweep hands them to the writer."""
    settings = scale.moons.settings()
    results = [result for stack in make_plan(settings, workers=1)[:_STACKS] for result in train(stack)]
    swept, dataset = tuple(scale.moons.swept), dataset_record(settings[0].dataset)
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


def measure_reading(scale: Scale) -> list[Row]:
    """Rows for the runs and for the curves of `moons_1000`; MLflow's curves are those of a sample, scaled up to all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sweep(scale.moons, folder)
        uri = store_in(folder)
        client = tracker.client(uri)
        experiment = client.get_experiment_by_name("adhoc").experiment_id  # type: ignore[union-attr]  # just written
        runs = load_runs(uri=uri)
        curves = load_curves(runs)

        def search_runs() -> float:
            return seconds(lambda: client.search_runs([experiment], max_results=len(runs) + 1))

        def metric_histories() -> float:
            sample = [client.get_run(run_id) for run_id in runs["run"][: scale.sample]]

            def read() -> None:
                for run in sample:
                    for key in run.data.metrics:
                        if not is_scalar(key):
                            client.get_metric_history(run.info.run_id, key)

            return seconds(read) * len(runs) / len(sample)

        taken = take_turns(
            {
                "load_runs": lambda: seconds(lambda: load_runs(uri=uri)),
                "search_runs": search_runs,
                "load_curves": lambda: seconds(lambda: load_curves(runs)),
                "histories": metric_histories,
            },
            scale.rounds,
        )
    of_runs = Row("reading", f"load_runs, {len(runs):,} runs", "s", taken["load_runs"])
    of_curves = Row("reading", f"load_curves, {len(curves):,} points", "s", taken["load_curves"])
    return [
        replace(of_runs, peer="MlflowClient.search_runs", peer_rounds=taken["search_runs"]).at_most(2.0),
        replace(of_curves, peer="get_metric_history", peer_rounds=taken["histories"]).at_most(2.0),
    ]
