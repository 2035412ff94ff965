"""Recorded sweeps as a table, the same from the database's tables and through MLflow's client."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from chainrule.errors import InputError
from chainrule.reading.client_source import ClientSource
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.sweeps import chosen_sweep, describe_sweep, load_sweeps, newest_sweep
from chainrule.record.run_record import ASKED, COMMAND, PART, QUESTION, SWEEP
from chainrule.record.store import Store
from record_examples import run_record


@pytest.fixture
def recorded(store: Store) -> tuple[Store, list[str]]:
    """Three sweeps of one study, the last without runs, and one of another that is still open; their own runs' ids."""
    ids = []
    for study, sweep, runs, status, tags in [
        ("rates", "s1", 2, "FINISHED", {ASKED: "2"}),
        ("rates", "s2", 1, "KILLED", {ASKED: "7", PART: "wide"}),
        ("rates", "s3", 0, "FAILED", {ASKED: "odd"}),
        ("depth", "s4", 1, None, {}),
    ]:
        experiment = store.experiment(study)
        ids.append(store.start_parent(experiment, "sweep", {}, {SWEEP: sweep, **tags}))
        for seed in range(runs):
            record = run_record(seed)
            store.write(experiment, ids[-1], [dataclasses.replace(record, tags={**record.tags, SWEEP: sweep})])
        if status:
            store.finish(ids[-1], status, {})
    return store, ids


def test_one_row_a_sweep(recorded: tuple[Store, list[str]]) -> None:
    store, ids = recorded
    sweeps = load_sweeps(uri=store.uri)
    assert sweeps["run"].tolist() == ids
    assert sweeps["sweep"].tolist() == ["s1", "s2", "s3", "s4"]
    assert sweeps["study"].tolist() == ["rates", "rates", "rates", "depth"]
    assert sweeps["status"].tolist() == ["FINISHED", "KILLED", "FAILED", "RUNNING"]
    assert sweeps["asked"].tolist() == [2, 7, pd.NA, pd.NA]
    assert sweeps["part"].dropna().to_dict() == {1: "wide"}
    assert sweeps["started"].is_monotonic_increasing
    assert load_sweeps("depth", uri=store.uri)["sweep"].tolist() == ["s4"]
    with pytest.raises(InputError, match=r"^study=dept: did you mean depth"):
        load_sweeps("dept", uri=store.uri)


def test_the_newest_one_with_runs(recorded: tuple[Store, list[str]]) -> None:
    sweeps = load_sweeps("rates", uri=recorded[0].uri)
    assert newest_sweep(sweeps) == "s2"
    assert newest_sweep(sweeps[sweeps["status"] == "FAILED"]) is None


def test_the_client_reads_the_same(recorded: tuple[Store, list[str]]) -> None:
    store, _ = recorded
    experiments = list(DatabaseSource(store.uri).studies())
    for sweep in (None, "s2", "absent"):
        tables = DatabaseSource(store.uri).sweeps(experiments, sweep)
        assert tables == ClientSource(store.uri).sweeps(experiments, sweep)
        assert len(tables) == {None: 4, "s2": 1, "absent": 0}[sweep]


def test_a_store_nobody_has_recorded_to(tmp_path) -> None:
    sweeps = load_sweeps(uri=f"sqlite:///{tmp_path}/none.db")
    assert sweeps.empty
    assert sweeps.columns.tolist() == ["sweep", "study", "part", "status", "asked", "started", "run"]
    assert newest_sweep(sweeps) is None


def test_a_sweep_tells_its_question_and_the_code_behind_it(store: Store) -> None:
    code = {"numpy.version": "2.4", "python.version": "3.13", "mlflow.source.git.commit": "0a1b"}
    asked = {SWEEP: "s1", QUESTION: "Which?", COMMAND: "chainrule sweep seed=1,2", ASKED: "2", PART: "wide"}
    experiment = store.experiment("rates")
    run = store.start_parent(experiment, "sweep", {}, {**asked, **code, "chainrule.git.changed": "true"})
    store.start_parent(experiment, "sweep", {}, {SWEEP: "s0"})
    told = describe_sweep("s1", uri=store.uri)
    assert (told.study, told.part, told.run, told.asked) == ("rates", "wide", run, 2)
    assert (told.question, told.command) == ("Which?", "chainrule sweep seed=1,2")
    assert told.versions == {"numpy": "2.4", "python": "3.13"}
    assert (told.commit, told.changed) == ("0a1b", True)
    bare = describe_sweep("s0", uri=store.uri)
    assert (bare.part, bare.asked, bare.question, bare.command, bare.commit) == (None,) * 5
    assert (bare.versions, bare.changed) == ({}, False)
    with pytest.raises(InputError, match="sweep=s9: the store has no such sweep"):
        describe_sweep("s9", uri=store.uri)


def test_the_newest_sweep_with_runs_is_the_one_meant(recorded: tuple[Store, list[str]]) -> None:
    sweeps = load_sweeps("rates", uri=recorded[0].uri)
    assert chosen_sweep(sweeps, "rates", None) == "s2"
    assert chosen_sweep(sweeps, "rates", "s1") == "s1"
    with pytest.raises(InputError, match="sweep=s7: allowed: s3, s2, s1"):
        chosen_sweep(sweeps, "rates", "s7")
    with pytest.raises(InputError, match="study=rates: has no sweep yet"):
        chosen_sweep(sweeps.iloc[2:], "rates", None)
