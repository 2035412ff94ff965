"""Opens a store to read it, whichever way suits; nothing here needs the right to write."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from chainrule.reading.client_source import ClientSource
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.points import Points
from chainrule.reading.source import Identity, RunningRun, Source, StoredRun, StoredSweep
from chainrule.record import address
from chainrule.record.sqlite_file import is_empty, is_known


def open_source(uri: str | None) -> Source:
    """The store at `uri`, read from its tables where the tests vouch for that, else through MLflow.

    A SQLite store without its file or its tables has nothing in it, and reading does not create them. Raises
    InputError for a store that can't be reached.
    """
    resolved = address.check_reachable(uri, writing=False)
    if is_known(resolved):
        return DatabaseSource(resolved)
    return _EmptySource() if is_empty(resolved) else ClientSource(resolved)


class _EmptySource:
    """A store nobody has recorded to."""

    def studies(self) -> dict[str, str]:
        return {}

    def runs(
        self, experiments: Sequence[str], sweep: str | None, where: str | None, ids: Sequence[str] = ()
    ) -> list[StoredRun]:
        return []

    def sweeps(self, experiments: Sequence[str], sweep: str | None = None) -> list[StoredSweep]:
        return []

    def identities(self, experiments: Sequence[str]) -> list[Identity]:
        return []

    def running(self) -> list[RunningRun]:
        return []

    def parents(self, ids: Sequence[str]) -> dict[str, str | None]:
        return {}

    def artifact(self, run_id: str, name: str) -> nullcontext[None]:
        return nullcontext()

    def read_curves(self, points: Points) -> None:
        """There are none."""
