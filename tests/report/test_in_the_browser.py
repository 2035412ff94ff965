"""The page in a browser: what is chosen is shown, with the recorded numbers; on file:// and in MLflow's sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from browser import Pages
from chainrule.report.content import report
from chainrule.report.data import page_data
from chainrule.report.packing import pack
from chainrule.report.page import as_page
from report_examples import EPOCHS, curves_of, described, made_runs, mixed, page_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    file.write_text(page_of(made_runs(mixed)), encoding="utf-8")
    return file


def cell(page: Any, init: str, rate: str) -> Any:
    return page.locator(f'.cell[aria-label^="initialization {init}, learning rate {rate}:"]')


def readout(page: Any, chart: str, share: float) -> str:
    """What is told of the epoch at that share of the chart's width."""
    over = page.locator(f"{chart} .u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    over.hover(position={"x": 1 + (box["width"] - 2) * share, "y": box["height"] / 2})
    return page.locator(f"{chart} + .readout").first.inner_text()


def told(text: str) -> tuple[int, dict[str, float]]:
    epoch, _, rest = text.partition(": ")
    parts = [re.fullmatch(r"(.*) ([-\d.e]+)", part) for part in rest.split("; ")]
    return int(epoch.removeprefix("epoch ")), {part[1]: float(part[2]) for part in parts if part}


def test_the_best_setting_is_shown_with_its_recorded_median(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    epoch, values = told(readout(page, ".curves", 1.0))
    assert epoch == 100
    costs = curves_of(made_runs(mixed)).query("metric == 'cost/train' and epoch == 100")
    own = made_runs(mixed).query("init == 'he_normal' and learning_rate == 1.0")
    expected = costs[costs["run"].isin(own["run"])]["value"].median()
    assert list(values.values()) == [pytest.approx(expected, rel=1e-3)]
    epoch, factors = told(readout(page, ".panels figure > div", 0.0))
    assert epoch == 0
    assert factors["error from above"] == pytest.approx(0.3 / 7, rel=1e-3)
    assert factors["slope"] == pytest.approx(0.25 * 0.3, rel=1e-3)
    assert factors["input"] == pytest.approx(1.0)
    assert factors["their product"] == pytest.approx(0.3 / 7 * 0.25 * 0.3, rel=1e-3)


def test_cells_are_chosen_by_mouse_and_keyboard(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    page.wait_for_selector(".chips button")
    cell(page, "zeros", "1").click()
    page.wait_for_selector(".chips li:nth-child(2)")
    assert page.locator(".chips button").all_inner_texts() == ["learning rate 1 · he_normal", "learning rate 1 · zeros"]
    cell(page, "zeros", "10").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".chips li:nth-child(3)")
    assert page.locator('.cell[aria-pressed="true"]').count() == 3
    cell(page, "he_normal", "1").press(" ")
    page.wait_for_function("document.querySelectorAll('.chips li').length === 2")
    shown = page.locator("ul.runs li").all_inner_texts()
    assert len(shown) == 6
    assert "diverged, run run8" in shown[-1]
    assert "chainrule train study=rates epochs=9 learning_rate=10.0 init=zeros seed=2" in shown[-1]


def test_a_diverged_seed_counts_as_the_worst(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    page.locator(".chips button").click()
    cell(page, "zeros", "10").click()
    page.wait_for_selector(".chips li button")
    epoch, values = told(readout(page, ".curves", 1.0))
    assert epoch == 100
    assert list(values.values()) == [pytest.approx(0.3 / 1001, rel=1e-3)]  # of .2, .3 and a cost beyond all numbers
    page.select_option(".metric", "accuracy/test")
    page.wait_for_function("document.querySelector('.curves').getAttribute('aria-label').startsWith('test accuracy')")
    _, values = told(readout(page, ".curves", 1.0))
    assert list(values.values()) == [pytest.approx(1 - 0.3 / 1001, abs=1e-3)]


def test_every_curve_unpacks_to_what_was_recorded(open_page: Pages, path: Path) -> None:
    """The page's own code, run in it once more."""
    page = open_page(path)
    runs, curves = made_runs(mixed), curves_of(made_runs(mixed))
    code = (Path(__file__).parents[2] / "src/chainrule/report/static/packed.js").read_text(encoding="utf-8")
    code = code.replace("export ", "")
    for metric, own in curves.groupby("metric"):
        wide = own.pivot(index="run", columns="epoch", values="value").reindex(runs["run"])
        script = f"""async () => {{ {code}
            const data = JSON.parse(document.getElementById("data").textContent);
            return Array.from(await curvesOf(data, "{metric}"), (value) => Number.isNaN(value) ? null : value); }}"""
        found = pd.Series(page.evaluate(script), dtype=float).to_numpy().reshape(len(runs), len(EPOCHS))
        np.testing.assert_allclose(found, wide.to_numpy(), rtol=1e-3)


def test_the_heatmap_shows_other_measures_on_other_axes(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    page.get_by_label("show", exact=True).select_option(label="training cost")
    told = "learning rate 1, initialization zeros: training cost 0.390, median of 3 runs"
    page.wait_for_selector(f'.cell[aria-label="{told}"]')
    page.get_by_label("across", exact=True).select_option(label="initialization")
    assert page.get_by_label("down", exact=True).locator("option:checked").inner_text() == "learning rate"
    words = page.locator("figure.heatmap:visible .cell").evaluate_all("cells => cells.map(c => c.ariaLabel)")
    assert words == [
        "initialization zeros, learning rate 0.1: training cost 0.500, median of 3 runs, 3 of 3 stuck",
        "initialization he_normal, learning rate 0.1: training cost 0.200, median of 2 runs, 1 failed",
        "initialization zeros, learning rate 1: training cost 0.390, median of 3 runs",
        "initialization he_normal, learning rate 1: training cost 0.099, median of 3 runs, the best",
        "initialization zeros, learning rate 10: training cost 0.300, median of 2 runs, 1 of 3 diverged",
        "initialization he_normal, learning rate 10: diverged, 2 of 3 diverged",
    ]
    page.locator('figure.heatmap:visible .cell[aria-label*="0.390"]').click()
    page.wait_for_selector(".chips li:nth-child(2)")
    page.get_by_label("across", exact=True).select_option(label="seed")
    assert page.get_by_label("initialization", exact=True).is_visible()
    page.get_by_label("initialization", exact=True).select_option(label="zeros")
    words = page.locator("figure.heatmap:visible .cell").evaluate_all("cells => cells.map(c => c.ariaLabel)")
    assert words[5] == "seed 2, learning rate 1: training cost 0.380"
    page.get_by_label("show", exact=True).select_option(label="test accuracy")
    page.get_by_label("across", exact=True).select_option(label="learning rate")
    page.get_by_label("down", exact=True).select_option(label="initialization")
    assert cell(page, "he_normal", "1").first.is_visible()  # the page's own, with what is within noise


def test_tables_are_sorted_and_filtered(open_page: Pages, path: Path) -> None:
    page = open_page(path)
    table = page.locator("table", has_text="All runs, best first")
    table.locator("button", has_text="training cost").click()
    rows = table.locator("tbody tr").all_inner_texts()
    assert rows[0].split("\t")[-1] == "run14"
    assert table.locator("th", has_text="training cost").get_attribute("aria-sort") == "ascending"
    table.locator("button", has_text="training cost").click()
    assert table.locator("tbody tr").first.inner_text().split("\t")[:3] == ["10", "he_normal", "0"]
    filter_box = page.get_by_label("Filter: All runs, best first")
    filter_box.fill("zeros stuck")
    assert table.locator("tbody tr:visible").count() == 3
    assert page.locator("output", has_text="3 of 18 rows").count() == 1


@pytest.mark.parametrize("sandbox", ["allow-scripts", "allow-scripts allow-same-origin"])
def test_it_works_in_the_viewer_of_artifacts(open_page: Pages, path: Path, sandbox: str) -> None:
    frame = open_page.sandboxed(path, sandbox)
    cell(frame, "zeros", "1").click()
    frame.wait_for_selector(".chips li:nth-child(2)")
    assert frame.locator("canvas").count() == 2


@pytest.mark.parametrize("options", [{}, {"dark": True}, {"width": 390, "height": 844}, {"scripts": False}], ids=str)
def test_nothing_stands_out_of_the_page(open_page: Pages, path: Path, options: dict[str, Any]) -> None:
    page = open_page(path, **options)
    assert (
        page.evaluate("document.documentElement.scrollWidth") <= options.get("width", 1200)
        if options.get("scripts", True)
        else page.locator("#chosen").is_hidden()
    )


def test_without_script_a_cell_leads_to_its_row(open_page: Pages, path: Path) -> None:
    page = open_page(path, scripts=False)
    cell(page, "he_normal", "1").click()
    assert page.url.endswith("#setting-0")
    assert page.locator("#setting-0").is_visible()


def test_thinned_curves_are_told(open_page: Pages, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for most, told in ((10**6, ""), (1, "curves have 8 of 15 recorded epochs")):
        runs = made_runs(mixed)
        longer = curves_of(runs).query("epoch > 0").assign(epoch=lambda frame: frame["epoch"] * 3)
        curves = pd.concat([curves_of(runs), longer], ignore_index=True).drop_duplicates(["run", "metric", "epoch"])
        packed = pack(curves, list(runs["run"]), most=most)
        sweep = described()
        file.write_text(as_page(report(runs, sweep), page_data(runs, packed, sweep.command)), encoding="utf-8")
        shown = open_page(file).locator(".thinned").inner_text()
        assert told in shown
        assert bool(told) == bool(shown)


@pytest.mark.parametrize("shape", ["one run", "seeds", "all diverged"])
def test_any_sweep_opens(open_page: Pages, tmp_path: Path, shape: str) -> None:
    runs = {
        "one run": lambda: made_runs(lambda *_: 0.7, [0.1], ["zeros"], 1),
        "seeds": lambda: made_runs(lambda rate, init, seed: 0.7 + seed / 100, [0.1], ["zeros"]),
        "all diverged": lambda: made_runs(lambda *_: np.nan),
    }[shape]()
    file = tmp_path / "page.html"
    file.write_text(page_of(runs), encoding="utf-8")
    page = open_page(file)
    assert page.locator("h1").inner_text() == "Rates"
