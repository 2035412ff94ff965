"""The record of one sweep while it is open: its parent run, the runs below it, and how it ends."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.record.curves_file import CurvesFile
from chainrule.record.parameters_file import write_parameters
from chainrule.record.records import ParameterRecord, RunRecord
from chainrule.record.store import failures_told, open_store
from chainrule.study import Study
from chainrule.sweep.parent import Parent

if TYPE_CHECKING:
    import pandas as pd


class Recorded:
    """Opens the store at `uri` and a parent run in it, with `params` for what is common and what is swept."""

    def __init__(self, uri: str, study: Study, params: Mapping[str, str], swept: Sequence[str]) -> None:
        self._store, self._study = open_store(uri), study
        with failures_told(uri):
            self.parent = Parent.open(self._store, study, params, swept)
        self._curves = CurvesFile()
        self._parameters: dict[str, ParameterRecord] = {}

    def add(self, records: Sequence[RunRecord]) -> list[str]:
        """Store finished runs, in one transaction; returns their ids, in order."""
        with failures_told(self._store.uri):
            ids = self._store.write(self.parent.experiment_id, self.parent.run_id, records)
        self._curves.add(ids, records)
        kept = {run: record.parameters for run, record in zip(ids, records, strict=True) if record.parameters}
        self._parameters.update(kept)
        return ids

    @functools.cached_property
    def runs(self) -> pd.DataFrame:
        """All runs, as `load_runs` gives them. The first look puts their files on the parent: none may follow."""
        with failures_told(self._store.uri):
            self._curves.put_on(self._store, self.parent.run_id)
            write_parameters(self._store, self.parent.run_id, self._parameters)
            return self.parent.runs(self._store)

    def complete(self) -> pd.DataFrame:
        """`runs`, to be asked for from elsewhere."""
        return self.runs

    def close(self, status: str, pictures: Path | None) -> None:
        """End the parent run as FINISHED, FAILED or KILLED, with what the runs show and the files in `pictures`."""
        runs = self.runs
        with failures_told(self._store.uri):
            self.parent.close(self._store, self._study, runs, status, pictures)
