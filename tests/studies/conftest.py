"""A study on a reduced budget: the same commands, trainer, record and report, in a store of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

from chainrule.app import door
from chainrule.studies.base import Experiment
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding
from chainrule.studies.report import write
from chainrule.study import Study


class Reduced(NamedTuple):
    """What a reduced study left behind: its evidence, its findings by quantity, its README."""

    evidence: Evidence
    findings: dict[str, Finding]
    readme: str


@pytest.fixture(scope="session")
def reduced(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Experiment], Reduced]:
    """Run a study with its `reduced` overrides and write its folder; each study once a session."""
    done: dict[str, Reduced] = {}

    def run(experiment: Experiment) -> Reduced:
        if experiment.name not in done:
            done[experiment.name] = _run(experiment, tmp_path_factory.mktemp(experiment.name))
        return done[experiment.name]

    return run


def _run(experiment: Experiment, place: Path) -> Reduced:
    uri = f"sqlite:///{place / 'mlflow.db'}"
    study = Study.from_config(door.compose([f"study={experiment.name}"]))
    assert set(experiment.reduced) <= set(study.parts)
    for part, own in study.parts.items():
        less = experiment.reduced.get(part, ())
        keys = {override.partition("=")[0] for override in less}
        kept = [override for override in own if override.partition("=")[0] not in keys]
        given = [f"study={experiment.name}", *kept, *less, f"study.part={part}", f"tracking.uri={uri}"]
        with patch("chainrule.sweep.summary.pictures"):  # a sweep's own pictures have tests of their own
            assert door.main(given, multirun=True) == 0
    evidence = Evidence(experiment.name, uri)
    folder = place / experiment.folder
    findings = write(experiment, study, evidence, folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert {file.name for file in folder.glob("*.png")} == {
        line.rpartition("(")[2].rstrip(")") for line in readme.splitlines() if line.startswith("![")
    }
    return Reduced(evidence, {finding.quantity: finding for finding in findings}, readme)
