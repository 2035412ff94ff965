"""What is printed: one console for results on standard output, one for progress on standard error."""

from __future__ import annotations

from rich.console import Console

WIDTH = 100  # characters of a line where there is no terminal, such as in a pipe or a file


def output(width: int = WIDTH) -> Console:
    """Standard output; where it is no terminal, `width` characters wide."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=width)


def progress() -> Console:
    """Standard error, for what is of use only while it runs."""
    return Console(stderr=True, highlight=False)


def say(*lines: str) -> None:
    """Print each line on standard output as it is, however long."""
    for line in lines:
        output().print(line, markup=False, soft_wrap=True)
