"""Markdown that the program writes: tables in generated pages and in MLflow's notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]], gap: str = "") -> str:
    """A table of texts, each followed by `gap`; a bar within one and HTML are escaped, a line break becomes a space."""
    head, *body = ["| " + " | ".join(_cell(cell) + gap for cell in line) + " |" for line in (header, *rows)]
    return "\n".join([head, "| " + " | ".join(["---"] * len(header)) + " |", *body])


def without_html(text: str) -> str:
    """Markdown in which what would be HTML is shown as it is written."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def _cell(text: str) -> str:
    return without_html(" ".join(text.split())).replace("|", "\\|")
