"""The neuron as an instrument, as a reader has it in hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from browser import Pages
from chainrule.components import create, names
from chainrule.components.costs import Quadratic
from chainrule.components.outputs import SigmoidOutput
from chainrule.explain.page import as_page
from chainrule.explain.walk import Instrument, NeuronState, Question, Walk

if TYPE_CHECKING:
    from playwright.sync_api import Locator

READINGS = ("z", "a", "cost", "error", "slope", "input", "product", "new_w", "new_b", "new_cost")
FINE = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(scope="module")
def path(answer: Walk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "explain.html"
    path.write_text(as_page(answer), encoding="utf-8")
    return path


def instrument(walk: Walk) -> Instrument:
    (found,) = [b for c in walk.chapters for b in c.blocks if isinstance(b, Instrument)]
    return found


def readings(neuron: Locator) -> dict[str, float]:
    return {
        name: float(neuron.locator(f"[data-reading={name}]").get_attribute("data-value") or "") for name in READINGS
    }


def expected(state: NeuronState) -> dict[str, float]:
    return {name: getattr(state, name) for name in READINGS}


def test_it_starts_with_what_python_computed_and_goes_where_the_presets_say(
    open_page: Pages, path: Path, answer: Walk
) -> None:
    neuron = open_page(path).locator("[data-instrument=neuron]")
    states = instrument(answer).states
    assert readings(neuron) == pytest.approx(expected(states[0]), **FINE)
    assert [state.name for state in states[1:]] == ["undecided", "confident and right", "confident and wrong", "deaf"]
    for state in reversed(states):
        neuron.get_by_role("button", name=state.name, exact=True).click()
        assert readings(neuron) == pytest.approx(expected(state), **FINE)
        assert float(neuron.locator("[name=w]").input_value()) == state.w


def test_typing_dragging_and_keys_move_everything(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    neuron = page.locator("[data-instrument=neuron]")
    neuron.get_by_label("weight w", exact=True).fill("-1.25")
    neuron.get_by_label("input x", exact=True).fill("0.5")
    neuron.get_by_label("bias b", exact=True).fill("2")
    neuron.get_by_label("target y", exact=True).fill("0.3")
    z = -1.25 * 0.5 + 2.0
    a = 1.0 / (1.0 + np.exp(-z))
    found = readings(neuron)
    assert [found[key] for key in ("z", "a", "error", "slope")] == pytest.approx([z, a, a - 0.3, a * (1 - a)], **FINE)
    assert found["product"] == pytest.approx((a - 0.3) * a * (1 - a) * 0.5, **FINE)
    curve = neuron.locator("svg .dot").first.get_attribute("cx")
    slider = neuron.get_by_label("weight w, slider")
    slider.press("End")
    assert readings(neuron)["z"] == pytest.approx(8 * 0.5 + 2.0)
    assert neuron.locator("svg .dot").first.get_attribute("cx") != curve
    slider.press("ArrowLeft")
    assert readings(neuron)["z"] < 6.0
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert readings(neuron)["z"] == pytest.approx(2.0, abs=0.1)
    neuron.get_by_label("weight w", exact=True).fill("")  # half typed: nothing is computed of it
    assert readings(neuron)["z"] == pytest.approx(2.0, abs=0.1)


def test_a_step_is_taken_again_and_again(open_page: Pages, path: Path) -> None:
    neuron = open_page(path).locator("[data-instrument=neuron]")
    before = readings(neuron)
    neuron.get_by_role("button", name="Take the step").click()
    after = readings(neuron)
    assert after["cost"] == pytest.approx(before["new_cost"], **FINE)
    assert after["new_cost"] < after["cost"]
    assert "the cost falls from 0.2947" in neuron.locator("[data-said]").inner_text()


def test_every_curve_and_cost_is_that_of_python(open_page: Pages, path: Path) -> None:
    neuron = open_page(path).locator("[data-instrument=neuron]")
    neuron.get_by_label("weight w", exact=True).fill("1.7")
    neuron.get_by_label("bias b", exact=True).fill("-0.4")
    offered = neuron.locator("[name=activation] option").evaluate_all("all => all.map((each) => each.value)")
    assert offered == names("activation")
    z, y = 1.7 * 2.0 - 0.4, 0.0
    for name in offered:
        neuron.locator("[name=activation]").select_option(name)
        f = create("activation", name)
        for cost in names("cost"):
            choice = neuron.locator(f"[name=cost] [value={cost}]")
            if name != "sigmoid" and create("cost", cost).is_likelihood:
                assert choice.is_disabled()
                continue
            neuron.locator("[name=cost]").select_option(cost)
            found = readings(neuron)
            a, slope = float(f.value(z)), float(f.derivative(z))
            measure, arrays = create("cost", cost), [np.full((1, 1, 1), value) for value in (z, a, y)]
            error = np.empty((1, 1, 1))
            measure.upstream(SigmoidOutput(), *arrays, error)
            assert found["cost"] == pytest.approx(measure.loss(SigmoidOutput(), *arrays).item(), **FINE)
            assert [found["a"], found["slope"], found["error"]] == pytest.approx([a, slope, error.item()], **FINE)
            assert found["product"] == pytest.approx(error.item() * slope * 2.0, rel=1e-9, abs=1e-12)
    assert Quadratic.name in names("cost")


def test_without_scripts_and_on_paper_all_is_there(open_page: Pages, path: Path, answer: Walk) -> None:
    page = open_page(path, scripts=False)
    assert not any(controls.is_visible() for controls in page.locator(".controls").all())
    assert page.locator("[data-instrument=neuron] table").is_visible()
    assert page.locator("[data-instrument=neuron] svg .dot").count() == 2
    questions = [b for c in answer.chapters for b in c.blocks if isinstance(b, Question)]
    assert page.locator("details.question").count() == len(questions) >= 10
    first = page.locator("details.question").first
    assert not first.locator("p").is_visible()
    first.locator("summary").click()
    assert first.locator("p").is_visible()
    page.emulate_media(media="print")
    assert all(p.is_visible() for p in page.locator("details.question p").all())


def test_it_runs_where_artifacts_are_shown(open_page: Pages, path: Path, answer: Walk) -> None:
    frame = open_page.sandboxed(path)
    assert readings(frame.locator("[data-instrument=neuron]")) == pytest.approx(
        expected(instrument(answer).states[0]), **FINE
    )
