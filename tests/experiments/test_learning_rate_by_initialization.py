"""The flagship on three rates and two seeds: windows, equal units, sizes of starts, the straight line."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from chainrule.datasets import load_dataset
from chainrule.studies import discover
from experiments.learning_rate_by_initialization import starts
from experiments.learning_rate_by_initialization.starts import EQUAL
from experiments.learning_rate_by_initialization.study import interval, saddle, verdict, window_finding

NAME = "learning_rate_by_initialization"


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced(NAME).measured


@pytest.fixture
def runs() -> pd.DataFrame:
    """Ten seeds at four rates: he_normal works at two, xavier_normal at one; zeros, ten times alike, at none."""
    successes = {"he_normal": (0, 7, 10, 6), "xavier_normal": (0, 0, 8, 0), "zeros": (0, 0, 0, 0)}
    rows = [
        (init, rate, seed, (0.94 + 0.001 * seed if seed < count else 0.9), (8,))
        for init, counts in successes.items()
        for rate, count in zip((1.0, 10.0, 100.0, 1000.0), counts, strict=True)
        for seed in range(10)
    ]
    return pd.DataFrame(rows, columns=["init", "learning_rate", "seed", "accuracy/test", "hidden"])


def test_equal_starts_are_one_unit_and_no_better_than_a_straight_line(reduced, measured) -> None:
    assert measured.apart < 1e-9
    assert measured.of(random=False)["median"].max() <= measured.line + 0.01
    assert set(measured.of(random=False)["init"]) == set(EQUAL)
    findings = reduced(NAME).findings
    quantities = [quantity for quantity in findings if quantity.startswith(("from zeros", "from constant", "the same"))]
    assert len(quantities) == 4
    assert all(findings[quantity].reproduced for quantity in quantities)


def test_runs_that_the_seed_does_not_change_count_once(measured, runs) -> None:
    assert measured.runs["init"].value_counts().to_dict() == {
        **dict.fromkeys(measured.of(random=True)["init"], 6),
        **dict.fromkeys(EQUAL, 3),
    }
    assert len(starts.different(runs)) == 84
    recorded_once = runs[~runs["init"].eq("zeros") | runs["seed"].eq(0)]
    pd.testing.assert_frame_equal(starts.different(recorded_once), starts.different(runs))


def test_the_data_is_trained_on_whole_and_tested_on_fresh_samples(measured) -> None:
    assert starts.dataset_of(measured.runs).digest() == load_dataset("moons", test_samples=1000).digest()
    assert measured.counts == (100, 100)
    assert measured.line * 1000 == pytest.approx(round(measured.line * 1000))
    assert 0.8 < measured.line < 0.95


def test_a_start_is_as_large_as_its_rule_says(measured) -> None:
    """2 inputs, 8 units: a deviation of 1 for the unit normal, sqrt(1/2) for LeCun, 1/2 for the constant."""
    size = measured.starts["size"]
    assert size["zeros"] == 0
    assert size["constant"] == 0.5
    assert size["lecun_normal"] / size["normal"] == pytest.approx(np.sqrt(0.5))
    assert list(size[:6]) == sorted(size[:6], reverse=True)
    assert set(size.index[6:]) == set(EQUAL)


def test_a_window_reaches_from_the_smallest_to_the_largest_rate_that_works(runs) -> None:
    table = starts.table_of_starts(starts.different(runs))
    assert list(table["init"]) == ["he_normal", "xavier_normal", "zeros"]
    assert table.loc["he_normal", ["low", "high", "width"]].tolist() == [10, 100, 1]
    assert table.loc["he_normal", ["rate", "share"]].tolist() == [100, 1]
    assert table.loc["he_normal", ["lower", "median", "upper"]].tolist() == pytest.approx([0.94225, 0.9445, 0.94675])
    assert table.loc["xavier_normal", ["low", "high", "width"]].tolist() == [100, 100, 0]
    assert table.loc["zeros", ["low", "high"]].isna().all()
    assert table.loc["zeros", "width"] == -1
    assert [starts.window(start) for _, start in table.iterrows()] == ["10 to 100", "100 only", "none"]


def test_a_run_that_diverged_did_not_succeed(runs) -> None:
    runs.loc[runs["learning_rate"].eq(100) & runs["seed"].lt(4), "accuracy/test"] = np.nan
    shares, _ = starts.shares_and_medians(starts.different(runs))
    assert shares.loc["he_normal"].tolist() == [0, 0.7, 0.6, 0.6]


@pytest.mark.parametrize(("low", "high", "holds"), [(10, 200, True), (5, 500, True), (2, 200, False), (10, 50, False)])
def test_a_window_is_as_expected_to_within_a_step_of_the_grid(low: float, high: float, holds: bool) -> None:
    finding = window_finding(pd.Series({"init": "he_normal", "low": float(low), "high": float(high)}))
    assert (finding.published, finding.reproduced) == ("10 to 200", holds)
    assert not window_finding(pd.Series({"init": "he_normal", "low": np.nan, "high": np.nan})).reproduced


def test_the_answer_follows_from_the_windows(measured) -> None:
    """Wider for larger starts, or narrower: the sentence says which."""
    table = measured.starts
    for sign, sentence in ((1, "A larger start widens"), (-1, "A larger start does not clearly widen")):
        other = dataclasses.replace(measured, starts=table.assign(width=sign * table["size"]))
        assert verdict(other).startswith(sentence)


def test_zeros_are_on_their_saddle_up_to_the_rate_at_which_they_leave_it(measured) -> None:
    distance = pd.Series({1.0: 0.0, 2.0: 2e-7, 5.0: 0.075, 10.0: 0.07})
    told = saddle(dataclasses.replace(measured, distance=distance))
    assert told.endswith("still within 0.001 of 0.125 at rates up to 2, and has left it from 5 on.")
    assert measured.distance[1.0] < 1e-9


def test_an_interval_of_equal_ends_is_one_number() -> None:
    assert interval(pd.Series([0.9401, 0.955, 0.96])) == "0.940 to 0.960"
    assert interval(pd.Series([0.9001, 0.8999])) == "0.900"
    assert interval(pd.Series([50.0, 200.0]), "g") == "50 to 200"


def test_the_page_says_that_nothing_is_published(reduced) -> None:
    text = (reduced(NAME).folder / "README.md").read_text(encoding="utf-8")
    assert "## Expected against measured: " in text
    assert "| runs that diverge | none: a step is bounded | 0 of 42 | none | yes |" in text
    assert text.endswith("Source: none, this is this project's own question.\n")


def test_the_windows_are_drawn_for_every_start(measured) -> None:
    analysis = discover.load(discover.experiments(), NAME)
    files = {picture.file: picture.figure for picture in analysis.pictures(measured)}
    assert list(files) == ["heatmap.png", "windows.png", "cost_curves.png"]
    strips = files["windows.png"].axes
    assert len(strips) == 8
    assert [strip.texts[0].get_text() for strip in strips] == list(measured.starts["init"])
    assert [strip.texts[-1].get_text() for strip in strips][-2:] == ["none", "none"]
