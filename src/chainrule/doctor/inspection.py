"""A store while it is looked at: what has been read of it is kept until something is mended."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.doctor.recorded import ClientReader, DatabaseReader, Reader, Recorded
from chainrule.errors import InputError
from chainrule.record import address
from chainrule.record.sqlite_file import is_empty, is_known
from chainrule.record.sqlite_schema import is_older, read_schema

if TYPE_CHECKING:
    from chainrule.record.store import Store


class Inspection:
    """The store at a resolved `uri`; nothing here writes to it, or makes it, but whoever asks for `store`."""

    def __init__(self, uri: str | None) -> None:
        self.uri = _checked(uri)

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for servers."""
        return address.database_file(self.uri) if address.scheme(self.uri) == "sqlite" else None

    @property
    def exists(self) -> bool:
        """Whether anybody has recorded to it."""
        return not is_empty(self.uri)

    @property
    def reads_tables(self) -> bool:
        """Whether it is read from its tables, which shows more than MLflow's client does."""
        return is_known(self.uri)

    @functools.cached_property
    def reader(self) -> Reader:
        """The way to look at it."""
        return DatabaseReader(self.uri) if self.reads_tables else ClientReader(self.uri)

    @functools.cached_property
    def recorded(self) -> list[Recorded]:
        """All that chainrule recorded in it, the oldest first."""
        return self.reader.recorded() if self.exists else []

    @property
    def runs(self) -> list[Recorded]:
        """The runs that trained."""
        return [each for each in self.recorded if not each.is_sweep]

    @property
    def sweeps(self) -> list[Recorded]:
        """The sweeps' own runs."""
        return [each for each in self.recorded if each.is_sweep]

    def below(self, sweep: Recorded) -> list[Recorded]:
        """The runs that a sweep has recorded."""
        return self._children.get(sweep.run_id, [])

    @functools.cached_property
    def _children(self) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {}
        for run in self.runs:
            if run.parent:
                found.setdefault(run.parent, []).append(run)
        return found

    @functools.cached_property
    def store(self) -> Store:
        """The same, open to be written to."""
        from chainrule.record.store import open_store

        return open_store(self.uri)

    def forget(self) -> None:
        """Read everything anew, since something has changed."""
        for name in ("reader", "recorded", "_children"):
            self.__dict__.pop(name, None)


def _checked(uri: str | None) -> str:
    """The resolved URI of what can be read, be it of an older schema; InputError for anything else."""
    try:
        return address.check_reachable(uri, writing=False)
    except InputError:
        resolved = address.resolve(uri)
        file = address.database_file(resolved)
        if address.scheme(resolved) == "sqlite" and file.is_file() and _is_older(file):
            return resolved
        raise


def _is_older(file: Path) -> bool:
    import sqlite3

    try:
        return is_older(read_schema(file))
    except sqlite3.DatabaseError:
        return False
