"""Telling settings apart by their seeds: the rank-sum test agrees with SciPy's and asks for enough seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from chainrule.reading.noise import p_worse, within_noise


@pytest.mark.parametrize("seed", range(8))
def test_it_is_scipys_rank_sum_test_ties_included(seed: int) -> None:
    rng = np.random.default_rng(seed)
    these, best = (rng.integers(0, 6, rng.integers(2, 11)) / 5 for _ in range(2))
    expected = mannwhitneyu(these, best, alternative="less", method="asymptotic").pvalue
    assert p_worse(these, best) == pytest.approx(expected, rel=1e-12)


def test_with_five_seeds_it_decides_as_the_exact_test_does() -> None:
    rng = np.random.default_rng(0)
    decided = [
        (p_worse(these, best) <= 0.05, mannwhitneyu(these, best, alternative="less", method="exact").pvalue <= 0.05)
        for these, best in rng.normal([[[0.0], [1.5]]] * 200, 1.0, (200, 2, 5))
    ]
    assert sum(ours != exact for ours, exact in decided) == 0
    assert 20 < sum(ours for ours, _ in decided) < 180


def test_three_seeds_can_be_told_apart_two_can_not() -> None:
    low, high = np.array([0.5, 0.51, 0.52]), np.array([0.9, 0.91, 0.92])
    assert within_noise([low, high], high) == [False, True]
    assert within_noise([low[:2], high[:2]], high[:2]) == [True, True]


def test_it_is_a_test_at_five_per_cent() -> None:
    """Sums of ranks that are as far apart as p = 0.056 and 0.047."""
    assert p_worse(np.array([0, 1, 2, 5]), np.array([3, 4, 6, 7])) == pytest.approx(0.0561756, abs=1e-7)
    assert within_noise([np.array([0, 1, 2, 5])], np.array([3, 4, 6, 7])) == [True]
    assert within_noise([np.array([0, 1, 2, 5, 6])], np.array([3, 4, 7, 8, 9])) == [False]


def test_single_seeds_are_alike_only_if_equal_and_no_seeds_never() -> None:
    one = np.array([0.9])
    assert within_noise([one, np.array([0.8]), np.array([])], one) == [True, False, False]
    assert within_noise([one], np.array([])) == [False]


def test_a_diverged_seed_is_the_worst_score() -> None:
    best = np.array([0.8, 0.85, 0.9, 0.95, 0.9])
    assert within_noise([np.array([0.9, 0.95, -np.inf, -np.inf, 0.9]), np.full(5, -np.inf)], best) == [True, False]


def test_a_single_run_below_all_seeds_of_the_best_is_not_within_their_noise() -> None:
    best = np.array([0.95, 0.96, 0.97, 0.96, 0.95])
    singles = [np.array([score]) for score in (0.87, 0.949, 0.95, 0.96)]
    assert within_noise(singles, best) == [False, False, True, True]
