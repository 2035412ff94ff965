"""What reading asks of a store, and how it gets each run, whichever way the store is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from chainrule.reading.points import Points
from chainrule.record.run_record import CONFIGURATION, FINGERPRINT, OUTCOME


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


class StoredSweep(NamedTuple):
    """A sweep's own run; `started` is ms since 1970, `status` MLflow's."""

    run_id: str
    experiment_id: str
    started: int
    status: str
    tags: Mapping[str, str]


class RunningRun(NamedTuple):
    """A run that somebody is recording, or has left RUNNING; `started` is in ms since 1970.

    `parent_tags` are those of the sweep's own run above it, empty if it has none.
    """

    run_id: str
    name: str | None
    experiment_id: str
    started: int
    tags: Mapping[str, str]
    parent_tags: Mapping[str, str]


class Identity(NamedTuple):
    """What tells whether a stored run is one that is asked for again; see `chainrule.sweep.provenance`."""

    run_id: str
    configuration: str | None
    fingerprint: str | None
    outcome: str | None
    status: str  # MLflow's


def identity(run_id: str, tags: Mapping[str, str], status: str) -> Identity:
    """The identity of the run with these tags."""
    return Identity(run_id, tags.get(CONFIGURATION), tags.get(FINGERPRINT), tags.get(OUTCOME), status)


class Source(Protocol):
    """A store to read from; every kind gives the same. `chainrule.reading.open_source` makes the fitting one."""

    def studies(self) -> dict[str, str]:
        """The names of the experiments that are not in the trash, by id."""

    def runs(
        self, experiments: Sequence[str], sweep: str | None, where: str | None, ids: Sequence[str] = ()
    ) -> list[StoredRun]:
        """The stored runs of the experiments, in any order: all, or those of `sweep` and those with these `ids`.

        Raises InputError for a malformed `where`.
        """

    def sweeps(self, experiments: Sequence[str], sweep: str | None = None) -> list[StoredSweep]:
        """The runs that stand for sweeps, the oldest first: all, or the one of the sweep with this id."""

    def identities(self, experiments: Sequence[str]) -> list[Identity]:
        """Of every stored run of the experiments, whatever became of it."""

    def running(self) -> list[RunningRun]:
        """Of every study the runs, and the sweeps' own, that are RUNNING."""

    def parents(self, ids: Sequence[str]) -> dict[str, str | None]:
        """The id of the sweep's own run above each of the runs `ids` that exist."""

    def artifact(self, run_id: str, name: str) -> AbstractContextManager[Path | None]:
        """A local path of the run's artifact `name`, file or folder, while the context lasts; None if it has none."""

    def read_curves(self, points: Points) -> None:
        """Fill in the curves of the runs that `points` still misses."""
