"""What a SQLite file holds, found out without writing to it and without loading MLflow."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shlex
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

# Alembic revisions whose rows the tests compare with what MLflow's client leaves and sees: only these are read and
# written behind MLflow's back.
KNOWN_REVISIONS = ("dc11669786a5",)

BUSY_SECONDS = 120.0  # several processes take turns; a stack's transaction lasts about a second
_RETRY_SECONDS = 0.2  # SQLite's own wait can't be interrupted: it is asked again and again instead
_ALEMBIC = "alembic_version"
_MLFLOW_TABLES = {"experiments", "runs", "tags", "params", "metrics"}  # since MLflow's first database


def connect_to_read(file: Path) -> sqlite3.Connection:
    """A connection that does not write, once `file` can be read; sqlite3.DatabaseError if it can't.

    It waits up to `BUSY_SECONDS` while another process keeps the file to itself. A transaction that was cut off by a
    kill is undone first, as whoever opens the file next has to: that alone needs the right to write.
    """
    try:
        return _connect(file, "ro")
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            raise
        return _connect(file, "rw")


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        left = max(0.0, deadline - time.monotonic())
        connection = sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=min(left, _RETRY_SECONDS))
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {round(1000 * BUSY_SECONDS)}")
        except BaseException as error:
            connection.close()
            if not (isinstance(error, sqlite3.OperationalError) and _is_busy(error)) or left == 0:
                raise
        else:
            return connection


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Schema(NamedTuple):
    """The names of a database's tables, and the revision that alembic, MLflow's tool for them, has noted."""

    tables: frozenset[str]
    revision: str | None

    @property
    def is_empty(self) -> bool:
        """Whether nobody has made tables yet, apart from alembic's own."""
        return self.tables <= {_ALEMBIC} and self.revision is None


def read_schema(file: Path) -> Schema:
    """What is in the database `file`; sqlite3.DatabaseError if it can't be read."""
    with contextlib.closing(connect_to_read(file)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = frozenset(name for (name,) in names)
        row = connection.execute(f"SELECT * FROM {_ALEMBIC}").fetchone() if _ALEMBIC in tables else None
    return Schema(tables, str(row[0]) if row else None)


def problem(file: Path, *, writing: bool) -> str | None:
    """Why runs can't be kept in the existing `file` (read from it, if not `writing`); None if they can."""
    try:
        schema = read_schema(file)
    except sqlite3.DatabaseError as error:
        if _is_busy(error):
            return f"another process has kept the database locked for {BUSY_SECONDS:g} s; try again when it has ended"
        return f"the file is no usable SQLite database ({error})"
    if schema.is_empty or (schema.revision in KNOWN_REVISIONS and not writing):
        return None
    if not schema.tables >= _MLFLOW_TABLES:
        some = ", ".join(sorted(schema.tables)[:3])
        return f"the file is another program's SQLite database (its tables are {some}, ...); name another file"
    return _schema_problem(file, schema.revision)


def is_older(schema: Schema) -> bool:
    """Whether it is MLflow's, and the installed one can upgrade it."""
    if schema.is_empty or schema.revision in KNOWN_REVISIONS or not schema.tables >= _MLFLOW_TABLES:
        return False
    newest, every = _mlflow_revisions()
    return schema.revision != newest and (schema.revision is None or schema.revision in every)


def _schema_problem(file: Path, noted: str | None) -> str | None:
    newest, every = _mlflow_revisions()
    if noted == newest:
        return None
    if noted is None or noted in every:
        return (
            "the database is of an older MLflow: keep a copy of it, then type "
            f"`mlflow db upgrade {shlex.quote(f'sqlite:///{file}')}`"
        )
    return f"the database is of a newer MLflow than the one installed (its schema is {noted}): update MLflow"


def _mlflow_revisions() -> tuple[str, set[str]]:
    """The newest revision that the installed MLflow knows, and all of them.

    Its migrations are read as text: MLflow takes over a second to load.
    """
    spec = importlib.util.find_spec("mlflow")
    assert spec
    assert spec.submodule_search_locations
    scripts = Path(spec.submodule_search_locations[0], "store", "db_migrations", "versions").glob("*.py")
    texts = [script.read_text(encoding="utf-8") for script in scripts]
    own, before = (
        {name for text in texts for name in re.findall(rf"^{word}\s*=\s*[\"'](\w+)", text, re.MULTILINE)}
        for word in ("revision", "down_revision")
    )
    (newest,) = own - before
    return newest, own
