"""The views of a sweep that wait in MLflow's interface, as the state of a page that they are."""

from __future__ import annotations

import pandas as pd
import pytest

from chainrule.sweep.views import BEST_FIRST, GROUPED, TAG, decoded, view_tags


@pytest.fixture
def runs() -> pd.DataFrame:
    """What a sweep over three rates, two initializations and two seeds may leave."""
    frame = pd.DataFrame(
        {
            "run": list("abcdef"),
            "learning_rate": [0.1, 1.0, 10.0] * 2,
            "init": ["zeros", "normal"] * 3,
            "seed": [0, 0, 0, 1, 1, 1],
            "cost/train": 0.1,
            "accuracy/test": 0.9,
            "slope/layer_1": 0.2,
            "accuracy/test_best": 0.9,
            "gradient_check": 1e-9,
            "outcome": "finished",
            "sweep": "s1",
        }
    )
    frame.attrs["swept"] = ("init", "learning_rate", "seed")
    return frame


def test_what_was_swept_and_how_it_ended_are_columns_and_the_best_is_first(runs: pd.DataFrame) -> None:
    state = decoded(view_tags(runs)[f"{TAG}{BEST_FIRST}"])
    settings = ["params.`learning_rate`", "params.`init`", "params.`seed`"]
    found = ["metrics.`cost/train`", "metrics.`accuracy/test`", "tags.`chainrule.outcome`"]
    assert state["selectedColumns"] == state["columnOrder"] == [*settings, *found]
    assert (state["orderByKey"], state["orderByAsc"]) == ("metrics.`accuracy/test`", False)
    assert state["searchFilter"] == "tags.`chainrule.sweep` = 's1' AND tags.`chainrule.role` = 'run'"
    assert state["groupBy"] is None
    costs = runs.drop(columns="accuracy/test")
    cheapest = decoded(view_tags(costs)[f"{TAG}{BEST_FIRST}"])
    assert (cheapest["orderByKey"], cheapest["orderByAsc"]) == ("metrics.`cost/train`", True)


def test_another_view_gathers_the_runs_by_what_was_swept(runs: pd.DataFrame) -> None:
    state = decoded(view_tags(runs)[f"{TAG}{GROUPED}"])
    keys = [{"mode": "param", "groupByData": "learning_rate"}]
    assert state["groupBy"] == {"aggregateFunction": "average", "groupByKeys": keys}
    alone = runs.iloc[:1]
    alone.attrs |= runs.attrs
    assert list(view_tags(alone)) == [f"{TAG}{BEST_FIRST}"]


def test_a_sweep_that_found_runs_of_others_shows_all_of_the_study(runs: pd.DataFrame) -> None:
    grown = runs.assign(sweep=["s1"] * 5 + ["s2"])
    grown.attrs |= runs.attrs
    assert decoded(view_tags(grown)[f"{TAG}{BEST_FIRST}"])["searchFilter"] == "tags.`chainrule.role` = 'run'"


def test_charts_show_what_the_settings_did_and_none_is_wasted_on_a_single_value(runs: pd.DataFrame) -> None:
    state = decoded(view_tags(runs)[f"{TAG}{BEST_FIRST}"])
    charts = state["compareRunCharts"]
    shown = [(each["type"], each.get("metricKey")) for each in charts if not each["deleted"]]
    curves = [("LINE", key) for key in ("cost/train", "accuracy/test", "slope/layer_1")]
    assert shown == [("PARALLEL", None), ("SCATTER", None), ("SCATTER", None), *curves]
    assert [each["metricKey"] for each in charts if each["deleted"]] == ["accuracy/test_best", "gradient_check"]
    assert charts[0]["selectedParams"] == ["learning_rate", "init"]
    assert [each["xaxis"]["key"] for each in charts[1:3]] == ["learning_rate", "init"]
    sections = {each["uuid"] for each in state["compareRunSections"]}
    assert {each["metricSectionId"] for each in charts} == sections
    assert len({each["uuid"] for each in charts}) == len(charts)


def test_the_tags_fit_mlflow_however_many_keys_were_swept(runs: pd.DataFrame) -> None:
    from mlflow.utils.validation import MAX_EXPERIMENT_TAG_VAL_LENGTH

    many = pd.DataFrame({f"dataset.a_rather_long_key_{i}": range(6) for i in range(200)})
    wide = pd.concat([runs, many], axis="columns")
    wide.attrs["swept"] = tuple(wide.columns[-200:])
    assert all(len(tag) <= MAX_EXPERIMENT_TAG_VAL_LENGTH for tag in view_tags(wide).values())
