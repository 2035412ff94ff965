"""The note on a sweep's own run: what stands first, what is linked, and what is left out when it grows too long."""

from __future__ import annotations

import pandas as pd
import pytest

from chainrule.study import Study
from chainrule.sweep.note import LONGEST, Place, note

PAGE = "#/experiments/7/runs"
QUERY = "?workflowType=machine_learning"
PLACE = Place("7", "p")


@pytest.fixture
def runs() -> pd.DataFrame:
    """Three rates, the last one stuck."""
    frame = pd.DataFrame(
        {
            "run": ["a", "b", "c"],
            "name": ["1 · hidden [8]", "2 · hidden [8]", "3 · hidden [8]"],
            "init": "zeros",
            "learning_rate": [1.0, 2.0, 3.0],
            "cost/train": [0.2, 0.1, 0.25],
            "accuracy/test": [0.8, 0.9, 0.5],
            "outcome": ["finished", "finished", "stuck"],
            "error": None,
        }
    )
    frame.attrs["swept"] = ("learning_rate",)
    return frame


def test_the_best_run_comes_first_and_is_a_link(runs: pd.DataFrame) -> None:
    first, *_ = note(Study(question="Why?"), runs, PLACE).split("\n\n")
    link = f"[2 · hidden \\[8\\]]({PAGE}/b{QUERY})"
    assert first == f"**Best run.** {link}: test accuracy 0.9, chosen on the test data"


def test_it_warns_when_the_best_lies_on_the_edge(runs: pd.DataFrame) -> None:
    assert "**Mind.**" not in note(Study(), runs, PLACE)
    runs["accuracy/test"] = [0.7, 0.8, 0.9]
    assert "**Mind.** The best learning rate, 3, is the largest one swept" in note(Study(), runs, PLACE)


def test_the_test_score_of_what_validation_data_chose_is_told(runs: pd.DataFrame) -> None:
    runs = runs.assign(**{"accuracy/validation": [0.95, 0.85, 0.5], "dataset.validation_size": 0.2})
    told = f"({PAGE}/a{QUERY}): validation accuracy 0.95, chosen on the validation data, test accuracy 0.8"
    assert told in note(Study(), runs, PLACE)


def test_artifacts_are_shown_and_linked_if_they_are_there(runs: pd.DataFrame) -> None:
    assert "](" not in note(Study(), runs, PLACE).partition("\n\n")[2]
    text = note(Study(question="Why?"), runs, Place("7", "p", ["report.html", "heatmap.png", "heatmap_small.png"]))
    picture, links, question = text.split("\n\n")[1:4]
    assert picture.endswith("](get-artifact?path=heatmap_small.png&run_uuid=p)")
    assert links.startswith(f"[report of all runs]({PAGE}/p/artifacts/report.html{QUERY}) · ")
    assert question == "**Question.** Why?"


def test_cells_of_the_table_stand_apart(runs: pd.DataFrame) -> None:
    head, rule, row = note(Study(), runs, PLACE).splitlines()[-3:]
    assert head == "| init&emsp; | 1&emsp; | 2&emsp; | 3&emsp; |"
    assert rule == "| --- | --- | --- | --- |"
    assert row == "| zeros&emsp; | 0.800&emsp; | 0.900&emsp; | 0.500=&emsp; |"


def test_a_table_too_long_for_mlflow_is_left_out_as_a_whole(runs: pd.DataFrame) -> None:
    from mlflow.utils.validation import MAX_TAG_VAL_LENGTH

    assert LONGEST == MAX_TAG_VAL_LENGTH
    many = pd.concat([runs.assign(learning_rate=runs["learning_rate"] + 3 * i) for i in range(200)], ignore_index=True)
    many.attrs |= runs.attrs
    text = note(Study(), many, PLACE)
    assert len(text) <= LONGEST
    assert "|" not in text
    assert text.startswith("**Best run.**")
    assert text.endswith("Too long to stand here: table.")


def test_of_runs_that_all_failed_the_reasons_are_told(runs: pd.DataFrame) -> None:
    lost = runs.assign(outcome="failed", error="ValueError: no", **{"accuracy/test": None, "cost/train": float("nan")})
    text = note(Study(), lost, PLACE)
    assert text.startswith("**Swept.** `learning_rate`: 3 values (1 to 3).")
    assert "| 3 | ValueError: no | 1 · hidden [8] | a |" in text
