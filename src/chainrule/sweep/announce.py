"""What a person reads in the terminal when training is over: the table, the best run, what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.core.differences import LARGEST_ERROR
from chainrule.reading.failures import failure_lines
from chainrule.reading.tables import edges
from chainrule.reading.terminal import best_line, sweep_table
from chainrule.record import address
from chainrule.record.run_record import RunRecord
from chainrule.study import ADHOC, Study
from chainrule.sweep.summary import outcome_text
from chainrule.terminal import output, say

if TYPE_CHECKING:
    import pandas as pd


def announce(runs: pd.DataFrame, study: Study) -> None:
    """Print a sweep's table, how its runs ended, the best one, what to be warned of, and the next two commands."""
    from chainrule.reading import sweep_keys

    if study.question:
        say(study.question.strip())
    if study.part:
        say(f"Part {study.part}:")
    if sweep_keys.swept_keys(runs):
        output().print(sweep_table(runs, output().width))
    say(*failure_lines(runs), outcome_text(runs), best_line(runs), *edges(runs), *gradient_check_lines(runs))
    uri = runs.attrs["uri"]
    say("", f"Look at every run:     {look(uri)}", f"Compare in numbers:    {compare(study, uri)}")


def interrupted_text(recorded: int | None, total: int, study: Study, uri: str) -> str:
    """How far an interrupted sweep came; `recorded` is None if that was still being written."""
    shows = compare(study, uri)
    if recorded is None:
        return f"what is trained is still being written, up to {total} runs; `{shows}` will show them"
    return f"{recorded} of {total} runs are recorded" + (f"; `{shows}` shows them" if recorded else "")


def compare(study: Study, uri: str) -> str:
    """What to type to compare the runs of the newest sweep of `study` in the store at the resolved `uri`."""
    name = [] if study.name == ADHOC else [study.name]
    return shlex.join(["chainrule", "compare", *name, *_store(uri)])


def look(uri: str) -> str:
    """What to type to browse the store at the resolved `uri`."""
    store = _store(uri)
    return shlex.join(["chainrule", "ui", *store]) if store else "make ui"


def _store(uri: str) -> list[str]:
    """What tells a command which store it is, if it would take another one."""
    return [] if uri == address.resolve(None) else ["--uri", address.without_password(uri)]


def gradient_check_lines(runs: pd.DataFrame) -> list[str]:
    """What the runs' gradient checks mean where they found more than rounding; nothing where they did not."""
    if "gradient_check" not in runs:
        return []
    off = runs[runs["gradient_check"] > LARGEST_ERROR]
    causes: dict[str, list[float]] = {}
    for _, run in off.iterrows():
        causes.setdefault(_cause(run), []).append(float(run["gradient_check"]))
    return [
        f"gradient check: off by up to {max(errors):.1e} in {len(errors)} of {len(runs)} runs: {cause}"
        for cause, errors in causes.items()
    ]


def _cause(run: pd.Series[Any] | Mapping[str, str]) -> str:
    """Why the check of a run that was trained all the same disagrees."""
    replaced = [f"{key}={run[key]}" for key in ("backward.hidden", "backward.output") if run[key] != "exact"]
    if replaced:
        return f"with {' '.join(replaced)} they do not follow the gradient of the cost, as asked"
    if run["check.slip"] != "none":
        return f"the check notices check.slip={run['check.slip']}; training used the right gradient"
    return (
        f"the error is that of check.method={run['check.method']} where slopes are tiny or bent, not backpropagation's"
    )


def announce_run(record: RunRecord, run_id: str, study: Study, uri: str) -> None:
    """Print how a single run ended; it is in the store at the resolved `uri`."""
    say(record.result())
    if record.status == "FAILED":
        return
    check = record.scalars.get("gradient_check")
    checked = f"gradient check {check[1]:.1e}, " if check else ""
    say(f"{checked}run {run_id} in experiment {study.name}")
    if check and check[1] > LARGEST_ERROR:
        say(f"the gradient check is off: {_cause(record.params)}")
    say("", f"Look at it:    {look(uri)}")
