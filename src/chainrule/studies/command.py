"""`chainrule studies`: run the studies, hold published numbers against measured ones, write experiments/."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from chainrule.errors import unknown_name
from chainrule.paths import project_root
from chainrule.studies.base import Experiment
from chainrule.studies.evidence import Evidence
from chainrule.studies.finding import Finding
from chainrule.studies.registry import experiments
from chainrule.studies.report import HEADER, write
from chainrule.study import Study


def main(argv: Sequence[str]) -> int:
    """Returns 0 if all that was published is reproduced, else 1."""
    parser = argparse.ArgumentParser(prog="chainrule studies", description=__doc__)
    parser.add_argument("name", nargs="*", help="which studies; all if none is named")
    parser.add_argument("--recorded", action="store_true", help="train nothing: judge the runs recorded last")
    args = parser.parse_args(argv)
    known = experiments()
    for name in args.name:
        if name not in known:
            raise unknown_name("study", name, known)
    chosen = [known[name] for name in args.name or known]
    judged: dict[str, list[Finding]] = {}
    for number, experiment in enumerate(chosen, start=1):
        began = time.monotonic()
        Console(stderr=True).rule(f"{number}/{len(chosen)} {experiment.name}", align="left")
        judged[experiment.name] = judge(experiment, train=not args.recorded)
        Console(stderr=True).print(f"{experiment.name}: {time.monotonic() - began:.0f} s", highlight=False)
    _print_table(judged)
    return 0 if all(finding.reproduced for findings in judged.values() for finding in findings) else 1


def judge(experiment: Experiment, *, train: bool) -> list[Finding]:
    """Run a study's sweeps if asked, then write its folder from what is recorded."""
    from chainrule.app import door

    if train:
        door.main([f"study={experiment.name}"], multirun=True)
    study = Study.from_config(door.compose([f"study={experiment.name}"]))
    return write(experiment, study, Evidence(experiment.name), project_root() / "experiments" / experiment.folder)


def _print_table(judged: dict[str, list[Finding]]) -> None:
    table = Table("study", *HEADER, show_lines=False)
    for name, findings in judged.items():
        for finding in findings:
            verdict = "yes" if finding.reproduced else "NO"
            table.add_row(name, finding.quantity, finding.published, finding.measured, finding.tolerance, verdict)
        table.add_section()
    console = Console()
    console = console if console.is_terminal else Console(width=160)
    console.print(table)
    findings = [finding for each in judged.values() for finding in each]
    console.print(f"{sum(f.reproduced for f in findings)} of {len(findings)} reproduced", highlight=False)
