"""Both writers leave the same: compared row by row, and as MLflow's client sees it."""

import contextlib
import dataclasses
import math
import sqlite3
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import IntegrityError

from chainrule.record import database_writer
from chainrule.record.client_writer import ClientWriter
from chainrule.record.database_writer import DatabaseWriter, open_engine
from chainrule.record.run_record import RunRecord
from chainrule.record.sqlite_file import connect_to_read
from chainrule.record.store import Store
from random_cases import cases
from record_examples import CURVES, MOONS, run_record

TABLES = {
    "runs": "name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, deleted_time,"
    " source_version, lifecycle_stage, experiment_id, replace(artifact_uri, run_uuid, 'ID')",
    "tags": "key, value",
    "params": "key, value",
    "metrics": "key, value, timestamp, step, is_nan",
    "latest_metrics": "key, value, timestamp, step, is_nan",
}
INPUTS = """
    SELECT source_type, destination_type, inputs.step, input_tags.name, input_tags.value, datasets.*
    FROM inputs JOIN datasets ON source_id = dataset_uuid JOIN input_tags USING (input_uuid)
    WHERE destination_id = ?
"""


def stored_rows(store: Store, run_id: str) -> dict[str, list[Any]]:
    with contextlib.closing(connect_to_read(store.uri)) as connection:
        found = {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table} WHERE run_uuid = ?", (run_id,)))
            for table, columns in TABLES.items()
        }
        return {**found, "inputs": connection.execute(INPUTS, (run_id,)).fetchall()}


def seen_by_mlflow(store: Store, run_id: str) -> dict[str, Any]:
    run = store.client.get_run(run_id)
    histories = {
        key: [
            (point.step, repr(point.value), point.timestamp) for point in store.client.get_metric_history(run_id, key)
        ]
        for key in run.data.metrics
    }
    return {
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {key: repr(value) for key, value in run.data.metrics.items()},
        "histories": histories,
        "inputs": [found.to_dictionary() for found in run.inputs.dataset_inputs],
        "status": (run.info.status, run.info.start_time, run.info.end_time, run.info.lifecycle_stage),
        "who": (run.info.user_id, run.info.run_name, run.info.experiment_id),
        "artifacts": run.info.artifact_uri.replace(run_id, "ID"),
    }


@st.composite
def records(draw: st.DrawFn) -> RunRecord:
    epochs = np.array(sorted(draw(st.sets(st.integers(0, 10_000), min_size=1, max_size=6))))
    metrics = tuple(draw(st.lists(st.sampled_from(CURVES), unique=True, max_size=3)))
    values = draw(arrays.arrays(np.float64, (len(epochs), len(metrics)), elements=st.floats(width=64)))
    text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
    started = draw(st.floats(1e9, 2e9))
    return dataclasses.replace(
        run_record(),
        params=draw(st.dictionaries(st.sampled_from(["init", "init.scale", "hidden"]), text)),
        tags={"chainrule.outcome": draw(text)},
        metrics=metrics,
        epochs=epochs,
        values=values,
        scalars={"gradient_check": (int(epochs[0]), draw(st.floats()))},
        started=started,
        ended=started + draw(st.floats(0, 1000)),
        status=draw(st.sampled_from(["FINISHED", "FAILED"])),
        dataset=dataclasses.replace(MOONS, digest=draw(st.sampled_from(["a", "b"]))),
    )


@settings(max_examples=cases(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(record=records(), with_parent=st.booleans())
def test_both_writers_leave_the_same(store: Store, record: RunRecord, with_parent: bool) -> None:
    experiment = store.experiment("twice")
    parent = store.start_parent(experiment, "sweep", {}, {}) if with_parent else None
    assert isinstance(store.writer, DatabaseWriter)
    (bulk,) = store.writer.write(experiment, parent, [record])
    (single,) = ClientWriter(store.client, 1).write(experiment, parent, [record])
    assert stored_rows(store, bulk) == stored_rows(store, single)
    assert seen_by_mlflow(store, bulk) == seen_by_mlflow(store, single)


def test_more_points_than_one_call_takes(store: Store) -> None:
    record = run_record()
    long = dataclasses.replace(
        record,
        params={f"key{i}": str(i) for i in range(450)},  # more calls for the params than for the points
        epochs=np.arange(400),
        values=np.random.default_rng(0).normal(size=(400, 6)),
    )
    experiment = store.experiment("long")
    (bulk,) = store.write(experiment, None, [long])
    (single,) = ClientWriter(store.client, 1).write(experiment, None, [long])
    assert stored_rows(store, bulk) == stored_rows(store, single)
    assert len(stored_rows(store, bulk)["metrics"]) == 400 * 6 + 2
    assert len(stored_rows(store, bulk)["params"]) == 450


def test_ids_come_in_the_order_of_the_records(store: Store) -> None:
    experiment = store.experiment("several")
    for writer in (store.writer, ClientWriter(store.client, 3)):
        ids = writer.write(experiment, None, [run_record(seed) for seed in range(4)])
        assert [store.client.get_run(run_id).info.run_name for run_id in ids] == [f"run {seed}" for seed in range(4)]


def test_the_last_value_of_a_diverged_run_is_nan_not_the_largest_number(store: Store) -> None:
    (run_id,) = store.write(store.experiment("diverged"), None, [run_record(diverged=True)])
    assert math.isnan(store.client.get_run(run_id).data.metrics["cost/train"])
    values = [point.value for point in store.client.get_metric_history(run_id, "cost/train")]
    assert [math.isnan(value) for value in values] == [False, False, False, True, True]


def test_a_bulk_write_stores_all_its_runs_or_none(store: Store) -> None:
    experiment = store.experiment("half")
    twice_the_same_curve = dataclasses.replace(run_record(1), metrics=("cost/train",) * 6, values=np.zeros((5, 6)))
    with pytest.raises(IntegrityError):
        store.write(experiment, None, [run_record(0), twice_the_same_curve])
    assert store.client.search_runs([experiment]) == []


def test_a_run_names_its_data_and_what_they_were_for(store: Store) -> None:
    (run_id,) = store.write(store.experiment("data"), None, [run_record()])
    (found,) = store.client.get_run(run_id).inputs.dataset_inputs
    assert found.to_dictionary() == {
        "dataset": {**dataclasses.asdict(MOONS), "source_type": "chainrule"},
        "tags": {"mlflow.data.context": "training"},
    }


def test_a_dataset_is_stored_once_an_experiment(store: Store) -> None:
    experiments = [store.experiment(name) for name in ("first", "second")]
    for experiment in experiments:
        for seed in range(3):
            store.write(experiment, None, [run_record(seed)])
    with contextlib.closing(sqlite3.connect(store.uri.removeprefix("sqlite:///"))) as connection:
        found = connection.execute("SELECT experiment_id FROM datasets ORDER BY experiment_id").fetchall()
    assert [str(number) for (number,) in found] == experiments


def test_another_writer_stores_the_dataset_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, log_inputs, calls = store.experiment("race"), store.client.log_inputs, []

    def lose_the_race(run_id: str, datasets: list[Any]) -> None:
        calls.append(run_id)
        if len(calls) == 1:
            store.write(experiment, None, [run_record(0)])
            raise MlflowException("UNIQUE constraint failed: datasets.experiment_id, datasets.name, datasets.digest")
        log_inputs(run_id, datasets)

    monkeypatch.setattr(store.client, "log_inputs", lose_the_race)
    (run_id,) = ClientWriter(store.client, 1).write(experiment, None, [run_record(1)])
    assert [found.dataset.digest for found in store.client.get_run(run_id).inputs.dataset_inputs] == [MOONS.digest]


def test_ids_begin_with_the_time_so_that_they_grow(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for millisecond in (1_700_000_000_000, 1_700_000_000_001):
        monkeypatch.setattr(database_writer.time, "time_ns", lambda now=millisecond: now * 1_000_000 + 999_999)
        ids = store.write(store.experiment("clock"), None, [run_record(0), run_record(1)])
        monkeypatch.undo()
        assert [(len(run_id), int(run_id[:12], 16)) for run_id in ids] == [(32, millisecond)] * 2
        assert ids == sorted(set(ids))


def test_a_transaction_has_the_write_lock_from_its_start(store: Store) -> None:
    """One that asked for it later would be refused, not queued, when another process got there first."""
    file = store.uri.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        with open_engine(store.uri).begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_no_records_no_runs(store: Store) -> None:
    assert store.write(store.experiment("none"), None, []) == []
