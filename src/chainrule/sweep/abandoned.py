"""What a process that is gone has left RUNNING in a store: found in one query, and ended."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.reading.open_source import open_source
from chainrule.reading.source import RunningRun, Source
from chainrule.record.run_record import PARENT, ROLE, SWEEP
from chainrule.sweep.owner import State, owner_state
from chainrule.terminal import progress

if TYPE_CHECKING:
    from chainrule.record.store import Store

SILENCE = 24.0  # hours without a sign of life after which what can't be seen from here counts as abandoned


@dataclass(frozen=True)
class Running:
    """A RUNNING run or sweep, and whether who records it is alive; `silence` is in hours."""

    run: RunningRun
    owner: State
    silence: float

    @property
    def is_sweep(self) -> bool:
        """Whether it stands for a whole sweep."""
        return self.run.tags.get(ROLE) == "sweep"

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody works on it: its processes are gone or, where that can't be seen, it has long been silent."""
        return self.owner == "gone" or (self.owner in ("elsewhere", "unknown") and self.silence > SILENCE)


def find_running(source: Source) -> list[Running]:
    """All that is RUNNING in a store, sweeps first."""
    found = [_judged(source, each) for each in source.running() if each.tags[ROLE] == "run" or SWEEP in each.tags]
    return sorted(found, key=lambda each: (not each.is_sweep, each.run.started, each.run.run_id))


def _judged(source: Source, run: RunningRun) -> Running:
    tags = run.parent_tags if PARENT in run.tags else run.tags
    owner = owner_state(tags)
    latest = [run.started]
    if owner in ("elsewhere", "unknown") and SWEEP in run.tags:
        below = source.runs([run.experiment_id], run.tags[SWEEP], None)
        latest += [each.ended or each.started for each in below]
    return Running(run, owner, (time.time() - max(latest) / 1000) / 3600)


def end_abandoned(store: Store, abandoned: Iterable[Running]) -> int:
    """End these sweeps as KILLED, with the counts of what they recorded; put half runs into the trash.

    Returns how many runs the sweeps have recorded.
    """
    from chainrule.record.store import store_errors
    from chainrule.sweep.sweep_record import ParentRun

    recorded = 0
    with store_errors(store.uri):
        for each in sorted(abandoned, key=lambda each: each.is_sweep):  # what is half is not to be counted
            if not each.is_sweep:
                store.trash([each.run.run_id])
                continue
            parent = ParentRun.find(store, each.run.run_id)
            runs = parent.runs(store)
            own = runs[runs["parent"] == parent.run_id]
            ended = own["started"].map(lambda moment: moment.timestamp()) + own["seconds"]
            last = max([each.run.started / 1000, *ended.dropna()])
            parent.close(store, store.study(parent.experiment_id), runs, "KILLED", None, last)
            recorded += len(own)
    return recorded


def close_abandoned(uri: str) -> None:
    """End what processes of this host that are gone have left RUNNING in the store at `uri`, and say so.

    It costs a query if there is nothing, and never keeps a sweep from its work.
    """
    gone = [each for each in find_running(open_source(uri)) if each.owner == "gone"]
    if not gone:
        return
    from chainrule.record.store import open_store

    try:
        recorded = end_abandoned(open_store(uri), gone)
    except InputError as error:
        told = f"what a process that is gone has left RUNNING could not be ended: {error}"
    else:
        told = f"{_counted(gone)} left RUNNING by a process that is gone; runs recorded before: {recorded}"
    progress().print(told, markup=False, soft_wrap=True)


def _counted(gone: Sequence[Running]) -> str:
    sweeps, halves = (sum(each.is_sweep is wanted for each in gone) for wanted in (True, False))
    parts = [f"ended as KILLED: {sweeps} {'sweep' if sweeps == 1 else 'sweeps'}"] if sweeps else []
    parts += [f"thrown away: {halves} half-recorded {'run' if halves == 1 else 'runs'}"] if halves else []
    return ", ".join(parts)
