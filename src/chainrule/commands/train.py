"""`chainrule train`: one run, configured by Hydra."""

from __future__ import annotations

from collections.abc import Sequence

SUMMARY = "train and record one run: chainrule train learning_rate=0.5 init=he_normal"
ORDER = 1


def main(argv: Sequence[str]) -> int:
    """Hydra's command line for a single run; 1 if the run failed. Raises InputError for wrong input."""
    from chainrule.app.command_line import run

    return run(argv, multirun=False)
