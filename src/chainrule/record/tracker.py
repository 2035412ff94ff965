"""The one place where MLflow is imported: quiet, without telemetry, with a client bound to one store."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from chainrule.record import sqlite_schema

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow reads these while it is imported; a person's own setting wins.
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",  # half a minute for a server that is gone; its own 7 are four
}

_MLFLOWS_WAIT = "PRAGMA busy_timeout = 20000;"  # it begins each session on SQLite with it


def prepare() -> None:
    """Set MLflow's environment; must run before anything of MLflow is imported."""
    for key, value in _DEFAULTS.items():
        os.environ.setdefault(key, value)


def client(uri: str) -> MlflowClient:
    """MLflow's client for the store at `uri`. The first call imports MLflow, which takes over a second."""
    prepare()
    from mlflow import MlflowClient

    _quieten()
    with _waiting_for_locks():
        return MlflowClient(tracking_uri=uri)


@functools.cache
def _quieten() -> None:
    """What fails in a database is raised: that MLflow logs it as well, in a hundred lines, helps nobody."""
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def _waiting_for_locks() -> Iterator[None]:
    """MLflow waits for a locked SQLite file as long as the bulk writer does, instead of 5 s at first and 20 s later."""
    from sqlalchemy import Engine, event

    def configure(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(f"PRAGMA busy_timeout = {round(1000 * sqlite_schema.BUSY_SECONDS)}")

    event.listen(Engine, "connect", configure)
    _lengthen_waits()
    try:
        yield
    finally:
        event.remove(Engine, "connect", configure)


@functools.cache
def _lengthen_waits() -> None:
    """Only MLflow says this very statement: whatever else uses SQLAlchemy in this process is left alone."""
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "before_cursor_execute", retval=True)
    def _lengthen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        if statement == _MLFLOWS_WAIT:
            statement = f"PRAGMA busy_timeout = {round(1000 * sqlite_schema.BUSY_SECONDS)}"
        return statement, parameters
