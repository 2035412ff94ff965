"""The process that records, asked directly."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from chainrule.sweep.scribe import Scribe, _portable

from chainrule.errors import InputError
from chainrule.reading.runs import load_runs
from chainrule.record.address import database_file
from chainrule.record.store import open_store
from chainrule.study import Study
from record_examples import run_record

STUDY = Study("rates", "Which rate?")
PARAMS = {"learning_rate": "0.1, 1", "init": "zeros"}


@pytest.fixture
def uri(empty_store: str) -> str:
    return empty_store


@pytest.fixture
def scribe() -> Iterator[Scribe]:
    scribe = Scribe()
    yield scribe
    scribe.stop()


def status(uri: str, run_id: str) -> str:
    return str(open_store(uri).client.get_run(run_id).info.status)


def test_what_it_is_asked_to_record_is_in_the_store(scribe: Scribe, uri: str) -> None:
    parent = scribe.open(uri, STUDY, PARAMS, ("learning_rate",))()
    records = [run_record(seed, sweep=parent.places["chainrule.sweep"]) for seed in range(3)]
    ids = [*scribe.ask("add", records[:2]), *scribe.ask("add", records[2:])]
    assert status(uri, parent.run_id) == "RUNNING"
    assert scribe.ask("complete")["run"].tolist() == load_runs(uri=uri)["run"].tolist()
    scribe.close("FINISHED", None)
    assert status(uri, parent.run_id) == "FINISHED"
    runs = load_runs(uri=uri).set_index("run")
    assert sorted(ids) == sorted(runs.index)
    assert [runs.loc[run, "name"] for run in ids] == [record.name for record in records]


def test_what_goes_wrong_there_is_raised_here(scribe: Scribe, tmp_path: Path, uri: str) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    with pytest.raises(InputError, match=r"tracking\.uri=.*no usable SQLite database"):
        scribe.open(f"sqlite:///{tmp_path}/mlflow.db", STUDY, PARAMS, ())()
    scribe.open(uri, STUDY, PARAMS, ())()  # it is ready for another try
    with pytest.raises(AttributeError):
        scribe.ask("add", ["not a record"])
    assert len(scribe.ask("add", [run_record()])) == 1


def test_a_store_that_fails_is_named_and_left_as_it_was(scribe: Scribe, uri: str) -> None:
    scribe.open(uri, STUDY, PARAMS, ())()
    file = database_file(uri)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE metrics RENAME TO elsewhere")
        with pytest.raises(InputError, match=r"^tracking\.uri=sqlite:.* the store failed: .*no such table: metrics$"):
            scribe.ask("add", [run_record()])
        database.execute("ALTER TABLE elsewhere RENAME TO metrics")
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)  # the parent alone
    assert len(scribe.ask("add", [run_record()])) == 1


def test_one_that_is_left_open_is_killed(uri: str) -> None:
    scribe = Scribe()
    first = scribe.open(uri, STUDY, PARAMS, ())()
    scribe.ask("add", [run_record()])
    second = scribe.open(uri, STUDY, PARAMS, ())()
    assert [status(uri, each.run_id) for each in (first, second)] == ["KILLED", "RUNNING"]
    scribe.stop()
    assert status(uri, second.run_id) == "KILLED"


def test_it_sees_the_environment_of_the_moment(scribe: Scribe, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    parent = scribe.open(uri, STUDY, PARAMS, ())()
    assert open_store(uri).client.get_run(parent.run_id).data.tags["mlflow.user"] == "grace"


def test_its_death_is_told(uri: str) -> None:
    scribe = Scribe()
    scribe.open(uri, STUDY, PARAMS, ())()
    os.kill(scribe._process.pid, 9)
    with pytest.raises(RuntimeError, match="the process that records ended, with code -9"):
        scribe.ask("add", [run_record()])
    scribe.stop()


class UnpicklableError(Exception):
    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{why} ({code})")


def test_an_error_that_cant_be_pickled_is_told_in_words() -> None:
    told = _portable(UnpicklableError(5, "disk full"))
    assert type(told) is RuntimeError
    assert "disk full (5)" in str(told)
    known = InputError("study", "x", "no")
    assert _portable(known) is known


def test_an_answer_nobody_read_is_not_taken_for_the_next(scribe: Scribe, uri: str) -> None:
    scribe.open(uri, STUDY, PARAMS, ())  # and then, say, Ctrl-C
    parent = scribe.open(uri, STUDY, PARAMS, ("init",))()
    assert parent.swept == ("init",)
    assert len(scribe.ask("add", [run_record()])) == 1
