"""The flagship on three rates and two seeds: equal units, sizes of starts, the straight line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.learning_rate_by_initialization.study import EQUAL, interval


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("learning_rate_by_initialization").measured


def test_equal_starts_are_one_unit_and_no_better_than_a_straight_line(reduced, measured) -> None:
    assert measured.apart < 1e-9
    assert measured.of(random=False)["median"].max() <= measured.line + measured.sample
    assert set(measured.of(random=False)["init"]) == set(EQUAL)
    quantities = [
        quantity for quantity in reduced("learning_rate_by_initialization").findings if "from zeros" in quantity
    ]
    assert len(quantities) == 2
    assert all(reduced("learning_rate_by_initialization").findings[quantity].reproduced for quantity in quantities)


def test_the_straight_line_counts_test_samples(measured) -> None:
    assert measured.sample == 1 / 50
    assert measured.line * 50 == pytest.approx(round(measured.line * 50))
    assert 0.8 < measured.line < 0.95


def test_a_start_is_as_large_as_its_rule_says(measured) -> None:
    """2 inputs, 8 units: a deviation of 1 for the unit normal, sqrt(1/2) for LeCun, 1/2 for the constant."""
    size = measured.best.set_index("init")["size"]
    assert size["zeros"] == 0
    assert size["constant"] == 0.5
    assert size["lecun_normal"] / size["normal"] == pytest.approx(np.sqrt(0.5))


def test_a_rate_works_only_if_all_larger_ones_do(measured) -> None:
    works = measured.best.set_index("init")["works_from"]
    assert np.isinf(works[EQUAL]).all()
    assert set(works.drop(EQUAL)) <= {1, 10, 30, np.inf}
    assert (works.drop(EQUAL) <= 30).sum() == measured.working > 0


def test_an_interval_of_equal_ends_is_one_number() -> None:
    assert interval(pd.Series([0.94, 0.955, 0.96])) == "0.94 to 0.96"
    assert interval(pd.Series([0.901, 0.899])) == "0.90"


def test_the_page_says_that_nothing_is_published(reduced) -> None:
    text = (reduced("learning_rate_by_initialization").folder / "README.md").read_text(encoding="utf-8")
    assert "## Expected against measured: " in text
    assert "| runs that diverge | none: the sigmoid's slope is at most 1/4 | 0 of 48 | none | yes |" in text
    assert text.endswith("Source: none, this is this project's own question.\n")
