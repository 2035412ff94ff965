"""What tests of pages share: a headless Chromium, and pages in it that must ask for nothing and complain of nothing.

A test takes the fixture `open_page`. Without Chromium (Debian's package of that name) such tests are skipped.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")  # as root, and in a container
OWN = ("file:", "data:", "blob:", "about:")  # what a page may load without asking a network
OF_THE_FRAME = "An iframe which has both allow-scripts and allow-same-origin"  # a warning about `sandboxed` itself
TIMEOUT = 30_000  # ms, until an element that is waited for must be there: long, for a machine that is busy


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, started once a module: as long as it runs, nothing else in the process can run an event loop."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Pages:
    """Opens pages, each in a context of its own, and notes what they ask for and what they complain of.

    `origin` is the start of further addresses that they may load from, such as "http://127.0.0.1:5000/".
    """

    def __init__(self, browser: Browser, origin: str | None = None) -> None:
        self._browser, self._allowed = browser, (*OWN, *([origin] if origin else []))
        self._contexts: list[Any] = []
        self.requests: list[str] = []  # those that leave the page
        self.messages: list[str] = []  # of the console, and exceptions

    def __call__(
        self,
        address: str | Path,
        *,
        width: int = 1200,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
        **context: Any,
    ) -> Page:
        """The page at an address or of a file, loaded; `context` are further options of Playwright's `new_context`."""
        if isinstance(address, Path):
            address = address.resolve().as_uri()
        opened = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            **context,
        )
        opened.set_default_timeout(TIMEOUT)
        self._contexts.append(opened)
        page = opened.new_page()
        page.on("request", lambda request: self._note(request.url))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.messages.append(f"exception: {error}"))
        page.goto(address)
        return page

    def sandboxed(self, path: Path, sandbox: str = "allow-scripts", **options: Any) -> Frame:
        """A file's page as MLflow's viewer of artifacts shows it: in a frame that may run scripts, and nothing else."""
        framing = path.with_name(f"{path.stem}-{sandbox.replace(' ', '-')}-framed.html")
        inner = html.escape(path.read_text(encoding="utf-8"))
        style = "position: fixed; inset: 0; width: 100%; height: 100%; border: 0"
        framing.write_text(
            f'<!DOCTYPE html><html lang="en"><title>framed</title><iframe title="the page" sandbox="{sandbox}" '
            f'style="{style}" srcdoc="{inner}"></iframe>',
            encoding="utf-8",
        )
        return self(framing, **options).frames[1]

    def _note(self, url: str) -> None:
        if not url.startswith(self._allowed):
            self.requests.append(url)

    def _hear(self, kind: str, text: str) -> None:
        if not text.startswith(OF_THE_FRAME):
            self.messages.append(f"{kind}: {text}")

    def close(self) -> None:
        """Close them all."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Pages]:
    """Opens pages, see `Pages`; after the test none may have asked for an address elsewhere, or written a message."""
    pages = Pages(chromium)
    yield pages
    pages.close()
    assert pages.requests == []
    assert pages.messages == []
