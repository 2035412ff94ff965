"""`chainrule doctor`: what is wrong in a store, in plain words; with --fix, it is mended."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from chainrule.arguments import Parser
from chainrule.errors import InputError

SUMMARY = "what is wrong in the store of recorded runs, and with --fix its mending"
ORDER = 6
DESCRIPTION = """\
Reads a store and says in plain words what is wrong in it: sweeps and runs left RUNNING by a
process that is gone, curves shorter than their training, runs recorded twice in one sweep, sweeps
without runs, trained runs that could not be recorded yet, missing files, files without a run, a
damaged or an older database, half-made ones beside it, missing statistics. It changes nothing.

With --fix it mends each, says what it did, and does nothing else. Runs it takes away are in
MLflow's trash, from where they can be restored; folders without a run are moved aside.

What was recorded on another machine, or by an earlier version of the program, counts as left when
it has been RUNNING for 24 hours without a sign of life.

The exit code is 0 if nothing is wrong, or all of it was mended, and 1 if something is."""


def main(argv: Sequence[str]) -> int:
    """Returns 0 if nothing is wrong, or all was mended, else 1. Raises InputError for wrong input or no store."""
    options = _options(argv)
    from chainrule.doctor.examination import Finding, examine
    from chainrule.doctor.inspection import Inspection
    from chainrule.doctor.problem import counted
    from chainrule.record import address
    from chainrule.terminal import say

    looked = Inspection(options.uri or options.store)
    found = mended = 0
    is_blocked = False
    for each in examine(looked, fix=options.fix):
        if not isinstance(each, Finding):
            say(f"(i) {each.text}")
            continue
        found += 1
        mended += each.done is not None
        is_blocked = is_blocked or (each.problem.is_blocking and each.done is None)
        say(f"(!) {each.problem.found}")
        if each.failed:
            say(f"    not mended: {each.failed}")
        else:
            say(f"    mended: {each.done}" if each.done is not None else f"    {each.problem.remedy}")
    if not found and not looked.exists:
        raise InputError("tracking.uri", looked.uri, "there is no such store yet: nothing has been recorded to it")
    held = "" if is_blocked else f": {counted(len(looked.runs), 'run')}, {counted(len(looked.sweeps), 'sweep')}"
    say(f"{address.without_password(looked.uri)}{held}", _verdict(found, mended, fix=options.fix))
    return 1 if found > mended else 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("doctor", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", nargs="?", metavar="URI", help="the store; the same as --uri")
    parser.add_argument("--uri", help="the store (default: MLFLOW_TRACKING_URI, else mlflow.db of the project)")
    parser.add_argument("--fix", action="store_true", help="mend what is found")
    options = parser.read(argv)
    if options.store and options.uri:
        raise InputError("options", f"{options.store} --uri {options.uri}", "name one store, once")
    return options


def _verdict(found: int, mended: int, *, fix: bool) -> str:
    if not found:
        return "nothing is wrong"
    problems = "1 problem" if found == 1 else f"{found} problems"
    if not fix:
        return f"{problems} found; `chainrule doctor --fix` mends what can be mended"
    return f"{problems} found, {mended} mended"
