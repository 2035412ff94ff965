"""One check for every setting: its type, its range, and the line a person reads."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from chainrule.components.fields import Allowed, check
from chainrule.errors import InputError

SHARE = Allowed(at_least=0.0, below=1.0)


@pytest.mark.parametrize(
    ("value", "kind", "allowed", "expected"),
    [
        (3, float, Allowed(), 3.0),
        (3.0, int, Allowed(), 3),
        (np.float32(0.5), float, SHARE, 0.5),
        (np.int64(7), int, Allowed(at_least=7), 7),
        (0, float, SHARE, 0.0),
        (1.0, float, Allowed(above=0.0, at_most=1.0), 1.0),
        (None, int | None, Allowed(at_least=1), None),
        (4, int | None, Allowed(at_least=1), 4),
        (True, bool, Allowed(), True),
        ("b", str, Allowed(choices=("a", "b")), "b"),
        ("anything", str, Allowed(), "anything"),
        ([2, 3.0], tuple[int, ...], Allowed(at_least=2), (2, 3)),
        (("b", "a"), tuple[str, ...], Allowed(choices=("a", "b")), ("b", "a")),
        ([], tuple[float, ...], Allowed(), ()),
        (None, tuple[str, ...], Allowed(aliases=((None, ("a",)), (True, ()))), ("a",)),
        (False, float, Allowed(aliases=((False, 0.5),)), 0.5),
    ],
)
def test_good_values_come_out_in_their_type(value: Any, kind: Any, allowed: Allowed, expected: Any) -> None:
    checked = check("key", value, kind, allowed)
    assert checked == expected
    assert type(checked) is type(expected)


@pytest.mark.parametrize(
    ("value", "kind", "allowed", "message"),
    [
        (-1, float, Allowed(above=0.0), "key=-1: must be a number above 0"),
        (0, float, Allowed(above=0.0), "key=0: must be a number above 0"),
        (1.0, float, SHARE, "key=1.0: must be a number at least 0 and below 1"),
        ("abc", float, Allowed(above=0.0), "key=abc: must be a number above 0"),
        (
            "1",
            float,
            SHARE,
            "key='1': is text; without quotes it would be a number; it must be a number at least 0 and below 1",
        ),
        ("x1", int, Allowed(), "key=x1: must be a whole number"),
        (float("nan"), float, Allowed(above=0.0), "key=nan: must be a number above 0"),
        (float("inf"), float, Allowed(above=0.0), "key=inf: must be a number above 0"),
        (float("nan"), float, Allowed(), "key=nan: must be a number, finite"),
        (2.5, int, Allowed(at_least=1), "key=2.5: must be a whole number at least 1"),
        (0, int, Allowed(at_least=1, at_most=9), "key=0: must be a whole number at least 1 and at most 9"),
        (10, int, Allowed(at_least=1, at_most=9), "key=10: must be a whole number at least 1 and at most 9"),
        (True, int, Allowed(), "key=True: must be a whole number"),
        (None, int, Allowed(), "key=null: must be a whole number"),
        ([1], float, Allowed(), "key=[1]: must be a number"),
        (1, bool, Allowed(), "key=1: must be true or false"),
        ("true", bool, Allowed(), "key=true: must be true or false"),
        (3, str, Allowed(), "key=3: must be text"),
        ("c", str, Allowed(choices=("aa", "bb")), "key=c: allowed: aa, bb"),
        ("ab", str, Allowed(choices=("aa", "b")), "key=ab: did you mean b? allowed: aa, b"),
        ("8", tuple[int, ...], Allowed(help="widths"), "key=8: must be a list of widths"),
        ("a", tuple[str, ...], Allowed(choices=("a", "b")), "key=a: must be a list; allowed: a, b"),
        (["c"], tuple[str, ...], Allowed(choices=("aa", "bb")), "key=c: allowed: aa, bb"),
        ([8, 0], tuple[int, ...], Allowed(at_least=1), "key=[8, 0]: each must be a whole number at least 1"),
    ],
)
def test_bad_values_are_one_line(value: Any, kind: Any, allowed: Allowed, message: str) -> None:
    with pytest.raises(InputError) as refused:
        check("key", value, kind, allowed)
    assert str(refused.value) == message


@pytest.mark.parametrize("value", [10**400, np.array([1.0, 2.0]), 1j], ids=["huge", "array", "complex"])
def test_what_python_can_not_read_as_a_number_is_refused_like_the_rest(value: Any) -> None:
    with pytest.raises(InputError, match=r"must be a number$"):
        check("key", value, float, Allowed())


def test_there_is_one_zero() -> None:
    assert math.copysign(1.0, check("key", -0.0, float, Allowed(at_least=0.0))) == 1.0


@pytest.mark.parametrize("value", [2**63, 1e308, -(2**63)])
def test_whole_numbers_fit_a_database(value: float) -> None:
    with pytest.raises(InputError, match=r"must be a whole number, less than 2\^63$"):
        check("key", value, int, Allowed())


def test_other_exact_numbers_are_numbers() -> None:
    assert check("key", Fraction(1, 4), float, SHARE) == 0.25
