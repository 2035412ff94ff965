"""How numbers and names are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import formats


@given(st.text(alphabet="abcdefghij_", max_size=60), st.integers(3, 30))
def test_shortened_names_fit_and_keep_both_ends(name: str, longest: int) -> None:
    short = formats.shorten(name, longest)
    assert len(short) <= longest
    assert short == name or (short[0] == name[0] and short[-1] == name[-1] and "…" in short)


@pytest.mark.parametrize(
    ("level", "shown"), [(0.01, "0.01"), (30.0, "30"), (2000.0, "2000"), (1 / 3, "0.333"), (64, "64"), ("tanh", "tanh")]
)
def test_levels_as_text(level: object, shown: str) -> None:
    assert formats.level(level) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.974, 2, "0.97"),
        (0.974, 3, "0.974"),
        (0.0, 2, "0.00"),
        (0.0123, 3, "0.0123"),
        (1.234e-5, 2, "1.2e-05"),
        (1234.5, 2, "1234.50"),
        (-3.14e80, 2, "-3.1e+80"),
    ],
)
def test_scores_show_digits_that_count(value: float, digits: int, shown: str) -> None:
    assert formats.score(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.12345, "0.1235"), (3, "3"), (1.0, "1"), (4.2e-5, "0.000042"), (4.2e-6, "4.2e-06"), (-0.0, "0"), (None, "")],
)
def test_numbers_have_four_digits_that_count(value: float | None, shown: str) -> None:
    assert formats.number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.01, "0.01"), (30, "30"), (1e-5, "1e-5"), (2000, "2000"), (1e6, "1e6")])
def test_ticks_have_exponents_only_where_zeros_would_be_counted(value: float, shown: str) -> None:
    assert formats.tick(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(213_789, "214,000"), (13.72, "13.7"), (0.00421, "0.00421")])
def test_rates_have_three_digits_that_count(value: float, shown: str) -> None:
    assert formats.thousands(value) == shown
