"""The record of a sweep whose recorder process died, taken up by the next one: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Sequence

from chainrule.record.parquet_files import CurvesFile, ParametersFile
from chainrule.record.run_record import FINGERPRINT, SWEEP, DatasetRecord
from chainrule.record.store import open_store, store_errors
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep.execute import StackResult
from chainrule.sweep.provenance import fingerprint
from chainrule.sweep.sweep_record import ParentRun, SweepRecord

_RUNS_A_PAGE = 1000


class TakenUpRecord(SweepRecord):
    """Opens the store at `uri` and goes on below the parent run that was opened there.

    The curves of the runs before are read from the store, not from `curves.parquet`; the parameters that the dead
    process had not yet put into its file are lost.
    """

    def __init__(self, uri: str, study: Study, parent: ParentRun) -> None:
        self._store, self._study, self.parent = open_store(uri), study, parent
        self._files: list[CurvesFile | ParametersFile] = [CurvesFile(), ParametersFile()]
        self._runs = None
        with store_errors(uri):
            self._recorded = self._find_recorded()

    def _find_recorded(self) -> dict[str, str]:
        """The ids of the recorded runs by fingerprint; what a writer has left half done is thrown away."""
        found: dict[str, str] = {}
        token: str | None = None
        chosen = f"tags.`{SWEEP}` = '{self.parent.sweep_tags[SWEEP]}'"
        while True:
            page = self._store.client.search_runs(
                [self.parent.experiment_id], chosen, max_results=_RUNS_A_PAGE, page_token=token
            )
            for run in page:
                if run.info.run_id == self.parent.run_id:
                    continue
                if run.info.status == "RUNNING":
                    self._store.client.delete_run(run.info.run_id)
                else:
                    found[run.data.tags[FINGERPRINT]] = run.info.run_id
            token = page.token
            if not token:
                return found

    def add(self, result: StackResult, settings: Sequence[Settings], dataset: DatasetRecord) -> list[str]:
        """Store the runs of `result` that are not in the store yet; returns the ids of all, in order."""
        prints = [fingerprint(each, dataset.digest) for each in settings]
        rows = [row for row, each in enumerate(prints) if each not in self._recorded]
        if rows:
            new = super().add(result.only(rows), [settings[row] for row in rows], dataset)
            self._recorded |= {prints[row]: run_id for row, run_id in zip(rows, new, strict=True)}
        return [self._recorded[each] for each in prints]
