"""What is said of a network is true of that network: its equations hold, and nothing is named that it has not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from chainrule.datasets import load_dataset
from chainrule.explain.explanation import QUESTION, network_walk
from chainrule.explain.page import as_page
from chainrule.explain.request import Request
from chainrule.explain.walk import Image, Line, Prose, Walk, Working
from chainrule.formats import number


def walk_of(**given: Any) -> Walk:
    return network_walk(Request.of(given))


def lines(walk: Walk) -> dict[str, Line]:
    blocks = [block for block in walk.chapters[0].blocks if isinstance(block, Working)]
    return {line.symbol: line for block in blocks for line in block.lines}


def opening(walk: Walk) -> str:
    first = walk.chapters[0].blocks[0]
    assert isinstance(first, Prose)
    return first.text


@pytest.mark.parametrize("dataset", ["iris", "digits"])
def test_softmax_divides_by_the_sum_over_all_units(dataset: str) -> None:
    found = lines(walk_of(dataset=dataset, output="softmax", cost="cross_entropy", sample=3))
    whole = found["Σ e^z"]
    powers = [math.exp(float(text.strip("e^()"))) for text in whole.arithmetic.split(" + ")]
    assert len(powers) == {"iris": 3, "digits": 10}[dataset]
    assert sum(powers) == pytest.approx(whole.value, rel=1e-3)
    (answer,) = [line for line in found.values() if "/ Σ e^z" in line.formula]
    above, below = answer.arithmetic.split(" / ")
    assert below == number(whole.value)
    assert math.exp(float(above.strip("e^()"))) / whole.value == pytest.approx(answer.value, rel=1e-3)
    cost = found["C"]
    assert float(cost.arithmetic.removeprefix("−ln ")) == pytest.approx(math.exp(-cost.value), rel=1e-3)


@pytest.mark.parametrize("sample", range(4))
def test_cross_entropy_of_one_output_is_one_logarithm(sample: int) -> None:
    walk = walk_of(sample=sample, cost="cross_entropy")
    found = lines(walk)
    a, y = found["a_o"].value, float(sample in (1, 2))
    assert found["C"].arithmetic == (f"−ln {number(a)}" if y else f"−ln (1 − {number(a)})")
    assert found["C"].value == pytest.approx(-math.log(a if y else 1.0 - a))


def test_units_that_do_not_exist_are_not_described() -> None:
    assert "hidden units" not in opening(walk_of(hidden=[]))
    assert "hidden units are sigmoid" in opening(walk_of(hidden=[2]))


def test_the_sigmoid_is_asked_about_where_there_is_nothing_else() -> None:
    assert walk_of().question == walk_of(hidden=[]).question == QUESTION
    asked = walk_of(activation="relu").question
    assert "derivative of relu and the sigmoid" in asked
    assert "the sigmoid" not in walk_of(dataset="diabetes", activation="tanh").question


def test_standardised_targets_are_told() -> None:
    assert "its inputs and its targets standardised" in opening(walk_of(dataset="diabetes"))
    plain = walk_of(dataset={"name": "diabetes", "standardize_targets": False}, learning_rate=1e-6)
    assert "its inputs standardised" in opening(plain)
    assert "standardised" not in opening(walk_of(dataset="xor"))


def test_a_digit_is_shown(text_of: Callable[..., str]) -> None:
    walk = walk_of(dataset="digits", hidden=[4], sample=5)
    (image,) = [block for block in walk.chapters[0].blocks if isinstance(block, Image)]
    raw = load_dataset("digits", standardize=False)
    assert image.shades == tuple(map(tuple, (raw.X_train[5].reshape(8, 8) / 16.0).tolist()))
    assert image.caption == f"Sample 5, a {raw.target_names[raw.y_train[5]]}"
    rows = text_of(walk, 80).split(image.caption)[1].splitlines()[1:9]
    darkest = [max(range(8), key=row.__getitem__) for row in image.shades]
    assert all(
        row[4 + 2 * x] == "█" for row, x, shades in zip(rows, darkest, image.shades, strict=True) if max(shades) > 0.9
    )
    assert all(len(row) == 4 + 16 for row in rows)
    (svg,) = re.findall(r'<svg class="image".*?</svg>', as_page(walk), re.DOTALL)
    ink = {(int(x), int(y)): float(o) for x, y, o in re.findall(r'x="(\d)" y="(\d)".*?opacity="([\d.]+)"', svg)}
    assert ink == {
        (x, y): pytest.approx(shade, abs=1e-3)
        for y, row in enumerate(image.shades)
        for x, shade in enumerate(row)
        if shade
    }
    assert not [block for block in walk_of().chapters[0].blocks if isinstance(block, Image)]


def test_the_contents_stand_open_and_wide_tables_name_their_columns_on_a_phone() -> None:
    walk = walk_of(dataset="iris", output="softmax")
    page = as_page(walk)
    assert "<details" not in page.split("</nav>")[0]
    for row in re.findall(r'<table role="table" class="wide">.*?</table>', page, re.DOTALL):
        columns = re.findall(r'role="columnheader" scope="col"[^>]*>([^<]*)<', row)
        assert set(re.findall(r'data-column="([^"]*)"', row)) <= set(columns)
        assert len(columns) > 2
