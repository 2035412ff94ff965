"""The report of a sweep as one HTML file that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chainrule import __version__
from chainrule.html.environment import environment
from chainrule.reading.sweep_keys import label
from chainrule.reading.sweeps import describe_sweep
from chainrule.report.content import Report, report

if TYPE_CHECKING:
    import pandas as pd

FILE = "report.html"  # as an artifact of the sweep's own run


def write(runs: pd.DataFrame, path: Path) -> Path:
    """The report of one sweep, given as `load_runs` returns it, to `path`; returns that. Makes the folders it needs.

    Raises InputError if the store can't be reached, OSError if the file can't be written.
    """
    sweep = describe_sweep(runs["sweep"].iloc[0], uri=runs.attrs["uri"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_page(report(runs, sweep)), encoding="utf-8")
    return path


def as_page(content: Report) -> str:
    """A complete HTML document."""
    own = environment("chainrule.report")
    own.filters |= {"label": label}
    return own.get_template("report.html").render(report=content, version=__version__)
