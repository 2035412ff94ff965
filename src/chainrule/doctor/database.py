"""The SQLite file itself: its schema, its pages, its statistics, and what was left beside it."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Problem, Remark, counted, listed
from chainrule.record import database_writer
from chainrule.record.sqlite_file import connect_to_read, is_draft, upgrade_database
from chainrule.record.sqlite_schema import is_older, read_schema
from chainrule.record.store import store_errors

_DRAFT_SECONDS = 60.0  # since it was last written: whoever makes a database takes a second or two
_MOST_FAULTS = 3


def older_schema(looked: Inspection) -> Iterator[Problem | Remark]:
    """A database that an older MLflow has made."""
    file = looked.file
    if file is None or not file.exists() or not is_older(schema := read_schema(file)):
        return

    def upgrade() -> str:
        copy = upgrade_database(file)
        return f"MLflow has upgraded it; as it was it is kept in {copy}."

    yield Problem(
        f"The database is of an older MLflow: its schema is {schema.revision}.",
        "--fix copies the file beside itself and lets MLflow upgrade it, as would"
        f" `mlflow db upgrade {shlex.quote(looked.uri)}`.",
        upgrade,
        is_blocking=True,
    )


def damage(looked: Inspection) -> Iterator[Problem | Remark]:
    """Pages that SQLite can't make sense of."""
    if looked.file is None or not looked.exists:
        return
    try:
        with contextlib.closing(connect_to_read(looked.uri)) as connection:
            rows = connection.execute(f"PRAGMA quick_check({_MOST_FAULTS})").fetchall()
            faults = [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]
    except sqlite3.DatabaseError as error:
        faults = [str(error)]
    if faults:
        yield Problem(
            f"The database is damaged: {'; '.join(faults)}.",
            "Put a copy of it in its place, or save what can be read with `sqlite3 FILE .recover`.",
            is_blocking=True,
        )


def drafts(looked: Inspection) -> Iterator[Problem | Remark]:
    """Half-made databases that somebody killed while they were made."""
    if looked.file is None:
        return
    path = looked.file
    found = [file for file in sorted(path.parent.iterdir()) if is_draft(file, path) and _is_left(file)]
    if not found:
        return

    def remove() -> str:
        for file in found:
            file.unlink(missing_ok=True)
        return f"removed {counted(len(found), 'file')}."

    yield Problem(
        f"Beside the store {_are(len(found))} half-made by a process that was killed: {_names(found)}.",
        "--fix removes what is named so; nothing was recorded there.",
        remove,
    )


def missing_statistics(looked: Inspection) -> Iterator[Problem | Remark]:
    """Many runs without what SQLite's planner goes by, which makes MLflow's pages slow to sort."""
    if not looked.reads_tables or len(looked.runs) < database_writer.MANY_RUNS:
        return
    with contextlib.closing(connect_to_read(looked.uri)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone():
            return

    def analyze() -> str:
        with store_errors(looked.uri):
            looked.store.write_statistics()
        return "the statistics are written."

    yield Problem(
        f"The database has {counted(len(looked.runs), 'run')} and no statistics: MLflow sorts by a metric slowly.",
        "--fix lets SQLite write them (ANALYZE); no run is changed.",
        analyze,
    )


def _is_left(file: Path) -> bool:
    with contextlib.suppress(OSError):
        return file.is_file() and not file.is_symlink() and time.time() - file.stat().st_mtime > _DRAFT_SECONDS
    return False


def _are(number: int) -> str:
    return "is a file" if number == 1 else f"are {number} files"


def _names(files: list[Path]) -> str:
    return listed([file.name for file in files])
