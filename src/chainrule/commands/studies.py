"""`chainrule studies`: run the studies, hold published numbers against measured ones, write their pages."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.arguments import Parser
from chainrule.errors import unknown_name

if TYPE_CHECKING:
    from chainrule.studies import Finding

SUMMARY = "published results, reproduced: runs the studies, writes experiments/"
ORDER = 5


def main(argv: Sequence[str]) -> int:
    """Returns 0 if all that was published is reproduced, else 1. Raises InputError for wrong input."""
    options = _options(argv)
    from chainrule.studies import discover, page
    from chainrule.terminal import progress

    folder: Path = options.experiments or discover.experiments()
    known = discover.names(folder)
    for name in options.name:
        if name not in known:
            raise unknown_name("study", name, known)
    chosen = {name: discover.load(folder, name) for name in options.name or known}
    judged: dict[str, list[Finding]] = {}
    for number, name in enumerate(sorted(chosen, key=lambda name: chosen[name].order), start=1):
        began = time.monotonic()
        progress().rule(f"{number}/{len(chosen)} {name}", align="left")
        judged[name] = _judge(name, folder, options)
        progress().print(f"{name}: {time.monotonic() - began:.0f} s")
    page.write_list(folder)
    _print_table(judged)
    return 0 if all(finding.reproduced for findings in judged.values() for finding in findings) else 1


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("studies", description=__doc__)
    parser.add_argument("name", nargs="*", help="which studies; all if none is named")
    parser.add_argument("--recorded", action="store_true", help="train nothing: judge the runs recorded last")
    parser.add_argument(
        "--experiments",
        type=Path,
        metavar="FOLDER",
        help="a folder of your own with NAME/study.py and the pages that are written; default: experiments/",
    )
    parser.add_argument(
        "--config-dir", type=Path, metavar="FOLDER", help="where study/NAME.yaml is looked for before conf/"
    )
    return parser.read(argv)


def _judge(name: str, folder: Path, options: argparse.Namespace) -> list[Finding]:
    """Run a study's sweeps if asked, then write its page from what is recorded."""
    from chainrule.app.command_line import find_study, run_study
    from chainrule.studies import Evidence, discover, page

    study = find_study(name, options.config_dir)
    if options.recorded:
        evidence = Evidence.newest(name)
    else:
        evidence = Evidence(name, run_study(name, config_dir=options.config_dir))
    return page.write(discover.load(folder, name), study, evidence, folder / name)


def _print_table(judged: dict[str, list[Finding]]) -> None:
    from rich.table import Table

    from chainrule.studies.page import HEADER
    from chainrule.terminal import output

    table = Table("study", *HEADER, show_lines=False)
    for name, findings in judged.items():
        for finding in findings:
            verdict = "yes" if finding.reproduced else "NO"
            table.add_row(name, finding.quantity, finding.published, finding.measured, finding.tolerance, verdict)
        table.add_section()
    console = output(width=160)
    console.print(table)
    findings = [finding for each in judged.values() for finding in each]
    console.print(f"{sum(f.reproduced for f in findings)} of {len(findings)} reproduced")
