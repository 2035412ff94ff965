"""The V over the steps and the slips, on fewer networks."""

from __future__ import annotations

import pytest

from experiments.gradient_check.study import FORMULAS


def test_all_is_reproduced(reduced) -> None:
    assert all(finding.reproduced for finding in reduced("gradient_check").findings.values())


def test_central_differences_make_a_v_and_the_complex_step_half_of_one(reduced) -> None:
    median = reduced("gradient_check").measured.median()
    assert list(median.index) == [1e-11, 1e-9, 1e-7, 1e-5, 1e-3, 1e-1]
    assert median["central"][:1e-5].is_monotonic_decreasing
    assert median["central"][1e-5:].is_monotonic_increasing
    assert (median["complex"][:1e-7] < 1e-14).all()


def test_every_slip_is_told_from_the_right_gradient(reduced) -> None:
    errors = reduced("gradient_check").measured.slips
    assert list(errors) == list(FORMULAS)
    assert len(errors) == 3
    assert errors.drop(columns="none").min().min() > 1e5 * errors["none"].max()
    assert errors["without_mean"].to_list() == pytest.approx([49 / 51] * 3, rel=1e-6)
