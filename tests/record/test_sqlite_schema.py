"""Databases in the state others leave them in: cut off by a kill, locked, of another program or another MLflow."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from chainrule import cli
from chainrule.errors import InputError
from chainrule.reading.runs import load_runs
from chainrule.record import address, sqlite_schema
from chainrule.record.address import database_file
from chainrule.record.sqlite_schema import read_schema
from chainrule.record.store import Store, open_store, store_errors
from record_examples import run_record

# So many changed pages that SQLite has to put some into the file before the commit.
WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
connection.execute("PRAGMA cache_size = 10")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE runs SET name = 'half'")
rows = (("cut off", "x" * 2000, f"{number:032x}") for number in range(2000))
connection.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", rows)
if sys.argv[2] == "WAL":
    connection.execute("COMMIT")
print("written", flush=True)
time.sleep(600)
"""


def kill_a_writer(file: Path, journal: str = "DELETE") -> None:
    command = [sys.executable, "-c", WRITER, str(file), journal]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "written\n"
        writer.send_signal(signal.SIGKILL)


@pytest.fixture
def recorded(store: Store) -> Store:
    store.write(store.experiment("rates"), None, [run_record(1)])
    store.client.search_experiments()
    return store


@pytest.fixture
def cut_off(recorded: Store) -> Path:
    """A store whose last transaction was killed before its commit."""
    file = database_file(recorded.uri)
    kill_a_writer(file)
    assert Path(f"{file}-journal").stat().st_size > 0
    with (
        contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),  # the journal is hot
    ):
        connection.execute("SELECT name FROM runs").fetchall()
    return file


def count_tags(file: Path) -> int:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return int(connection.execute("SELECT count(*) FROM tags WHERE key = 'cut off'").fetchone()[0])


@pytest.mark.parametrize("writing", [True, False])
def test_a_transaction_cut_off_by_a_kill_is_undone(cut_off: Path, writing: bool) -> None:
    assert address.check_reachable(f"sqlite:///{cut_off}", writing=writing)
    assert not Path(f"{cut_off}-journal").exists()
    assert count_tags(cut_off) == 0


def test_runs_are_read_after_a_kill(cut_off: Path) -> None:
    assert load_runs(uri=f"sqlite:///{cut_off}")["name"].tolist() == ["run 1"]


def test_a_run_is_recorded_after_a_kill(cut_off: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uri = f"sqlite:///{cut_off}"
    assert cli.main(["train", "epochs=2", f"tracking.uri={uri}"]) == 0
    assert capsys.readouterr().err == ""
    assert len(load_runs(uri=uri)) == 2
    assert count_tags(cut_off) == 0


def test_what_was_committed_to_a_write_ahead_log_is_read_after_a_kill(recorded: Store) -> None:
    file = database_file(recorded.uri)
    kill_a_writer(file, "WAL")
    assert Path(f"{file}-wal").exists()
    Path(f"{file}-shm").unlink()  # as after a power cut
    assert load_runs(uri=recorded.uri)["name"].tolist() == ["half"]
    assert count_tags(file) == 2000


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_schema, "BUSY_SECONDS", 0.3)


@contextlib.contextmanager
def locked(file: Path, kind: str) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute(f"BEGIN {kind}")
        yield connection


def test_a_locked_database_is_told_in_one_line(recorded: Store, impatient: None) -> None:
    with locked(database_file(recorded.uri), "EXCLUSIVE"):
        for use in (open_store, load_runs_of):
            with pytest.raises(InputError, match=r"another process has kept the database locked for 0.3 s") as caught:
                use(recorded.uri)
            assert "\n" not in str(caught.value)


def load_runs_of(uri: str) -> None:
    load_runs(uri=uri)


def test_reading_does_not_wait_for_a_writer(recorded: Store, impatient: None) -> None:
    with locked(database_file(recorded.uri), "IMMEDIATE"):
        assert len(load_runs(uri=recorded.uri)) == 1


def test_it_is_waited_for_a_lock_that_is_given_back(recorded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    with locked(database_file(recorded.uri), "EXCLUSIVE") as holder:

        def connect(*arguments: object, **options: object) -> sqlite3.Connection:
            asked.append(options["timeout"])
            if len(asked) == 3:
                holder.execute("ROLLBACK")
            return original(*arguments, **options)  # type: ignore[call-overload, no-any-return]

        original = sqlite3.connect
        monkeypatch.setattr(sqlite_schema, "_RETRY_SECONDS", 0.01)
        monkeypatch.setattr(sqlite3, "connect", connect)
        assert sqlite_schema.problem(database_file(recorded.uri), writing=True) is None
    assert len(asked) == 3


def test_mlflow_waits_as_long_as_the_bulk_writer(
    recorded: Store, impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    waits = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "busy_timeout" in statement:
            waits.append(statement)

    event.listen(Engine, "after_cursor_execute", note)
    try:
        with (
            locked(database_file(recorded.uri), "IMMEDIATE"),
            pytest.raises(InputError, match=r"the store failed: database is locked$"),
            store_errors(recorded.uri),
        ):
            recorded.start_parent(recorded.experiment("rates"), "sweep", {}, {})
    finally:
        event.remove(Engine, "after_cursor_execute", note)
    assert set(waits) == {"PRAGMA busy_timeout = 300"}  # ms; MLflow's own wait is 20 s, then it logs ninety lines
    assert caplog.text == ""


def make_database(file: Path, *statements: str) -> Path:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return file


REVISION = ("CREATE TABLE alembic_version (version_num VARCHAR(32))", "INSERT INTO alembic_version VALUES ('abc')")


@pytest.fixture(params=["program", "alembic", "alembic alone", "text", "older", "before alembic", "newer"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path, store: Store) -> tuple[Path, str]:
    """A file that holds something else, and what is told of it."""
    file = tmp_path / "own.db"
    if request.param == "program":
        return make_database(
            file, "CREATE TABLE songs (title)", "CREATE TABLE runs (x)"
        ), "another program's .*runs, songs"
    if request.param == "alembic":
        return make_database(file, "CREATE TABLE songs (title)", *REVISION), "another program's"
    if request.param == "alembic alone":
        return make_database(file, *REVISION), "another program's"
    if request.param == "text":
        file.write_text("A letter to somebody. " * 100)
        return file, "no usable SQLite database"
    file = database_file(store.uri)
    if request.param == "older":
        make_database(file, "UPDATE alembic_version SET version_num = 'a5b4c3d2e1f0'")
        return file, rf"of an older MLflow.*`mlflow db upgrade sqlite:///{file}`"
    if request.param == "before alembic":
        return make_database(file, "DROP TABLE alembic_version"), "of an older MLflow"
    make_database(file, "UPDATE alembic_version SET version_num = 'fedcba987654'")
    return file, "of a newer MLflow .*fedcba987654"


def test_what_is_no_store_is_told_and_left_as_it_is(
    foreign: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    file, why = foreign
    before, uri = file.read_bytes(), f"sqlite:///{file}"
    beside = sorted(os.listdir(file.parent))
    for use in (open_store, load_runs_of):
        with pytest.raises(InputError, match=why) as caught:
            use(uri)
        assert str(caught.value).startswith(f"tracking.uri={uri}: ")
        assert "\n" not in str(caught.value)
    assert cli.main(["train", "epochs=1", f"tracking.uri={uri}"]) == 2
    assert cli.main(["compare", "--uri", uri]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert file.read_bytes() == before
    assert sorted(os.listdir(file.parent)) == beside


def test_an_empty_file_becomes_a_store_when_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.touch()
    uri = f"sqlite:///{file}"
    assert len(load_runs(uri=uri)) == 0
    assert file.read_bytes() == b""
    assert open_store(uri).experiment("rates") == "1"
    assert read_schema(file).revision in sqlite_schema.KNOWN_REVISIONS


def test_a_damaged_page_is_told_in_one_line(recorded: Store) -> None:
    file = database_file(recorded.uri)
    with contextlib.closing(sqlite3.connect(file)) as connection:
        page, size = (
            connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()[0],
            connection.execute("PRAGMA page_size").fetchone()[0],
        )
    with file.open("rb+") as damaged:
        damaged.seek((page - 1) * size)
        damaged.write(b"\xff" * size)
    with pytest.raises(InputError, match=r"the database can't be read: .*malformed") as caught:
        load_runs(uri=recorded.uri)
    assert "\n" not in str(caught.value)


def test_the_schemas_written_behind_mlflows_back_are_mlflows() -> None:
    newest, every = sqlite_schema._mlflow_revisions()
    assert set(sqlite_schema.KNOWN_REVISIONS) <= every
    assert newest in sqlite_schema.KNOWN_REVISIONS
