"""What a study may look at: the recorded runs and curves of its newest sweeps, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.reading.curves import load_curves
from chainrule.reading.parameters import Snapshot, load_parameters
from chainrule.reading.runs import load_runs

if TYPE_CHECKING:
    import pandas as pd


class Evidence:
    """The newest sweep of each part of a study in the store `uri`, read back as anyone would read it."""

    def __init__(self, study: str, uri: str | None = None) -> None:
        self.study = study
        self._runs = load_runs(study, uri=uri)

    def runs(self, part: str) -> pd.DataFrame:
        """One row a run of the newest sweep of `part`, as `load_runs` gives it; InputError if there is none."""
        own = self._runs[self._runs["part"].eq(part)]
        if own.empty:
            raise InputError("study", self.study, f"has no recorded runs of its part {part}; run it first")
        newest = own.sort_values("started")["sweep"].iloc[-1]
        chosen = own[own["sweep"].eq(newest)].dropna(axis="columns", how="all").reset_index(drop=True)
        chosen.attrs.update(self._runs.attrs)
        return chosen

    def curve(self, runs: pd.DataFrame, metric: str) -> pd.DataFrame:
        """One curve of each run: a row an epoch, a column a run (its id), in the runs' order."""
        curves = load_curves(runs, [metric])
        wide = curves.pivot(index="epoch", columns="run", values="value")
        return wide[list(runs["run"])]

    def parameters(self, runs: pd.DataFrame) -> dict[str, list[Snapshot]]:
        """The recorded weights and biases of each run, oldest first."""
        return load_parameters(runs)
