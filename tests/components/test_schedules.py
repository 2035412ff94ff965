"""The contract of every registered schedule, and each one's values at its boundaries."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.components import create, names


def factors(name: str, epochs: list[float], of: int = 200, **fields: float) -> list[float]:
    return create("schedule", name, fields).factor(np.array(epochs, dtype=np.float64), of).tolist()


@pytest.mark.parametrize("name", names("schedule"))
@pytest.mark.parametrize("epochs", [1, 2, 1000])
def test_every_factor_is_positive_at_most_one_and_of_its_epoch_alone(name: str, epochs: int) -> None:
    schedule = create("schedule", name)
    e = np.arange(epochs, dtype=np.float64)
    factor = schedule.factor(e, epochs)
    assert factor.shape == e.shape
    assert ((factor > 0.0) & (factor <= 1.0)).all()
    np.testing.assert_array_equal(
        [schedule.factor(e[i : i + 1], epochs)[0] for i in range(min(epochs, 50))], factor[:50]
    )


def test_constant_stays() -> None:
    assert factors("constant", [0, 7, 199]) == [1.0, 1.0, 1.0]


def test_step_drops_at_each_multiple() -> None:
    assert factors("step", [0, 9, 10, 19, 20], every=10, drop=0.5) == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert factors("step", [99, 100]) == [1.0, 0.5]


def test_exponential_multiplies_every_epoch() -> None:
    assert factors("exponential", [0, 1, 2, 10], decay=0.5) == [1.0, 0.5, 0.25, 2.0**-10]


def test_inverse_scaling_counts_from_one() -> None:
    assert factors("inverse_scaling", [0, 3, 99], power=0.5) == pytest.approx([1.0, 0.5, 0.1], rel=1e-15)
    assert factors("inverse_scaling", [4], power=1.0) == pytest.approx([0.2], rel=1e-15)


def test_cosine_goes_from_one_to_its_floor() -> None:
    assert factors("cosine", [0, 50, 100, 150, 200]) == pytest.approx(
        [1.0, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125), 0.0], abs=1e-15
    )
    assert factors("cosine", [0, 100, 200], floor=0.2) == pytest.approx([1.0, 0.6, 0.2], rel=1e-15)


def test_warmup_rises_in_a_line_then_stays() -> None:
    assert factors("warmup", [0, 1, 3, 4, 100], length=4) == [0.25, 0.5, 1.0, 1.0, 1.0]
