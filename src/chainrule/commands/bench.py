"""`chainrule bench`: measures every section, prints the table, and leaves it as JSON, picture and README."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chainrule.arguments import Parser
from chainrule.errors import InputError

SUMMARY = "this program beside its peers: speed of training, composing, writing, reading"
ORDER = 6
SECTIONS = {  # section -> the module of experiments/benchmark/ that measures it, in `measure_<section>`
    "pipeline": "pipeline",
    "training": "training",
    "composing": "composing",
    "writing": "store",
    "reading": "store",
    "growth": "pipeline",
}


def main(argv: Sequence[str]) -> int:
    """Measure and print; returns 0, whatever was reached: a busy machine is no error."""
    from chainrule.terminal import output, progress, say

    options = _options(argv)
    machine = call("page", "machine_facts")
    scale = getattr(_module("workloads"), "QUICK" if options.quick else "FULL")
    rows = []
    for number, section in enumerate(options.only, start=1):
        progress().print(f"measuring {section} ({number} of {len(options.only)}) ...")
        rows += call(SECTIONS[section], f"measure_{section}", scale)
    output().print(call("page", "terminal_table", rows))
    if options.output:
        call("page", "write", options.output, rows, machine)
        say(f"written to {options.output}")
    return 0


def call(module: str, function: str, *arguments: Any) -> Any:
    """Call a function of the benchmark by name, in this process or as what a new one, which can't import it, is to do.

    Raises InputError without a checkout of the repository.
    """
    return getattr(_module(module), function)(*arguments)


def _module(name: str) -> Any:
    from chainrule.studies.discover import import_file

    folder = _folder()
    if not folder.is_dir():
        raise InputError("bench", folder, "the benchmark is in the repository only: run it from a checkout")
    return import_file(folder, name)


def _folder() -> Path:
    from chainrule.studies.discover import experiments

    return experiments() / "benchmark"


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION", help=", ".join(SECTIONS)
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where results.json, benchmark.png and the README's table go; "
        "default: experiments/benchmark if all is measured at full size, else nowhere",
    )
    options = parser.read(argv)
    if options.output is None and not options.quick and options.only == list(SECTIONS):
        options.output = _folder()
    return options
