"""The SQLite file itself: older, damaged, foreign, absent, half-made, without statistics."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from mlflow.store.db.utils import _get_alembic_config

import chainrule as cr
from chainrule import cli
from chainrule.record import database_writer
from chainrule.record.sqlite_schema import KNOWN_REVISIONS, read_schema
from doctor.conftest import Patient


def test_an_older_schema_is_upgraded_and_the_file_kept(whole: Patient) -> None:
    runs = cr.load_runs(uri=whole.uri)
    command.downgrade(_get_alembic_config(whole.uri), "-1")
    older = read_schema(whole.file).revision
    assert older not in KNOWN_REVISIONS
    before = whole.rows()
    code, said = whole.doctor()
    assert code == 1
    assert f"(!) The database is of an older MLflow: its schema is {older}.\n" in said
    assert "Nothing else could be looked at." in said
    assert whole.rows() == before
    code, said = whole.doctor("--fix")
    assert (code, said.count("mended: ")) == (0, 1)
    (copy,) = whole.folder.glob("mlflow.db.before-upgrade-*")
    assert read_schema(whole.file).revision in KNOWN_REVISIONS
    assert cr.load_runs(uri=whole.uri).equals(runs)
    kept = Patient(whole.folder, whole._capsys)
    kept.file = copy
    assert kept.rows() == before
    assert whole.doctor()[0] == 0


def test_a_damaged_database_is_told_and_left_as_it_is(whole: Patient) -> None:
    (size,) = whole.sql("PRAGMA page_size")[0]
    (root,) = whole.sql("SELECT rootpage FROM sqlite_master WHERE name = 'index_metrics_run_uuid'")[0]
    with whole.file.open("rb+") as file:
        file.seek((root - 1) * size)
        file.write(b"\x0d" + bytes(200))
    before = whole.contents()
    for arguments in ([], ["--fix"]):
        code, said = whole.doctor(*arguments)
        assert code == 1
        assert "(!) The database is damaged: " in said
        assert "Nothing else could be looked at." in said
    assert whole.contents() == before


def test_what_a_killed_creation_left_is_removed(whole: Patient) -> None:
    names = ["mlflow.db." + "0" * 32, "mlflow.db." + "0" * 32 + "-journal"]
    others = ["mlflow.db." + "1" * 32, "mlflow.db.old", "other.db." + "0" * 32, "mlflow.db." + "g" * 32]
    for name in [*names, *others]:
        (whole.folder / name).write_bytes(b"half")
        if name != others[0]:  # somebody may be making that one now
            os.utime(whole.folder / name, (0, 0))
    before = whole.rows()
    whole.mended("Beside the store are 2 files half-made by a process that was killed")
    assert {file.name for file in whole.folder.iterdir()} == {"mlflow.db", "mlartifacts", *others}
    assert whole.rows() == before


def test_statistics_are_written_for_a_store_with_many_runs(whole: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_writer, "MANY_RUNS", 10)
    before = whole.rows()
    whole.mended("The database has 13 runs and no statistics")
    after = whole.rows()
    assert after.pop("sqlite_stat1")
    after.pop("sqlite_stat4", None)
    assert after == before


@pytest.mark.parametrize("fix", [False, True])
def test_a_store_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str], fix: bool) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert cli.main(["doctor", uri, *(["--fix"] if fix else [])]) == 2
    assert capsys.readouterr().err == (
        f"chainrule: tracking.uri={uri}: there is no such store yet: nothing has been recorded to it\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_found_where_no_store_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / ("mlflow.db." + "0" * 32)
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    assert cli.main(["doctor", f"sqlite:///{tmp_path}/mlflow.db", "--fix"]) == 0
    assert "removed 1 file" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sqlite:////nowhere/mlflow.db"], "the folder /nowhere does not exist"),
        (["http://127.0.0.1:9"], "nothing answers there"),
        (["ftp://a"], "allowed: sqlite"),
        (["a", "--uri", "b"], "name one store, once"),
        (["--mend"], "no such option"),
    ],
)
def test_wrong_input_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", *arguments]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert words in said.err


def test_another_programs_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()
    assert cli.main(["doctor", f"sqlite:///{tmp_path}/mlflow.db", "--fix"]) == 2
    assert "another program's SQLite database" in capsys.readouterr().err
