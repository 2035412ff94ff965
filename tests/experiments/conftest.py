"""A study on a reduced budget: the same commands, trainer, record and page, in a store of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chainrule.app.command_line import find_study, run_study
from chainrule.paths import project_root
from chainrule.studies import Evidence, Finding, discover, page


class Reduced(NamedTuple):
    """What a reduced study left behind: its evidence, what it measured, its findings by quantity, its folder."""

    evidence: Evidence
    measured: Any
    findings: dict[str, Finding]
    folder: Path


@pytest.fixture(scope="session")
def reduced(tmp_path_factory: pytest.TempPathFactory, _databases: Iterator[str]) -> Callable[[str], Reduced]:
    """Run a study of experiments/ with its `reduced` overrides and write its page; each study once a session."""
    done: dict[str, Reduced] = {}

    def run(name: str) -> Reduced:
        if name not in done:
            done[name] = _run(name, tmp_path_factory.mktemp(name), next(_databases))
        return done[name]

    return run


def _run(name: str, folder: Path, uri: str) -> Reduced:
    analysis, study = discover.load(discover.experiments(), name), find_study(name)
    assert set(analysis.reduced) <= {*study.parts, None}
    # a sweep's own pictures have tests of their own
    evidence = Evidence(name, run_study(name, analysis.reduced, uri=uri, pictures=False), uri)
    config = project_root() / "conf" / "study" / f"{name}.yaml"
    findings = page.write(analysis, study, evidence, folder / name, config)
    return Reduced(evidence, analysis.measure(evidence), {each.quantity: each for each in findings}, folder / name)
