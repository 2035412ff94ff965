"""The page: whole, well-formed, and in need of nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from chainrule.explain.explanation import network_walk
from chainrule.explain.page import as_page
from chainrule.explain.request import Request
from chainrule.explain.walk import Chain, Curve, Picture, Walk
from chainrule.formats import number

VOID = {"meta", "br", "img", "link", "hr"}


class Reader(HTMLParser):
    """Collects attributes and text, and fails on a tag that is closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


@pytest.fixture(scope="module", params=["story", "softmax", "flat"])
def walk(request: pytest.FixtureRequest) -> Walk:
    if request.param == "story":
        walk: Walk = request.getfixturevalue("answer")
        return walk
    asked = {
        "softmax": {"dataset": "digits", "hidden": [20, 7], "output": "softmax", "cost": "cross_entropy"},
        "flat": {"dataset": "iris", "init": {"name": "normal", "scale": 1000.0}},
    }
    return network_walk(Request.of(asked[request.param]))


def test_it_is_well_formed_and_refers_to_itself_only(walk: Walk) -> None:
    page = as_page(walk)
    reader = read(page)
    targets = {value for _, name, value in reader.attributes if name in ("href", "src", "action", "data", "srcset")}
    ids = {value for _, name, value in reader.attributes if name == "id"}
    assert targets == {f"#{chapter.key}" for chapter in walk.chapters}
    assert {f"#{name}" for name in ids} == targets
    assert "<script" not in page
    assert not re.search(r"https?:|url\(|@import", page)


def test_it_shows_every_factor_curve_and_network(walk: Walk) -> None:
    page = as_page(walk)
    blocks = [block for chapter in walk.chapters for block in chapter.blocks]
    factors = [f for block in blocks if isinstance(block, Chain) for f in (*block.factors, block.product)]
    shown = re.findall(r'<div class="value">(.*?)</div>', page)
    plain = [re.sub(r"&#8239;×&#8239;10<sup>(.*?)</sup>", r"e\1", value).replace("−", "-") for value in shown]
    assert [float(value) for value in plain] == [float(number(factor.value)) for factor in factors]
    drawings = [block for block in blocks if isinstance(block, Curve | Picture)]
    assert page.count("<svg ") == len(drawings)
    assert page.count('class="dot"') == 2 * sum(len(b.points) for b in drawings if isinstance(b, Curve))


def test_pictures_are_described_and_stay_in_their_frame(walk: Walk) -> None:
    for svg in re.findall(r"<svg .*?</svg>", as_page(walk), re.DOTALL):
        drawing = ElementTree.fromstring(svg)
        assert drawing.get("role") == "img"
        assert len(drawing.get("aria-label", "")) > 20
        _, _, width, height = map(float, drawing.get("viewBox", "").split())
        for circle in drawing.iter("circle"):
            x, y, r = (float(circle.get(name, "nan")) for name in ("cx", "cy", "r"))
            assert r <= x <= width - r
            assert r <= y <= height - r
        for line in drawing.iter("polyline"):
            points = [tuple(map(float, point.split(","))) for point in line.get("points", "").split()]
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_names_from_a_dataset_are_escaped() -> None:
    walk = Walk("<b>", "a & b", {"dataset": "<i>"}, ())
    text = read(as_page(walk)).text
    assert "<b>" in text
    assert "a & b" in text
    assert "<i>" in text
