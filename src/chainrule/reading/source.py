"""What reading asks of a store, and how it gets each run, whichever way the store is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from chainrule.reading.points import Points


class StoredRun(NamedTuple):
    """One stored run; `metrics` are last values, `started` and `ended` are ms since 1970.

    Another program may have recorded it: any of the params and tags may be missing, and hold any text.
    """

    run_id: str
    name: str | None
    experiment_id: str
    started: int
    ended: int | None
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Source(Protocol):
    """A store to read from; every kind gives the same. `chainrule.reading.open_source` makes the fitting one."""

    def studies(self) -> dict[str, str]:
        """The names of the experiments that are not in the trash, by id."""

    def runs(self, experiments: Sequence[str], sweep: str | None, where: str | None) -> list[StoredRun]:
        """The stored configurations of the experiments, in any order; InputError for a malformed `where`."""

    def parents(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The id of the sweep's own run above each of the runs `ids` that exist."""

    def artifact(self, run_id: str, name: str) -> AbstractContextManager[Path | None]:
        """A local path of the run's artifact `name` while the context lasts; None if it has none."""

    def read_curves(self, points: Points) -> None:
        """Fill in the curves of the runs that `points` still misses."""
