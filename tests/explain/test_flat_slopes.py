"""What σ′ does not know, and slopes of exactly 0: the chapters' numbers, against arithmetic done here."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from chainrule.explain.flat import SUNK, clippings, sunk_unit
from chainrule.explain.page import as_page
from chainrule.explain.walk import Table, Walk, as_json
from chainrule.formats import number


def table(walk: Walk, key: str) -> Table:
    (found,) = [b for c in walk.chapters if c.key == key for b in c.blocks if isinstance(b, Table)]
    return found


def test_the_slope_is_the_same_for_right_and_wrong(answer: Walk) -> None:
    rows = {row[0]: row[1:] for row in table(answer, "myth").rows}
    right, wrong = rows["confident, and right"], rows["confident, and wrong"]
    a = 1.0 / (1.0 + np.exp(-4.0))
    assert right[2] == wrong[2] == pytest.approx(a * (1.0 - a))
    assert rows["undecided, and right"][1:4] == (0.0, 0.25, 0.0)  # the steepest slope there is, and no gradient
    assert rows["undecided, and right"][5] == 0.0  # nor any move
    assert rows["undecided, and wrong"][2:4] == (0.25, -0.125)
    for target, error, slope, gradient, measured, _ in rows.values():
        assert gradient == pytest.approx(error * slope)
        assert measured == pytest.approx(gradient, rel=1e-5, abs=1e-12)
        assert target in (0.0, 0.5, 1.0)
    # what the chapter says: with and without σ′ the two confident neurons differ by one factor
    assert wrong[3] / right[3] == pytest.approx(wrong[1] / right[1], rel=1e-12)
    z, b = 2.0, 2.0
    for _ in range(100):
        out = 1.0 / (1.0 + np.exp(-z - b))
        step = 0.5 * out * out * (1.0 - out)
        z, b = z - step, b - step
    assert wrong[5] == pytest.approx(1.0 / (1.0 + np.exp(-z - b)) - a)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid"])
def test_a_sunk_unit_moves_unless_its_slope_is_exactly_0(activation: str) -> None:
    unit = sunk_unit(activation)
    assert unit.measured == pytest.approx(unit.gradient, rel=1e-4)
    if activation == "relu":
        assert (unit.mean_slope, unit.gradient, unit.measured, unit.moved) == (0.0, 0.0, 0.0, 0.0)
    else:
        assert 0.0 < unit.mean_slope < 0.05
        assert unit.moved > unit.gradient > 0.0
    assert SUNK < 0


def test_clipping_the_error_and_clipping_the_slope() -> None:
    quadratic, clipped, huber = clippings()
    assert (quadratic.cost, quadratic.slope) == (4.5, 3.0)
    assert (clipped.cost, clipped.slope, clipped.measured, clipped.end) == (0.5, 0.0, 0.0, 3.0)
    assert (huber.cost, huber.slope) == (2.5, 1.0)
    assert quadratic.measured == pytest.approx(3.0)
    assert huber.measured == pytest.approx(1.0)
    assert quadratic.end == pytest.approx(3.0 * 0.9**100)
    # twenty steps of .1 bring Huber's error from 3 to the edge of its parabola, the rest shrink it
    assert huber.end == pytest.approx(0.9**80, rel=0.12)


def test_the_numbers_stand_in_text_page_and_json(answer: Walk, text_of: Callable[..., str]) -> None:
    text, page, data = text_of(answer), as_page(answer), json.loads(as_json(answer))
    for key in ("myth", "dead", "clipping"):
        (found,) = [c for c in data["chapters"] if c["key"] == key]
        (block,) = [b for b in found["blocks"] if b["kind"] == "table"]
        section = page.split(f'<section id="{key}"')[1].split("</section>")[0].replace("−", "-")
        assert block["rows"] == [list(row) for row in table(answer, key).rows]
        for value in (cell for row in block["rows"] for cell in row if isinstance(cell, float)):
            assert number(value) in text
            if "e" not in number(value):
                assert f">{number(value)}<" in section
