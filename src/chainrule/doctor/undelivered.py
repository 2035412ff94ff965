"""Runs that were trained and could not be recorded, and wait beside the outputs."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Problem, Remark, counted, listed
from chainrule.sweep import undelivered


def undelivered_runs(looked: Inspection) -> Iterator[Problem | Remark]:
    """Files of trained runs that this store has not got."""
    files = undelivered.waiting(looked.uri)
    if files:

        def deliver() -> str:
            delivered = sum(undelivered.deliver(file, looked.uri) for file in files)
            return f"{counted(delivered, 'run')} recorded."

        yield Problem(
            f"{counted(len(files), 'file waits', 'files wait')} with trained runs that could not be recorded here:"
            f" {listed([str(file) for file in files])}.",
            "--fix records them and removes what is recorded.",
            deliver,
        )
