"""The harness of tests of pages: it sees what a page asks for and complains of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from browser import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = '<!DOCTYPE html><html lang="en"><title>t</title><p id="here">as written</p><script>{}</script>'


def write(folder: Path, script: str) -> Path:
    path = folder / "page.html"
    path.write_text(PAGE.format(script), encoding="utf-8")
    return path


def test_a_page_runs_its_script_unless_it_may_not(open_page: Pages, tmp_path: Path) -> None:
    path = write(tmp_path, 'here.textContent = matchMedia("(prefers-color-scheme: dark)").matches + " " + innerWidth')
    assert open_page(path, dark=True, width=390).inner_text("#here") == "true 390"
    assert open_page(path, scripts=False).inner_text("#here") == "as written"


def test_in_the_sandbox_there_is_no_storage(open_page: Pages, tmp_path: Path) -> None:
    path = write(tmp_path, "try { localStorage; } catch (e) { here.textContent = e.name; }")
    assert open_page.sandboxed(path).inner_text("#here") == "SecurityError"
    assert open_page(path).inner_text("#here") == "as written"


def test_what_leaves_the_page_and_what_it_complains_of_is_noted(chromium: Browser, tmp_path: Path) -> None:
    pages = Pages(chromium)
    page = pages(write(tmp_path, 'console.warn("odd"); fetch("http://127.0.0.1:9/x").catch(() => {}); nothing();'))
    page.wait_for_timeout(200)
    pages.close()
    assert pages.requests == ["http://127.0.0.1:9/x"]
    assert pages.messages[0] == "warning: odd"
    assert any(message.startswith("exception: nothing is not defined") for message in pages.messages)
