"""The runs of a sweep on their way into the store, and the parent run that is closed however the sweep ends."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from chainrule.record.curves_file import write_curves
from chainrule.record.parameters_file import write_parameters
from chainrule.record.records import OUTCOME, RunRecord
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep.execute import Result
from chainrule.sweep.parent import Parent
from chainrule.sweep.records import run_records

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.record.store import Store


class Recorded:
    """Use as a context manager: it opens the sweep's parent run and ends it as FINISHED, FAILED or KILLED.

    Afterwards `runs` is what was recorded, as `load_runs` gives it.
    """

    runs: pd.DataFrame

    def __init__(self, store: Store, study: Study, settings: Sequence[Settings], swept: Sequence[str]) -> None:
        self._store, self._study = store, study
        self._parent = Parent.open(store, study, settings, swept)
        self._ids: dict[Settings, str] = {}
        self._records: dict[Settings, RunRecord] = {}

    def __enter__(self) -> Self:
        return self

    def add(self, result: Result, settings: Sequence[Settings]) -> None:
        """Store the runs of `result`, in one transaction."""
        rows = run_records(result, settings, self._parent.swept, self._parent.places)
        ids = self._store.write(self._parent.experiment_id, self._parent.run_id, rows)
        self._ids.update(zip(settings, ids, strict=True))
        self._records.update(zip(settings, rows, strict=True))

    def outcome(self, settings: Settings) -> tuple[str, str]:
        """The run's id and what became of it."""
        return self._ids[settings], self._records[settings].tags[OUTCOME]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ids:
            ids, records = list(self._ids.values()), list(self._records.values())
            write_curves(self._store, self._parent.run_id, ids, records)
            kept = {run: r.parameters for run, r in zip(ids, records, strict=True) if r.parameters is not None}
            write_parameters(self._store, self._parent.run_id, kept)
        self.runs = self._parent.runs(self._store)
        status = "FINISHED" if kind is None else "KILLED" if issubclass(kind, KeyboardInterrupt) else "FAILED"
        self._parent.close(self._store, self._study, self.runs, status)
