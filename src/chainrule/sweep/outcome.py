"""What became of a run that was asked for."""

from __future__ import annotations

from dataclasses import dataclass

NOT_TRAINED = "not trained"  # because another run had failed, with on_error=stop


@dataclass(frozen=True)
class Outcome:
    """Of one run: its id in the store if it has one, what became of it, and its sweep's id if it has one.

    `outcome` is one of `run_record.OUTCOMES`, or NOT_TRAINED.
    """

    run: str | None
    outcome: str
    sweep: str | None
