"""`chainrule studies`: run the studies, hold published numbers against measured ones, write their pages."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.arguments import Parser
from chainrule.errors import InputError, unknown_name

if TYPE_CHECKING:
    from chainrule.studies import Finding

SUMMARY = "published results, reproduced: runs the studies, writes experiments/"
ORDER = 5


def main(argv: Sequence[str]) -> int:
    """Returns 0 if all that was published is reproduced, else 1. Raises InputError for wrong input.

    A study that can't be judged, because a run failed or nothing is recorded of it, is told in one line; the others
    go on.
    """
    options = _options(argv)
    from chainrule.app.command_line import find_study, run_study
    from chainrule.studies import Evidence, discover, page
    from chainrule.terminal import progress, say

    folder: Path = options.experiments or discover.experiments()
    known = discover.names(folder)
    for name in options.name:
        if name not in known:
            raise unknown_name("study", name, known)
    analyses = discover.load_all(folder)
    chosen = {name: find_study(name, options.config_dir) for name in analyses if name in (options.name or analyses)}
    for name, study in chosen.items():
        if study.name != name:
            raise InputError("study.name", study.name, f"must be {name}, like its file and its folder")
    judged: dict[str, list[Finding]] = {}
    for number, (name, study) in enumerate(chosen.items(), start=1):
        began = time.monotonic()
        progress().rule(f"{number}/{len(chosen)} {name}", align="left")
        try:
            if options.recorded:
                evidence = Evidence.newest(name)
            else:
                evidence = Evidence(name, run_study(name, config_dir=options.config_dir))
            config = _config_file(name, options.config_dir)
            judged[name] = page.write(analyses[name], study, evidence, folder / name, config)
        except InputError as error:
            progress().print(str(error), markup=False, soft_wrap=True)
        progress().print(f"{name}: {time.monotonic() - began:.0f} s")
    page.write_list(folder, analyses)
    _print_table(judged)
    if failed := [name for name in chosen if name not in judged]:
        say(f"not judged: {', '.join(failed)}")
    all_reproduced = all(finding.reproduced for findings in judged.values() for finding in findings)
    return 0 if all_reproduced and not failed else 1


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


def _config_file(name: str, config_dir: Path | None) -> Path:
    """Where the study's question and sweeps are written."""
    from chainrule.paths import project_root

    file = Path("study") / f"{name}.yaml"
    own = config_dir / file if config_dir else None
    return own if own and own.exists() else project_root() / "conf" / file


def _print_table(judged: Mapping[str, Sequence[Finding]]) -> None:
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
