"""Which databases may be read and written behind MLflow's back: SQLite files of a schema the tests cover."""

from __future__ import annotations

import contextlib
import sqlite3

from chainrule.record.address import database_file, scheme

# Alembic revisions whose rows the tests compare with what MLflow's client leaves and sees.
KNOWN_REVISIONS = ("dc11669786a5",)


def connect_to_read(uri: str) -> sqlite3.Connection:
    """A read-only connection to the SQLite store at a resolved `uri`."""
    return sqlite3.connect(f"{database_file(uri).as_uri()}?mode=ro", uri=True, timeout=60)


def is_known(uri: str) -> bool:
    """Whether the resolved `uri` is such a database; False as well where there is none yet."""
    if scheme(uri) != "sqlite" or not database_file(uri).exists():
        return False
    with contextlib.closing(connect_to_read(uri)) as connection:
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.OperationalError:  # no such table: not MLflow's
            return False
    return [revision for (revision,) in found if revision in KNOWN_REVISIONS] != []
