"""A stand-in for the sweep's engine, which notes what it is asked to do, and a store nobody has written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chainrule.record.run_record import SWEEP
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import engine
from chainrule.sweep.known import KnownRuns
from chainrule.sweep.outcome import Outcome
from chainrule.sweep.sweep_record import ParentRun


@dataclass
class Asked:
    """What the commands asked of the engine, in order."""

    settings: list[Settings] = field(default_factory=list)
    swept: tuple[str, ...] = ()
    study: Study | None = None
    uri: str | None = None
    events: list[str] = field(default_factory=list)
    parents: list[str | None] = field(default_factory=list)
    sweeps: dict[str | None, list[Settings]] = field(default_factory=dict)  # by the study's parts
    failing: str | None = None  # the part whose runs fail

    def runs(self, *keys: str) -> list[tuple[Any, ...]]:
        """Each run's values of `keys`, named as on the command line."""
        return [tuple(settings.params()[key] for key in keys) for settings in self.settings]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Nothing is trained: the engine's calls end here."""
    notes = Asked()

    def run_sweep(
        settings: Sequence[Settings],
        swept: Sequence[str],
        study: Study,
        uri: str | None,
        *,
        pictures: bool,
        fresh: bool,
        stops: bool,
    ) -> list[Outcome]:
        notes.settings, notes.swept, notes.study, notes.uri = list(settings), tuple(swept), study, uri
        notes.events.append("sweep")
        notes.sweeps[study.part] = notes.settings
        outcome = "failed" if study.part and study.part == notes.failing else "finished"
        return [Outcome(f"run {place}", outcome, f"sweep {study.part}") for place in range(len(settings))]

    def run_one(
        settings: Settings, study: Study, uri: str | None, parent: str | None = None, *, stops: bool
    ) -> Outcome:
        notes.settings.append(settings)
        notes.study, notes.uri = study, uri
        notes.parents.append(parent)
        notes.events.append("run")
        return Outcome("run", "finished", None)

    def open_parent(
        settings: Sequence[Settings], swept: Sequence[str], study: Study, uri: str | None, *, fresh: bool
    ) -> tuple[ParentRun, KnownRuns]:
        notes.swept = tuple(swept)
        notes.events.append("open")
        run_id = "12345e678"  # as a number it would not survive the way to the jobs
        return ParentRun(run_id, "1", {SWEEP: "sweep"}, tuple(swept)), KnownRuns()

    def close_parent(run_id: str, study: Study, uri: str | None, status: str) -> None:
        notes.events.append(f"close {run_id} {status}")

    for stand_in in (run_sweep, run_one, open_parent, close_parent):
        monkeypatch.setattr(engine, stand_in.__name__, stand_in)
    return notes


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that a recorded run would create; the working directory is another, empty folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    file = tmp_path / "store" / "mlflow.db"
    file.parent.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
    return file
