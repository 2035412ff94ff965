"""Stores that hold what this version never records: older versions' runs, runs by hand, files cut off."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chainrule import cli
from chainrule.errors import InputError
from chainrule.reading.client_source import ClientSource
from chainrule.reading.curves import load_curves
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.parameters import load_parameters
from chainrule.reading.runs import load_runs, typed_column
from chainrule.record.address import database_file
from chainrule.record.parquet_files import CURVES_FILE, PARAMETERS_FILE
from chainrule.record.run_record import RunRecord
from chainrule.record.store import Store
from record_examples import config, run_record, write_curves

BEYOND = "99999999999999999999"  # no 64-bit integer


def with_param(record: RunRecord, key: str, text: str) -> RunRecord:
    return dataclasses.replace(record, params={**record.params, key: text})


def record_sweep(store: Store, *records: RunRecord) -> list[str]:
    """Runs of one sweep, oldest first."""
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": "s1"})
    ids = store.write(experiment, parent, records)
    store.finish(parent, "FINISHED", {})
    return ids


def both_ways(store: Store, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """`load_runs` as either source gives it."""
    frames = []
    for source in (ClientSource, DatabaseSource):
        monkeypatch.setattr("chainrule.reading.runs.open_source", source)
        frames.append(load_runs(uri=store.uri))
    monkeypatch.undo()
    pd.testing.assert_frame_equal(*frames)
    return frames[0]


@pytest.mark.parametrize(
    ("texts", "dtype", "values"),
    [
        ([BEYOND, "50"], "str", [BEYOND, "50"]),
        ([BEYOND, "0.5", None], "str", [BEYOND, "0.5", float("nan")]),
        ([str(2**63 - 1), str(-(2**63))], "int64", [2**63 - 1, -(2**63)]),
        (["9" * 5000, "1"], "str", ["9" * 5000, "1"]),
        (["[" * 5000, "1"], "str", ["[" * 5000, "1"]),
        (['{"a": 1}', "1"], "str", ['{"a": 1}', "1"]),
    ],
)
def test_what_has_no_type_is_text(texts: list[str | None], dtype: str, values: list[object]) -> None:
    pd.testing.assert_series_equal(typed_column(texts), pd.Series(values, dtype=dtype))


def test_a_number_beyond_64_bits_does_not_hide_the_other_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = record_sweep(store, *(with_param(run_record(seed), "record.points", BEYOND) for seed in range(2)))
    later = store.write(store.experiment("rates"), None, [with_param(run_record(2), "record.points", "50")])
    frame = both_ways(store, monkeypatch)
    assert frame["run"].tolist() == ids + later
    assert frame["record.points"].tolist() == [BEYOND, BEYOND, "50"]
    assert frame["learning_rate"].tolist() == [config(seed)["learning_rate"] for seed in range(3)]
    assert len(load_curves(frame)) == 3 * 5 * 6
    assert compared(store, capsys) == ""


def compared(store: Store, capsys: pytest.CaptureFixture[str]) -> str:
    """What `chainrule compare` complains of."""
    picture = database_file(store.uri).with_name("compared.png")
    assert cli.main(["compare", "--uri", store.uri, "--picture", str(picture)]) == 0
    return capsys.readouterr().err


@pytest.mark.parametrize("text", ['{"dataset": {"name": "mo', "", "null", "[]", "3"])
def test_a_configuration_that_is_no_json_costs_the_order_at_most(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    first = run_record(0)
    broken = dataclasses.replace(first, tags={**first.tags, "chainrule.config": text})
    record_sweep(store, broken, run_record(1))
    frame = both_ways(store, monkeypatch)
    settings = ["learning_rate", "seed", "hidden", "init", "init.scale", "batch_size", "train_biases"]
    assert frame.columns[1:8].tolist() == settings  # the second run tells the order
    assert compared(store, capsys) == ""


def test_odd_tags_are_missing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"chainrule.swept": '["learning_rate", 3', "chainrule.diverged_at": "late"}
    record = dataclasses.replace(run_record(0), tags={**run_record(0).tags, **odd})
    record_sweep(store, record, run_record(1, diverged=True))
    frame = both_ways(store, monkeypatch)
    assert frame["diverged_at"].tolist() == [pd.NA, 7]
    assert frame.columns[1:3].tolist() == ["learning_rate", "seed"]


def test_a_run_logged_by_hand_is_read_with_what_it_has(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand = store.client.create_run(
        store.experiment("rates"), start_time=1, tags={"chainrule.role": "run", "chainrule.sweep": "s1"}
    ).info.run_id
    store.client.log_param(by_hand, "learning_rate", "about 0.1")
    store.client.log_param(by_hand, "mine", "1")
    for time, (step, value) in enumerate(((3, 0.5), (1, 0.25), (1, 0.75))):  # an epoch twice, and out of order
        store.client.log_metric(by_hand, "cost/train", value, timestamp=time, step=step)
    store.client.update_run(by_hand, status="SCHEDULED")  # so it has no end
    (whole,) = record_sweep(store, run_record(0))
    frame = both_ways(store, monkeypatch)
    assert frame["run"].tolist() == [by_hand, whole]
    assert frame["mine"].tolist() == [1, pd.NA]
    assert frame["outcome"].isna().tolist() == [True, False]
    assert frame["seconds"].tolist() == pytest.approx([np.nan, 3.25], nan_ok=True)
    for source in (ClientSource, DatabaseSource):
        monkeypatch.setattr("chainrule.reading.curves.open_source", source)
        curves = load_curves(frame, ["cost/train"])
        own = curves[curves["run"] == by_hand]
        assert own["epoch"].tolist() == [1, 3]
        assert own["value"].tolist() == [0.75, 0.5]  # the later point counts
    monkeypatch.undo()
    assert compared(store, capsys) == ""


def test_a_metric_whose_points_are_gone(store: Store) -> None:
    (run_id,) = record_sweep(store, run_record(0))
    with contextlib.closing(sqlite3.connect(database_file(store.uri))) as connection:
        connection.execute("DELETE FROM metrics WHERE key = 'cost/train'")
        connection.commit()
    curves = load_curves([run_id], uri=store.uri)
    assert curves.groupby("metric", observed=False).size()["cost/train"] == 0
    assert len(curves) == 5 * 5


def test_files_that_were_cut_off(store: Store) -> None:
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": "s1"})
    records = [run_record(0)]
    ids = store.write(experiment, parent, records)
    write_curves(store, parent, ids, records)
    whole = load_curves(load_runs(uri=store.uri))
    folder = Path(store.client.get_run(parent).info.artifact_uri.removeprefix("file://"))
    (folder / CURVES_FILE).write_bytes((folder / CURVES_FILE).read_bytes()[:-20])
    (folder / PARAMETERS_FILE).write_bytes(b"PAR1")
    pd.testing.assert_frame_equal(load_curves(load_runs(uri=store.uri)), whole)
    with pytest.raises(InputError, match=rf"^runs={parent}: its {PARAMETERS_FILE} is damaged"):
        load_parameters(load_runs(uri=store.uri))


def test_a_configuration_too_long_for_a_tag_is_read(store: Store) -> None:
    long = {**config(), "hidden": [8] * 4000}
    record = dataclasses.replace(run_record(0), tags={**run_record(0).tags, "chainrule.config": json.dumps(long)})
    record_sweep(store, record)
    assert load_runs(uri=store.uri).columns[1:4].tolist() == ["learning_rate", "seed", "hidden"]
