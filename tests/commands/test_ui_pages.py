"""MLflow's pages as a person walks through them, in a real browser: from the address that is printed to the report."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import chainrule as cr
from browser import Pages
from chainrule.record.store import open_store
from chainrule.study import Study
from chainrule.sweep.sweep_record import ParentRun

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COMMAND = str(Path(sys.executable).with_name("chainrule"))
SWEEP = ["learning_rate=0.1,1,10", "init=he_normal,zeros", "seed=range(2)", "epochs=20", "record.points=10"]
BEST = "10 · he_normal"  # in the names of the best runs
REPORT = "<!DOCTYPE html><html lang='en'><title>t</title><p id='p'></p><script>p.textContent = 'it ' + 'runs'</script>"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `chainrule ui` prints after a sweep, which has a report; it serves until the tests are done."""
    folder = tmp_path_factory.mktemp("ui")
    uri = f"sqlite:///{folder}/mlflow.db"
    subprocess.run([COMMAND, "sweep", *SWEEP, f"tracking.uri={uri}"], cwd=folder, check=True, capture_output=True)
    store, runs = open_store(uri), cr.load_runs(uri=uri)
    parent = ParentRun.find(store, runs["parent"].iloc[0])
    store.client.log_text(parent.run_id, REPORT, "report.html")
    parent.sum_up(store, Study(), runs)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [COMMAND, "ui", "--port", str(port), "--uri", uri]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as ui:
        assert ui.stdout
        yield ui.stdout.readline().split()[0]
        ui.send_signal(signal.SIGINT)


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """The page that the printed address opens; none of those that follow may ask for anything elsewhere."""
    pages = Pages(chromium, origin=address.partition("#")[0])
    yield pages(address, width=1500)
    pages.close()
    assert pages.requests == []
    assert [each for each in pages.messages if each.startswith("exception")] == []


def follow(page: Page, link: str) -> Page:
    """The page that a link of a note opens: one of its own."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name=link).click()
    return opened.value


def sweep_page(page: Page) -> Page:
    """From the first run of the view to the page of its sweep, with the whole note."""
    page.get_by_role("link", name=re.compile(BEST)).first.click()
    page.get_by_text("finished, 20 epochs: cost/train ").wait_for()
    sweep = follow(page, "its sweep")
    sweep.get_by_text("Best run.").wait_for()
    sweep.get_by_text("Show more", exact=True).click()
    return sweep


def test_the_newest_sweep_is_shown_best_first(page: Page) -> None:
    first = page.get_by_role("link", name=re.compile(" · seed ")).first
    first.wait_for()
    assert first.inner_text().startswith(BEST)
    assert page.get_by_text("newest sweep, best first").is_visible()
    assert page.get_by_text("9 matching runs").is_visible()  # zeros have one seed
    columns = ["learning_rate", "init", "seed", "cost/train"]
    boxes = [page.get_by_role("columnheader", name=name).last.bounding_box() for name in columns]
    left = [box["x"] for box in boxes if box]
    assert len(left) == 4
    assert left == sorted(left)


def test_its_charts_show_what_the_settings_did(page: Page) -> None:
    page.get_by_role("link", name=re.compile(" · seed ")).first.wait_for()
    page.goto(page.url + "&compareRunsMode=CHART")
    page.get_by_text("What the settings did").wait_for()
    page.get_by_text("How the best runs learned").wait_for()
    assert page.get_by_text("gradient_check").count() == 0


def test_from_the_best_run_to_its_sweep_to_the_report(page: Page) -> None:
    sweep = sweep_page(page)
    assert sweep.get_by_text("moons (").first.is_visible()  # its data
    picture = sweep.locator("img[src*=heatmap_small]")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    report = follow(sweep, "report of all runs")
    report.frame_locator("iframe").get_by_text("it runs").wait_for()
    assert report.url.endswith("/artifacts/report.html?workflowType=machine_learning")


def test_the_best_runs_model_is_a_click_away(page: Page) -> None:
    model = follow(sweep_page(page), "model of the best run")
    model.get_by_text(BEST).first.wait_for()  # the run that it comes from


def test_runs_are_compared(page: Page) -> None:
    page.get_by_role("link", name=re.compile(" · seed ")).first.wait_for()
    for row in (1, 2):  # the first box is for all
        page.get_by_role("checkbox").nth(row).check()
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Comparing 2 Runs").wait_for()
