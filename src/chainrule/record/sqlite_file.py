"""The SQLite file of a store: made whole or not at all, recognised by its schema, opened to be read."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chainrule.record import sqlite_schema, tracker
from chainrule.record.address import database_file, scheme, unusable


def connect_to_read(uri: str) -> sqlite3.Connection:
    """A connection to the SQLite store at a resolved `uri` that does not write; see `sqlite_schema`."""
    return sqlite_schema.connect_to_read(database_file(uri))


def is_known(uri: str) -> bool:
    """Whether the resolved `uri` is a SQLite file of a known schema; False as well where there is none yet."""
    if scheme(uri) != "sqlite" or not database_file(uri).exists():
        return False
    return sqlite_schema.read_schema(database_file(uri)).revision in sqlite_schema.KNOWN_REVISIONS


def is_empty(uri: str) -> bool:
    """Whether the resolved `uri` is a SQLite file that does not exist yet, or has no tables."""
    if scheme(uri) != "sqlite":
        return False
    return not database_file(uri).exists() or sqlite_schema.read_schema(database_file(uri)).is_empty


def ensure_database(path: Path, artifacts: Path) -> None:
    """Create MLflow's tables in the file `path` unless it exists; takes a second or two.

    MLflow crashes when two processes migrate one new file together, and leaves a half-made one behind when it
    is interrupted. So each process builds a file of its own and gives it the final name in one atomic step:
    the first wins, the others throw theirs away.
    """
    if path.exists():
        return
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with _unsynchronised():
            store = SqlAlchemyStore(f"sqlite:///{draft}", artifacts.as_uri())  # type: ignore[no-untyped-call]  # MLflow has no types here
            store.engine.dispose()
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links (exFAT, some shares): here a second process is not fended off
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def is_draft(file: Path, path: Path) -> bool:
    """Whether `file` has the name of what `ensure_database` makes `path` of, or of SQLite's own file beside that."""
    named = re.fullmatch(re.escape(path.name) + r"\.[0-9a-f]{32}(-journal|-wal|-shm)?", file.name)
    return named is not None and file.parent == path.parent


def upgrade_database(path: Path) -> Path:
    """Bring the database `path` to the installed MLflow's schema, by its own command; returns the copy made before.

    Raises InputError if the command fails; the copy is as the database was.
    """
    revision = sqlite_schema.read_schema(path).revision or "unknown"
    copy = path.with_name(f"{path.name}.before-upgrade-{revision}-{uuid.uuid4().hex[:8]}")
    with (
        contextlib.closing(sqlite_schema.connect_to_read(path)) as connection,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        connection.backup(target)
    command = [sys.executable, "-P", "-m", "mlflow", "db", "upgrade", f"sqlite:///{path}"]
    tracker.prepare()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        *_, last = ["it said nothing", *done.stderr.splitlines()]
        raise unusable(f"sqlite:///{path}", f"MLflow could not upgrade the database ({last}); {copy} is as it was")
    return copy


@contextlib.contextmanager
def _unsynchronised() -> Iterator[None]:
    """SQLite does not wait for the disk after each of the hundred statements that make the tables.

    The file is nobody else's yet: it is enough that it is on the disk before it gets its name. Its pages are larger
    than usual, which makes the bulk writer's inserts a tenth faster: each point goes into three indexes as well.
    """
    from sqlalchemy import Engine, event

    def configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", configure)
    try:
        yield
    finally:
        event.remove(Engine, "connect", configure)
