"""`chainrule report`: a sweep as one page that answers by being looked at: heatmap, what matters, every run."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.arguments import Parser
from chainrule.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

SUMMARY = "the newest sweep as one HTML file: heatmap, what matters, every run"
ORDER = 3


def main(argv: Sequence[str]) -> int:
    """Write the report of the newest sweep (of a study, if one is named) or of the one with the given id; returns 0.

    Raises InputError when there is nothing to report or the file can't be written.
    """
    options = _options(argv)
    runs = reported_runs(options.which, options.uri)

    from chainrule.paths import project_root
    from chainrule.report.page import write
    from chainrule.terminal import say

    study = re.sub(r"[^\w.-]+", "-", str(runs["study"].iloc[0]))
    path = (options.output or project_root() / "outputs" / f"report-{study}.html").expanduser().absolute()
    try:
        write(runs, path)
    except OSError as error:
        raise InputError("--output", path, f"can't be written: {error.strerror}") from error
    say(str(path))
    return 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("report", description=__doc__)
    parser.add_argument(
        "which",
        nargs="?",
        metavar="STUDY|SWEEP",
        help="a study: its newest sweep; or a sweep's id; default: the newest",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="where the page goes; default: outputs/report-STUDY.html"
    )
    parser.add_argument("--uri", help="the MLflow store to read; default: the project's own")
    return parser.read(argv)


def reported_runs(which: str | None, uri: str | None) -> pd.DataFrame:
    """The runs of the sweep with the id `which`, or of the newest one of the study with that name, or of any."""
    from chainrule.reading.runs import load_runs
    from chainrule.reading.sweeps import chosen_sweep, load_sweeps

    sweeps = load_sweeps(uri=uri)
    if which in set(sweeps["sweep"].dropna()):
        chosen = which
    else:
        chosen = chosen_sweep(load_sweeps(which, uri=uri) if which else sweeps, which, None)
    runs = load_runs(sweep=chosen, uri=uri)
    if runs["outcome"].eq("failed").all():
        raise InputError("sweep", chosen, "none of its runs has trained: there is nothing to report")
    return runs
