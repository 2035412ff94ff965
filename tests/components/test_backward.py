"""The stand-ins for the derivative: keep f'(z) + add."""

from __future__ import annotations

import pytest

from chainrule.components import create, names


@pytest.mark.parametrize(
    ("name", "at_zero", "far_out"),
    [("exact", 0.25, 0.0), ("one", 1.0, 1.0), ("quarter", 0.25, 0.25), ("offset", 0.35, 0.1)],
)
def test_factor_for_the_sigmoid(name: str, at_zero: float, far_out: float) -> None:
    rule = create("backward", name)
    assert rule.keep * 0.25 + rule.add == at_zero
    assert rule.keep * 0.0 + rule.add == far_out


def test_these_are_all_and_one_is_the_derivative_itself() -> None:
    assert names("backward") == ["exact", "one", "quarter", "offset"]
    assert [create("backward", name).is_exact for name in names("backward")] == [True, False, False, False]
