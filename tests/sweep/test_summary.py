"""What a sweep's parent run and its closing lines say of how the runs ended, and what the gradient checks mean."""

from __future__ import annotations

import pandas as pd
import pytest

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


def test_the_parent_run_tells_the_test_score_of_what_validation_data_chose(runs: pd.DataFrame) -> None:
    runs = runs.assign(**{"accuracy/validation": [0.95, 0.85, 0.5], "dataset.validation_size": 0.2})
    metrics = summary.parent_metrics(runs)
    assert (metrics["best/accuracy/validation"], metrics["best/accuracy/test"]) == (0.95, 0.8)
    telling = summary.telling_runs(runs)
    assert [frame["run"].item() for frame in telling.values()] == ["a", "b", "c"]
    assert "best/accuracy/test" not in summary.parent_metrics(runs.assign(**{"accuracy/test": float("nan")}))
