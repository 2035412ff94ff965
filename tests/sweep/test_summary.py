"""What a sweep's parent run and its closing lines say of how the runs ended, and what the gradient checks mean."""

from __future__ import annotations

import pandas as pd
import pytest

from chainrule.study import Study
from chainrule.sweep import announce, summary


@pytest.fixture
def runs() -> pd.DataFrame:
    """Three rates, the last one stuck."""
    frame = pd.DataFrame(
        {
            "run": ["a", "b", "c"],
            "name": ["one", "two", "three"],
            "init": "zeros",
            "learning_rate": [1.0, 2.0, 3.0],
            "backward.hidden": ["exact", "one", "exact"],
            "backward.output": "exact",
            "check.slip": "none",
            "check.method": "complex",
            "cost/train": [0.2, 0.1, 0.25],
            "accuracy/test": [0.8, 0.9, 0.5],
            "gradient_check": [1e-16, 0.9, 2e-16],
            "outcome": ["finished", "finished", "stuck"],
            "error": None,
        }
    )
    frame.attrs["swept"] = ("learning_rate",)
    return frame


def test_every_outcome_is_counted(runs: pd.DataFrame) -> None:
    assert summary.outcome_text(runs) == "3 runs: 2 finished, 1 stuck, 0 diverged."
    failed = runs.assign(outcome=["failed", "finished", "stuck"])
    assert summary.outcome_text(failed) == "3 runs: 1 finished, 1 stuck, 0 diverged, 1 failed."
    counts = {"runs": 3, "runs/finished": 2, "runs/stuck": 1, "runs/diverged": 0, "runs/failed": 0}
    assert summary.parent_metrics(runs) == {**counts, "best/accuracy/test": 0.9}


def test_the_note_says_on_what_the_best_was_chosen_and_when_it_lies_on_the_edge(runs: pd.DataFrame) -> None:
    assert "**Best run.** `two`: test accuracy 0.9, chosen on the test data (`b`)" in summary.note(Study(), runs)
    assert "0.500=" in summary.note(Study(), runs)
    assert "**Mind.**" not in summary.note(Study(), runs)
    runs["accuracy/test"] = [0.7, 0.8, 0.9]
    assert "**Mind.** The best learning rate, 3, is the largest one swept" in summary.note(Study(), runs)


def test_a_gradient_check_that_is_off_is_explained(runs: pd.DataFrame) -> None:
    assert announce.gradient_check_lines(runs) == [
        "gradient check: off by up to 9.0e-01 in 1 of 3 runs:"
        " with backward.hidden=one they do not follow the gradient of the cost, as asked"
    ]
    slipped = runs.assign(**{"backward.hidden": "exact", "check.slip": "without_mean"})
    (line,) = announce.gradient_check_lines(slipped)
    assert line.endswith("the check notices check.slip=without_mean; training used the right gradient")
    assert announce.gradient_check_lines(runs.iloc[[0, 2]]) == []
    assert announce.gradient_check_lines(runs.drop(columns="gradient_check")) == []
