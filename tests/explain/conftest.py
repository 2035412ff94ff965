from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from chainrule.explain.explanation import full_answer
from chainrule.explain.terminal import show
from chainrule.explain.walk import Walk

TextOf = Callable[..., str]


@pytest.fixture(scope="session")
def answer() -> Walk:
    """The explanation that is given when nothing particular is asked for."""
    return full_answer()


@pytest.fixture(scope="session")
def text_of() -> TextOf:
    """The text of a walk as a console of some width shows it, by default one that is no terminal."""

    def text(walk: Walk, width: int = 100, *, styled: bool = False) -> str:
        file = io.StringIO()
        color_system = "standard" if styled else None
        show(walk, Console(file=file, width=width, force_terminal=styled, color_system=color_system, highlight=False))
        return file.getvalue()

    return text
