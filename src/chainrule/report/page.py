"""The report of a sweep as one HTML file that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chainrule import __version__
from chainrule.html.environment import environment
from chainrule.html.script import script, static
from chainrule.reading.curves import load_curves
from chainrule.reading.sweep_keys import label
from chainrule.reading.sweeps import describe_sweep
from chainrule.report.content import Report, report
from chainrule.report.data import page_data
from chainrule.report.packing import pack

if TYPE_CHECKING:
    import pandas as pd

SCRIPTS = ("packed", "statistics", "chart", "chosen", "heatmap", "tables", "main")  # each after those it imports


def write(runs: pd.DataFrame, path: Path) -> Path:
    """The report of one sweep, given as `load_runs` returns it, to `path`; returns that. Makes the folders it needs.

    Raises InputError if the store can't be reached, OSError if the file can't be written.
    """
    sweep = describe_sweep(runs["sweep"].iloc[0], uri=runs.attrs["uri"])
    runs = runs.reset_index(drop=True)
    curves = pack(load_curves(runs), list(runs["run"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_page(report(runs, sweep), page_data(runs, curves, sweep.command)), encoding="utf-8")
    return path


def as_page(content: Report, data: str) -> str:
    """A complete HTML document; `data` is what its script works on, see `page_data`."""
    package = "chainrule.report"
    own = environment(package)
    own.filters |= {"label": label}
    own.globals |= {
        "chart_style": static(package, "vendor/uPlot.min.css"),
        "chart_script": static(package, "vendor/uPlot.iife.min.js"),
        "page_script": script(package, *SCRIPTS),
    }
    return own.get_template("report.html").render(report=content, data=data, version=__version__)
