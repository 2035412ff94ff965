"""The record of a sweep that another process has begun, taken up: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.record.parquet_files import CurvesFile
from chainrule.record.run_record import FINGERPRINT, SWEEP, RunRecord, milliseconds
from chainrule.record.store import Store, open_store, store_errors
from chainrule.study import Study
from chainrule.sweep.sweep_record import ParentRun, SweepRecord

_RUNS_A_PAGE = 1000


class TakenUpRecord(SweepRecord):
    """Opens the store at `uri` and goes on below the parent run that was opened there.

    The curves of the runs before are read from the store, not from `curves.parquet`; if it is there already, be it
    `is_closed`, those of all that come.
    """

    def __init__(self, uri: str, study: Study, parent: ParentRun, *, is_closed: bool = False) -> None:
        self._store, self._study, self.parent = open_store(uri), study, parent
        self._curves = None if is_closed else CurvesFile()
        self.is_newest = not is_closed  # another may have come since
        self._runs = None
        with store_errors(uri):
            chosen = f"tags.`{SWEEP}` = '{parent.sweep_tags[SWEEP]}'"
            self._recorded = _whole_runs(self._store, parent.experiment_id, chosen, parent.run_id)

    def write(self, records: Sequence[RunRecord]) -> list[str]:
        """Store the runs that are not in the store yet; returns the ids of all, in order."""
        new = [each for each in records if each.tags[FINGERPRINT] not in self._recorded]
        if new:
            ids = super().write(new)
            self._recorded |= {each.tags[FINGERPRINT]: run_id for each, run_id in zip(new, ids, strict=True)}
        return [self._recorded[each.tags[FINGERPRINT]] for each in records]


def take_up(uri: str, study: Study, parent_id: str | None, records: Sequence[RunRecord]) -> None:
    """Store those of the runs that are missing below the run `parent_id`, or on their own; raises InputError."""
    store = open_store(uri)
    with store_errors(uri):
        if parent_id is None:
            _store_single(store, study, records)
            return
        status = store.client.get_run(parent_id).info.status
        record = TakenUpRecord(uri, study, ParentRun.find(store, parent_id), is_closed=True)
        record.write(records)
    if status != "RUNNING":  # then it is summed up when it is closed
        record.close(status, None)


def _store_single(store: Store, study: Study, records: Sequence[RunRecord]) -> None:
    experiment = store.experiment(study.name, study.question)
    for each in records:
        own = f"tags.`{FINGERPRINT}` = '{each.tags[FINGERPRINT]}'"
        if not _whole_runs(store, experiment, f"{own} AND attributes.start_time = {milliseconds(each.started)}"):
            store.write(experiment, None, [each])


def _whole_runs(store: Store, experiment: str, chosen: str, parent_id: str | None = None) -> dict[str, str]:
    """The ids of the stored runs by fingerprint; what a writer has left half done is thrown away."""
    found: dict[str, str] = {}
    token: str | None = None
    while True:
        page = store.client.search_runs([experiment], chosen, max_results=_RUNS_A_PAGE, page_token=token)
        for run in page:
            if run.info.run_id == parent_id:
                continue
            if run.info.status == "RUNNING":
                store.client.delete_run(run.info.run_id)
            else:
                found[run.data.tags[FINGERPRINT]] = run.info.run_id
        token = page.token
        if not token:
            return found
