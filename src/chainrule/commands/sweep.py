"""`chainrule sweep`: every combination of the values given, configured by Hydra."""

from __future__ import annotations

from collections.abc import Sequence

SUMMARY = "train every combination: chainrule sweep learning_rate=0.1,1,10 seed=range(5)"
ORDER = 2


def main(argv: Sequence[str]) -> int:
    """Hydra's command line for a multirun; 1 if a run failed. Raises InputError for wrong input."""
    from chainrule.app.command_line import run

    return run(argv, multirun=True)
