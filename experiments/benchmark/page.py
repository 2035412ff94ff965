"""The benchmark's results: machine and rows as JSON, a table for the terminal and the README, and a picture."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from joblib import cpu_count
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich import box
from rich.table import Table
from threadpoolctl import threadpool_info

from chainrule import formats, markdown
from chainrule.figures import style
from experiments.benchmark.rows import Row, spread

RESULTS, PICTURE, README = "results.json", "benchmark.png", "README.md"
BEGIN, END = "<!-- made by `chainrule bench` from results.json -->", "<!-- until here -->"
COLUMNS = ("what", "must reach", "measured", "beside", "its measure", "times better", "reached")
AHEAD, BEHIND = style.PALETTE[0], style.PALETTE[1]
_PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "hydra-core", "mlflow", "SQLAlchemy", "jax", "torch")


def write(folder: Path, rows: Sequence[Row], machine: Mapping[str, Any]) -> None:
    """Write results and picture into `folder`, and the table into its README where that has a place for it."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine, "rows": [asdict(row) for row in rows]}
    (folder / RESULTS).write_text(json.dumps(content, indent=1) + "\n")
    redraw(folder)


def redraw(folder: Path) -> None:
    """Make picture and table from `results.json` alone; the table goes between the README's two marks."""
    content = json.loads((folder / RESULTS).read_text())
    machine = content["machine"]
    rows = [
        Row(**{**row, "rounds": tuple(row["rounds"]), "peer_rounds": tuple(row["peer_rounds"])})
        for row in content["rows"]
    ]
    style.save(picture(rows, machine), folder / PICTURE)
    readme = folder / README
    if not readme.exists():
        return
    facts = ", ".join(f"{key} {value}" for key, value in machine.items())
    made = f"{BEGIN}\n\n{markdown.table(COLUMNS, map(cells, rows))}\n\nMeasured on: {facts}.\n\n{END}"
    text = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: made, readme.read_text(), flags=re.DOTALL)
    readme.write_text(text)


def cells(row: Row) -> tuple[str, ...]:
    """A row's texts, one a column of the README's table."""
    advantage = row.advantage
    return (
        row.what,
        row.must,
        _with_spread(row.rounds, row.unit),
        row.peer,
        _with_spread(row.peer_rounds, row.unit) if row.peer_rounds else "",
        "" if advantage is None else formats.thousands(advantage),
        "" if row.reached is None else "yes" if row.reached else "no",
    )


def _with_spread(values: Sequence[float], unit: str) -> str:
    band = f" ± {spread(values):.0%}" if len(values) > 1 else ""
    return f"{formats.thousands(median(values))} {unit}{band}"


def terminal_table(rows: Sequence[Row]) -> Table:
    """For rich to print, 100 columns wide; a requirement stands below what it is asked of."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("what", no_wrap=True)
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("beside", no_wrap=True)
    table.add_column("its own", justify="right", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    for row in rows:
        its_own = formats.thousands(median(row.peer_rounds)) if row.peer_rounds else ""
        times = "" if row.advantage is None else formats.thousands(row.advantage)
        table.add_row(row.what, f"{formats.thousands(row.measured)} {row.unit}", row.peer, its_own, times)
        if row.must:
            table.add_row(f"  {row.must}: {'reached' if row.reached else 'NOT REACHED'}", style="dim")
    return table


@style.styled
def picture(rows: Sequence[Row], machine: Mapping[str, Any]) -> Figure:
    """One bar a row that has a peer, from 1 (as good) to the right where we are ahead, to the left where behind.

    A short line across a bar is the requirement.
    """
    shown = [(row, row.advantage) for row in rows if row.advantage is not None]
    subtitle = f"how many times better than each, on {machine['cores']} cores of {machine['processor']}"
    note = "short line across: what was asked for   ·   bar to the left of 1: the peer is better"
    figure = style.page(9.2, 1.5 + 0.34 * len(shown), "chainrule beside the tools of today", subtitle, note)
    axes = figure.add_subplot()
    for position, (row, advantage) in enumerate(shown):
        axes.barh(position, advantage - 1, left=1, height=0.62, color=AHEAD if advantage >= 1 else BEHIND)
        _label(axes, position, row, advantage)
    advantages = [advantage for _, advantage in shown]
    style.log_axis(axes, min([0.5, *advantages]) / 2.5, max([2.0, *advantages]) * 3, which="x")
    axes.axvline(1, color=style.MUTED, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{row.what}\nbeside {row.peer}" for row, _ in shown], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    return figure


def _label(axes: Axes, position: int, row: Row, advantage: float) -> None:
    """The number at the bar's end, beyond the requirement's line where that would cross it."""
    end = advantage
    if row.asked is not None:
        axes.plot([row.asked] * 2, [position - 0.42, position + 0.42], color=style.INK, linewidth=1.4)
        room = (advantage, 3 * advantage) if advantage >= 1 else (advantage / 3, advantage)
        if room[0] < row.asked < room[1]:
            end = row.asked
    side = "left" if advantage >= 1 else "right"
    axes.text(end, position, f"  {formats.thousands(advantage)} x  ", ha=side, va="center", fontsize=8.5)


def machine_facts() -> dict[str, Any]:
    """What a measurement depends on besides the program: processor, libraries, date, what else was running."""
    return {
        "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        "processor": _processor(),
        "cores": cpu_count(),
        "memory, GB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load before": round(os.getloadavg()[0], 2),  # average number of processes that wanted a core, last minute
        "system": f"{platform.system()} {platform.machine()}",
        "blas": _blas(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "chainrule": version("chainrule"),
        **_versions(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _blas() -> str:
    """The BLAS that NumPy has loaded."""
    found = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(dict.fromkeys(f"{p['internal_api']} {p['version']} ({p.get('architecture')})" for p in found))


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):  # an optional peer that takes no part
            found[package] = version(package)
    return found
