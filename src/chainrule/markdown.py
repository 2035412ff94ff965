"""Markdown that the program writes: tables in generated pages and in MLflow's notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; a bar within a cell and HTML are escaped, a line break becomes a space."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def without_html(text: str) -> str:
    """Markdown in which what would be HTML is shown as it is written."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)


def _cell(text: str) -> str:
    return without_html(" ".join(text.split())).replace("|", "\\|")
