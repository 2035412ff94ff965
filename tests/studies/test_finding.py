"""When a number counts as reproduced, and how it is written."""

from __future__ import annotations

from math import inf, nan

import pytest

from chainrule.studies import Finding, between, claim, near


@pytest.mark.parametrize(
    ("measured", "holds"), [(1.0, True), (1.1, True), (0.9, True), (1.11, False), (nan, False), (inf, False)]
)
def test_near_is_within_relative_and_absolute_tolerance(measured: float, holds: bool) -> None:
    assert near("x", 1.0, measured, absolute=0.1001).reproduced is holds
    assert near("x", 1.0, measured, relative=0.1001).reproduced is holds
    assert near("x", -1.0, -measured, relative=0.0501, absolute=0.05).reproduced is holds


def test_without_a_tolerance_only_the_number_itself_is_near() -> None:
    assert near("x", 0.125, 0.125).reproduced
    assert not near("x", 0.125, 0.125 + 1e-16 * 2).reproduced


def test_near_writes_its_digits_and_tolerance() -> None:
    assert near("x", 1 / 3, 2 / 3, absolute=0.005, digits=3) == Finding("x", "0.333", "0.667", "±0.005", False)
    assert near("x", 200, 200.4, relative=0.02) == Finding("x", "200", "200.4", "±0.02 relative", True)


def test_between_includes_its_bounds_and_names_them() -> None:
    assert between("x", "some", 0.2, 0.2, 0.5) == Finding("x", "some", "0.2", "0.2 to 0.5", True)
    assert between("x", "some", 0.6, 0.2, 0.5).reproduced is False
    assert between("x", "some", 0.6, -inf, 0.5) == Finding("x", "some", "0.6", "at most 0.5", False)
    assert between("x", "some", 0.6, 0.5, inf) == Finding("x", "some", "0.6", "at least 0.5", True)
    assert between("x", "some", nan, -inf, inf).reproduced is False


def test_a_claim_is_what_its_rule_says() -> None:
    assert claim("x", "slower", "1 and 2", "the first is below", 1 < 2) == Finding(
        "x", "slower", "1 and 2", "the first is below", True
    )
