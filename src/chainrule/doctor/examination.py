"""All checks of a store, one after the other, and the mending of what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.doctor.artifacts import folders_without_run, missing_files
from chainrule.doctor.database import damage, drafts, missing_statistics, older_schema
from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Check, Problem, Remark
from chainrule.doctor.running import left_running
from chainrule.doctor.runs import recorded_twice, short_curves, sweeps_without_runs
from chainrule.doctor.undelivered import undelivered_runs
from chainrule.errors import InputError

# In this order: what one mends, such as a run that is thrown away, may be what the next one finds.
CHECKS: tuple[Check, ...] = (
    older_schema,
    damage,
    drafts,
    undelivered_runs,
    left_running,
    short_curves,
    recorded_twice,
    sweeps_without_runs,
    missing_files,
    folders_without_run,
    missing_statistics,
)


@dataclass(frozen=True)
class Finding:
    """A problem, and what was done about it or why nothing could be; neither if nothing was to be done."""

    problem: Problem
    done: str | None = None
    failed: str | None = None


def examine(looked: Inspection, *, fix: bool) -> Iterator[Finding | Remark]:
    """What all checks say, as they say it; with `fix`, each problem that can be is mended before the next check."""
    for check in CHECKS:
        for said in list(check(looked)):
            found = said if isinstance(said, Remark) else _treat(said, fix=fix)
            yield found
            if isinstance(found, Finding) and found.done is not None:
                looked.forget()
            elif isinstance(found, Finding) and found.problem.is_blocking:
                yield Remark("Nothing else could be looked at.")
                return


def _treat(problem: Problem, *, fix: bool) -> Finding:
    if not fix or problem.mend is None:
        return Finding(problem)
    try:
        return Finding(problem, done=problem.mend())
    except InputError as error:
        return Finding(problem, failed=str(error))
