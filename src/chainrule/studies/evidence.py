"""What a study may look at: the recorded runs, curves and parameters of its sweeps, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from chainrule.errors import InputError
from chainrule.reading.curves import load_curves
from chainrule.reading.parameters import Snapshot, load_parameters
from chainrule.reading.runs import load_runs
from chainrule.reading.sweeps import load_sweeps, newest_sweep

if TYPE_CHECKING:
    import pandas as pd


class Evidence:
    """One sweep for each part of a study, read back from the store `uri` as anyone would read it.

    `sweeps` maps a part's name to its sweep's id; a study of a single sweep has the part None.
    """

    def __init__(self, study: str, sweeps: Mapping[str | None, str], uri: str | None = None) -> None:
        self.study, self.sweeps, self.uri = study, sweeps, uri
        self._runs: dict[str | None, pd.DataFrame] = {}

    @classmethod
    def newest(cls, study: str, uri: str | None = None) -> Self:
        """The newest recorded sweep of each part of the study. Raises InputError if nothing is recorded of it."""
        sweeps = load_sweeps(study, uri=uri)
        parts = sweeps.groupby("part", dropna=False)
        found = {(part if isinstance(part, str) else None): newest_sweep(own) for part, own in parts}
        return cls(study, {part: sweep for part, sweep in found.items() if sweep is not None}, uri)

    def runs(self, part: str | None = None) -> pd.DataFrame:
        """One row a run of the part's sweep, as `load_runs` gives it; InputError if there is none, or if one failed."""
        if part not in self._runs:
            which = f" of its part {part}" if part else ""
            if part not in self.sweeps:
                raise InputError("study", self.study, f"has no recorded runs{which}; run it first")
            own = load_runs(self.study, sweep=self.sweeps[part], uri=self.uri)
            if failed := int(own["outcome"].eq("failed").sum()):
                raise InputError("study", self.study, f"{failed} of {len(own)} runs{which} failed")
            chosen = own.dropna(axis="columns", how="all")
            chosen.attrs.update(own.attrs)
            self._runs[part] = chosen
        return self._runs[part]

    def curve(self, runs: pd.DataFrame, metric: str) -> pd.DataFrame:
        """One curve of each run: a row an epoch, a column a run (its id), in the runs' order."""
        curves = load_curves(runs, [metric])
        wide = curves.pivot(index="epoch", columns="run", values="value")
        return wide[list(runs["run"])]

    def parameters(self, runs: pd.DataFrame) -> dict[str, list[Snapshot]]:
        """The recorded weights and biases of each run, oldest first."""
        return load_parameters(runs)
