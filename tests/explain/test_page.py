"""The page: whole, well-formed, and in need of nothing from elsewhere."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chainrule.explain.explanation import network_walk
from chainrule.explain.page import as_page
from chainrule.explain.request import Request
from chainrule.explain.walk import (
    Chain,
    Chapter,
    Curve,
    Image,
    Instrument,
    Line,
    Picture,
    Point,
    Propagation,
    Prose,
    Stage,
    Table,
    Unit,
    Walk,
    Working,
    chapter,
)
from chainrule.formats import number
from html_reader import NAMES, read

SCRIPTS = {"module", "application/json"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "nav", "details"),
    *("summary", "h1", "h2", "p", "blockquote", "ol", "ul", "li", "div", "span", "a", "b", "i", "code", "small"),
    *("strong", "sup", "figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td"),
    *("svg", "line", "path", "polyline", "circle", "text", "rect"),
    *("script", "form", "label", "button", "input", "output", "select", "option", "dl", "dt", "dd"),
    *("math", "mi", "mn", "mo", "mrow", "mfrac", "msub", "msup", "mtext", "mspace"),
}


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
    assert {f"#{name}" for name in ids if not name.startswith(("neuron-", "playground-"))} == targets
    assert len(ids) == len([name for _, name, _ in reader.attributes if name == "id"])
    assert {value for tag, name, value in reader.attributes if (tag, name) == ("label", "for")} <= ids
    assert {value for tag, name, value in reader.attributes if (tag, name) == ("script", "type")} <= SCRIPTS
    assert not re.search(r"https?:|url\(|@import", page)


def test_it_shows_every_factor_curve_and_network(walk: Walk) -> None:
    page = as_page(walk).split('<script type="module">')[0]
    blocks = [block for chapter in walk.chapters for block in chapter.blocks]
    factors = [f for block in blocks if isinstance(block, Chain) for f in (*block.factors, block.product)]
    shown = re.findall(r'<div class="value">(.*?)</div>', page)
    plain = [re.sub(r"&#8239;×&#8239;10<sup>(.*?)</sup>", r"e\1", value).replace("−", "-") for value in shown]
    assert [float(value) for value in plain] == [float(number(factor.value)) for factor in factors]
    shown = [block.curve if isinstance(block, Instrument) else block for block in blocks]
    drawings = [block for block in shown if isinstance(block, Curve | Picture | Image)]
    assert page.count('<svg viewBox="0 0 480') + page.count('<svg class="image"') == len(drawings)
    assert page.count('class="dot"') == 2 * sum(len(b.points) for b in drawings if isinstance(b, Curve))


def test_the_script_is_one_module_that_imports_nothing(walk: Walk) -> None:
    (module,) = re.findall(r'<script type="module">(.*?)</script>', as_page(walk), re.DOTALL)
    assert not re.search(r"^(import|export)\b|fetch\(|XMLHttpRequest|localStorage|eval\(", module, re.MULTILINE)


def test_pictures_are_described_and_stay_in_their_frame(walk: Walk) -> None:
    for svg in re.findall(r"<svg .*?</svg>", as_page(walk).split('<script type="module">')[0], re.DOTALL):
        drawing = ElementTree.fromstring(svg)
        if drawing.get("class") in ("network", "costs"):  # drawn by the script
            continue
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


def test_title_question_and_settings_are_escaped() -> None:
    walk = Walk("<b>", "a & b", {"dataset": "<i>"}, ())
    text = read(as_page(walk)).text
    assert "<b>" in text
    assert "a & b" in text
    assert "<i>" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_escaped_exactly_once_wherever_it_stands(name: str) -> None:
    units = tuple((Unit(name, name, 1.0, slope, True),) for slope in (None, 0.5))
    curve = Curve(name, name, f"{name}′", (-1.0, 1.0), (0.0, 1.0), (0.0, 1.0), (Point(name, 0.0, 0.5, 0.5),), 1.0)
    stage = Stage(name, 0.1, name, 2.0, "input")
    blocks = {
        Prose(name): 1,
        Working((Line("z", "", "", 1.0, name),)): 1,
        Propagation((stage,)): 2,
        Table(name, (name, "b"), ((name, name),)): 4,
        curve: 7,  # three texts in the picture; the caption, and in it the point with both values
        Picture(name, units, (0, 0)): 3,
    }
    for block, times in blocks.items():
        page = as_page(Walk("t", "q", {}, (Chapter("k", "c", (block,)),)))
        reader = read(page)
        assert reader.text.count(name) == times
        assert reader.tags <= TAGS
        spoken = [value for tag, key, value in reader.attributes if key == "aria-label" and tag in ("svg", "div")]
        assert all(name in value for value in spoken)
    reader = read(as_page(Walk(name, name, {"dataset": name}, (chapter("k", name),))))
    assert reader.text.count(name) == 6  # title (twice), question, contents, heading, settings


def test_names_from_a_file_are_escaped_exactly_once(tmp_path: Path) -> None:
    with (tmp_path / "names.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [[(i * j) % 5 + i for j in range(1, 1 + len(NAMES))] + [NAMES[i % 2]] for i in range(12)]
        csv.writer(file).writerows([[*NAMES, "target"], *rows])
    source = {"name": "csv", "path": str(tmp_path / "names.csv"), "target": "target"}
    walk = network_walk(Request.of({"dataset": source, "hidden": [2], "output": "softmax", "sample": 0}))
    reader = read(as_page(walk))
    assert reader.tags <= TAGS
    (picture,) = [block for block in walk.chapters[0].blocks if isinstance(block, Picture)]
    way = " to ".join(unit.label for column in picture.layers for unit in column if unit.on_path)
    assert ("svg", "aria-label", f"The network; the strongest path runs from {way}") in reader.attributes
    assert all(name in reader.text for name in NAMES[:2])  # the classes, each with a row in the tables
