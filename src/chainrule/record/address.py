"""Which store is meant, and whether it can be written: checked in seconds, before MLflow is loaded."""

from __future__ import annotations

import http.client
import os
import re
import socket
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chainrule.errors import InputError
from chainrule.paths import default_artifacts, default_store_uri
from chainrule.record import sqlite_schema

KEY = "tracking.uri"
SERVERS = ("http", "https")
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
FORMS = "sqlite:///<file>, http(s)://<server>, postgresql://, mysql://, mssql://"
TIMEOUT = 3.0  # seconds; MLflow's own retries would take minutes to give up


def resolve(uri: str | None) -> str:
    """`uri`, else MLFLOW_TRACKING_URI, else the default store; a relative SQLite path is made absolute.

    Raises InputError if `uri` is no text, or an empty one.
    """
    if uri is not None and not (isinstance(uri, str) and uri.strip()):
        raise InputError(KEY, uri, f"must be a text, one of {FORMS}; null is the default store")
    chosen = uri or os.environ.get("MLFLOW_TRACKING_URI") or default_store_uri()
    if scheme(chosen) == "sqlite":
        prefix, _, path = chosen.partition(":///")
        if path and not path.startswith(":memory:"):
            return f"{prefix}:///{Path(path).absolute()}"
    return chosen.rstrip("/") if scheme(chosen) in SERVERS else chosen


def scheme(uri: str) -> str:
    """The store's kind, without the driver: "sqlite", "postgresql", "http", ..."""
    return uri.partition(":")[0].partition("+")[0].lower() if ":" in uri else ""


def database_file(uri: str) -> Path:
    """The file of a resolved SQLite URI."""
    return Path(uri.partition(":///")[2])


def artifact_root(uri: str) -> Path | None:
    """Where a store's artifacts go: beside a SQLite file, in the project for other databases, None if the
    server decides."""
    if scheme(uri) in SERVERS:
        return None
    return database_file(uri).parent / "mlartifacts" if scheme(uri) == "sqlite" else default_artifacts()


def unusable(uri: str, why: str) -> InputError:
    """The error for a store that can't be used, its password left out."""
    return InputError(KEY, without_password(uri), why)


def without_password(uri: str) -> str:
    """The address as it may be shown."""
    return re.sub(r"(://[^/@]*?):[^/]*@", r"\1:***@", uri)


def check_reachable(uri: str | None, *, writing: bool = True) -> str:
    """The resolved URI, if runs can be written there (read there, if not `writing`); leaves nothing behind.

    Raises InputError for an unknown kind of store, a folder or file that can't be written, a server or a
    database that does not answer within three seconds.
    """
    resolved = resolve(uri)
    kind = scheme(resolved)
    if kind == "sqlite":
        _check_file(resolved, writing)
    elif kind in SERVERS:
        _check_server(resolved)
    elif kind in DATABASES:
        _check_database(resolved)
    else:
        hint = "MLflow no longer writes to folders; " if kind in ("", "file") else ""
        raise unusable(resolved, f"{hint}allowed: {FORMS}")
    return resolved


def _check_file(uri: str, writing: bool) -> None:
    path = database_file(uri)
    if not path.is_absolute():
        raise unusable(uri, "must name a file: sqlite:///<file>")
    if "?" in str(path) or unquote(str(path)) != str(path):
        raise unusable(uri, "must not hold ? or a code such as %41: SQLAlchemy reads them as more than a file's name")
    try:
        if path.is_dir():
            raise unusable(uri, "must name a file, this is a folder")
        if not path.parent.is_dir():
            raise unusable(uri, f"the folder {path.parent} does not exist")
        path.exists()
    except OSError as error:  # such as a name that is too long
        raise unusable(uri, f"no file can have this name ({error.strerror})") from None
    if writing:
        _check_writable(uri, path)
    if path.exists() and (why := sqlite_schema.problem(path, writing=writing)):
        raise unusable(uri, why)


def _check_writable(uri: str, path: Path) -> None:
    try:  # SQLite keeps its journal in the same folder; permission bits don't tell of a read-only disk
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise unusable(uri, f"the folder {path.parent} can't be written ({error.strerror})") from None
    if path.exists() and not os.access(path, os.W_OK):
        raise unusable(uri, "the file can't be written")


def _check_server(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri}/api/2.0/mlflow/experiments/search?max_results=1", timeout=TIMEOUT):
            return
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):  # MLflow's client knows the credentials, this look does not
            return
        raise unusable(uri, f"something answers, but not as an MLflow server (HTTP {error.code})") from None
    except (OSError, ValueError, http.client.HTTPException) as error:  # a timeout, a malformed address, no HTTP
        reason = getattr(error, "reason", error)
        raise unusable(uri, f"nothing answers there ({reason}); is the MLflow server running?") from None


def _check_database(uri: str) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    _check_connection(uri)
    try:
        with create_engine(uri).connect():
            return
    except ModuleNotFoundError as error:
        raise unusable(uri, f"the database driver {error.name} is not installed") from None
    except (SQLAlchemyError, ValueError) as error:  # it refuses, or the address is malformed
        raise unusable(uri, f"the database refuses: {str(error).splitlines()[0]}") from None


def _check_connection(uri: str) -> None:
    """Wait no longer than `TIMEOUT` for the server of a database: its driver may wait for minutes."""
    try:
        parts = urlsplit(uri)
        if parts.hostname and parts.port:
            socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT).close()
    except (OSError, ValueError) as error:
        raise unusable(uri, f"nothing answers there ({error})") from None
