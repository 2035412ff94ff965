"""`chainrule bench`: measures every part, prints the table, and leaves it as JSON, picture and README."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.arguments import Parser

if TYPE_CHECKING:
    from chainrule.bench.rows import Row
    from chainrule.bench.scale import Scale

SUMMARY = "this program beside its peers: speed of training, composing, writing, reading"
ORDER = 6
PARTS = ("pipeline", "training", "composing", "writing", "reading", "growth")


def main(argv: Sequence[str]) -> int:
    """Measure and print; returns 0, whatever was reached: a busy machine is no error."""
    from rich.console import Console

    from chainrule.bench.machine import facts
    from chainrule.bench.report import write
    from chainrule.bench.scale import FULL, QUICK
    from chainrule.bench.table import terminal_table

    options = _options(argv)
    machine = facts()
    rows = measure(options.only, QUICK if options.quick else FULL)
    console = Console()
    if not console.is_terminal:
        console = Console(width=100)
    console.print(terminal_table(rows))
    if folder := _folder(options):
        write(folder, rows, machine)
        console.print(f"written to {folder}", highlight=False, soft_wrap=True)
    return 0


def measure(parts: Sequence[str], scale: Scale) -> list[Row]:
    """The rows of the parts, one after the other, each announced on standard error."""
    from rich.console import Console

    console, rows = Console(stderr=True), []
    for number, part in enumerate(parts, start=1):
        console.print(f"measuring {part} ({number} of {len(parts)}) ...", highlight=False)
        rows += importlib.import_module(f"chainrule.bench.parts.{part}").measure(scale)
    return rows


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where results.json, benchmark.png and the README's table go; "
        "default: experiments/benchmark if all is measured at full size, else nowhere",
    )
    return parser.read(argv)


def _folder(options: argparse.Namespace) -> Path | None:
    from chainrule.paths import project_root

    if options.output is None and not options.quick and tuple(options.only) == PARTS:
        return project_root() / "experiments" / "benchmark"
    output: Path | None = options.output
    return output
