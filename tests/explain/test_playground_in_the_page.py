"""The network as an instrument: what is chosen lights up, and training in the page is training in Python."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import chainrule
from browser import Pages
from chainrule.explain.explanation import network_walk
from chainrule.explain.factors import upstream
from chainrule.explain.page import as_page
from chainrule.explain.playground import is_playable
from chainrule.explain.request import Request
from chainrule.explain.walk import Playground, Walk

if TYPE_CHECKING:
    from playwright.sync_api import Locator

FINE = {"rel": 1e-9, "abs": 1e-13}
IRIS = {"dataset": "iris", "hidden": [3], "output": "softmax", "cost": "cross_entropy", "sample": 5}


def playground(walk: Walk) -> Playground:
    (found,) = [b for c in walk.chapters for b in c.blocks if isinstance(b, Playground)]
    return found


@pytest.fixture
def opened(open_page: Pages, tmp_path: Path) -> Callable[..., Locator]:
    def opened(given: dict[str, Any], **options: Any) -> Locator:
        path = tmp_path / "page.html"
        path.write_text(as_page(network_walk(Request.of(given))), encoding="utf-8")
        return open_page(path, **options).locator("[data-instrument=playground]")

    return opened


def value(root: Locator, selector: str) -> float:
    return float(root.locator(selector).get_attribute("data-value") or "nan")


def test_every_weight_shows_its_chain(opened: Callable[..., Locator]) -> None:
    probe = Request.of(IRIS).subject().probe
    root = opened(IRIS)
    chooser = root.locator("[name=choice]")
    for layer, gradients in enumerate(probe.result.weight_gradients):
        errors = upstream(probe, layer)
        for (unit, source), gradient in np.ndenumerate(gradients):
            chooser.select_option(f"{layer + 1}:{unit}:{source}")
            assert value(root, "[data-factor=product]") == pytest.approx(gradient, **FINE)
            assert value(root, "[data-factor=input]") == pytest.approx(
                probe.result.activations[layer][0, source], **FINE
            )
            if layer == 0:
                assert value(root, "[data-factor=error]") == pytest.approx(errors[unit], **FINE)
                assert value(root, "[data-factor=slope]") == pytest.approx(probe.result.slopes[0][0, unit], **FINE)
                assert value(root, "[data-sum]") == pytest.approx(errors[unit], **FINE)  # over all ways to the cost
                assert root.locator("[data-chain] tr").count() == 3 + 1
            else:  # softmax: error and slope are one number
                assert value(root, "[data-factor=error]") == pytest.approx(probe.result.deltas[1][0, unit], **FINE)
                assert root.locator("[data-factor=slope]").count() == 0


def test_a_chosen_weight_lights_up_all_ways_to_the_cost(opened: Callable[..., Locator]) -> None:
    root = opened(IRIS)
    root.locator("[name=choice]").select_option("1:2:0")
    assert root.locator(".weight.chosen title").all_text_contents()[0].startswith("weight x1 → h3")
    lit = [text.split(":")[0] for text in root.locator(".weight.backward title").all_text_contents()]
    assert lit == [f"weight h3 → o{k}" for k in (1, 2, 3)]
    assert root.locator(".neuron.backward").count() == 3


def test_a_chosen_unit_shows_what_it_hears_and_what_blames_it(opened: Callable[..., Locator]) -> None:
    result = Request.of(IRIS).subject().probe.result
    root = opened(IRIS)
    unit = root.get_by_role("button", name="unit h2")
    unit.focus()
    unit.press("Enter")
    assert root.get_by_role("button", name="unit h2").get_attribute("aria-pressed") == "true"
    assert root.locator("svg.network [data-choice='1:1:']").evaluate("(unit) => unit === document.activeElement")
    assert root.locator(".weight.forward").count() == 4
    assert root.locator(".weight.backward").count() == 3
    assert value(root, "[data-factor=product]") == pytest.approx(result.deltas[0][0, 1], **FINE)
    z, error = (float(cell.get_attribute("data-value") or "") for cell in root.locator("[data-sum]").all())
    assert z == pytest.approx(result.z[0][0, 1], **FINE)
    assert error * result.slopes[0][0, 1] == pytest.approx(result.deltas[0][0, 1], **FINE)
    root.locator("svg.network [data-choice='2:0:0'] .hit").dispatch_event("click")
    assert root.locator("[name=choice]").input_value() == "2:0:0"


@pytest.mark.parametrize(
    "given",
    [
        {"hidden": [2], "activation": "tanh", "cost": "cross_entropy"},
        {**IRIS, "activation": "gelu"},
        {"dataset": "linnerud", "hidden": [2], "activation": "leaky_relu", "cost": "huber", "learning_rate": 0.1},
    ],
)
def test_steps_and_restart(given: dict[str, Any], opened: Callable[..., Locator]) -> None:
    request = Request.of(given)
    start = request.subject().batch
    functions = {"activation": start.activation, "output": start.output, "cost": start.cost}
    trained = chainrule.train(
        start.weights,
        start.biases,
        start.X,
        start.y,
        learning_rate=request.settings.learning_rate,
        epochs=101,
        **functions,
    )
    costs = trained.history["cost/train"]
    root = opened(given)
    assert value(root, "[data-cost]") == pytest.approx(costs[0], **FINE)
    root.get_by_role("button", name="Step", exact=True).click()
    assert root.locator("[data-steps]").inner_text() == "1"
    assert value(root, "[data-cost]") == pytest.approx(costs[1], **FINE)
    root.get_by_role("button", name="100 steps").click()
    assert value(root, "[data-cost]") == pytest.approx(costs[101], rel=1e-9)
    path = root.locator("svg.costs .curve").get_attribute("points") or ""
    assert len(path.split()) == 102
    after = chainrule.backprop(trained.weights, trained.biases, start.X[:1], start.y[:1], **functions)
    root.locator("[name=sample]").select_option("0")
    assert float(root.get_attribute("data-sample-cost") or "") == pytest.approx(after.cost, rel=1e-9)
    root.get_by_role("button", name="Restart").click()
    assert root.locator("[data-steps]").inner_text() == "0"
    assert value(root, "[data-cost]") == pytest.approx(costs[0], **FINE)


def test_it_trains_until_it_is_paused(opened: Callable[..., Locator]) -> None:
    root = opened({"hidden": [3], "learning_rate": 5.0})
    first = value(root, "[data-cost]")
    root.get_by_role("button", name="Train").click()
    root.page.wait_for_function("Number(document.querySelector('[data-steps]').textContent) >= 50")
    root.get_by_role("button", name="Pause").click()
    steps = root.locator("[data-steps]").inner_text()
    assert value(root, "[data-cost]") < first
    root.page.wait_for_timeout(100)
    assert root.locator("[data-steps]").inner_text() == steps


def test_without_scripts_there_are_tables(opened: Callable[..., Locator]) -> None:
    root = opened(IRIS, scripts=False)
    tables = root.locator("table")
    assert tables.count() == 2
    assert all(table.is_visible() for table in tables.all())
    assert not root.locator("[data-step]").is_visible()


def test_the_tables_hold_every_weight_and_the_course(answer: Walk) -> None:
    found = playground(answer)
    subject = Request.of({}).subject()
    products = [g for gradients in subject.probe.result.weight_gradients for g in gradients.ravel().tolist()]
    assert [row[-1] for row in found.weights.rows] == pytest.approx(products)
    for _, _, error, slope, leverage, product in found.weights.rows:
        assert product == pytest.approx(error * slope * leverage, abs=1e-15)
    assert [row[0] for row in found.course.rows] == ["0", "1", "10", "100"]
    for steps, cost in found.course.rows[1:]:
        network = (subject.batch.weights, subject.batch.biases, subject.batch.X, subject.batch.y)
        history = chainrule.train(*network, learning_rate=0.5, epochs=int(steps)).history
        assert cost == pytest.approx(history["cost/train"].iloc[-1])


def test_only_small_networks_are_trained_in_the_page() -> None:
    sizes = itertools.product(("xor", "moons", "digits"), ([], [3], [100]))
    playable = [(d, h) for d, h in sizes if is_playable(Request.of({"dataset": d, "hidden": h}).subject())]
    assert playable == [("xor", [3]), ("moons", [3])]


def test_training_that_diverges_is_told(opened: Callable[..., Locator]) -> None:
    given = {"dataset": "linnerud", "hidden": [1], "activation": "identity", "learning_rate": 900.0}
    found = playground(network_walk(Request.of(given)))
    assert "it diverges in step" in found.course.caption
    assert all(np.isfinite(cost) for _, cost in found.course.rows)
    root = opened(given)
    root.get_by_role("button", name="100 steps").click()
    assert "diverged" in root.locator("[data-diverged]").inner_text()
    assert int(root.locator("[data-steps]").inner_text()) < 100
    root.get_by_role("button", name="Restart").click()
    assert root.locator("[data-diverged]").inner_text() == ""
