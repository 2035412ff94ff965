"""The errors that are told in one line: above all a value from outside that can't be used."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 200  # characters of a refused value that are shown,
LONGEST_SENTENCE = 2000  # and of what is said of it: a file may have a thousand columns
MOST_SUGGESTED = 3  # of the names that begin with what was typed


class InputError(ValueError):
    """A value from outside is refused; `str(error)` is one line: the key, the value, what is allowed.

    Whatever a terminal would obey instead of showing it, such as an escape sequence in a column's name, is written
    out: `\x1b`.
    """

    exit_code = 2  # of the command, as argparse and most commands have it for wrong input

    def __init__(self, key: str, value: Any, requirement: str) -> None:
        self.key, self.value, self.requirement = key, value, requirement
        shown = "null" if value is None else str(value)
        super().__init__(
            f"{_one_line(key, LONGEST)}={_one_line(shown, LONGEST)}: {_one_line(requirement, LONGEST_SENTENCE)}"
        )

    def __reduce__(self) -> tuple[Any, ...]:  # worker processes hand errors back pickled
        return type(self), (self.key, self.value, self.requirement)


class RunFailedError(InputError):
    """Nothing was wrong with the input, but a run failed, and no others were to be trained then."""

    exit_code = 1


def _one_line(text: str, longest: int) -> str:
    """`text` with single spaces for all white space, and what can't be printed as Python would write it."""
    line = " ".join(text[: 20 * longest].split())  # it may be megabytes long
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
    return f"{shown[:longest]}..." if len(shown) > longest else shown


def unknown_name(key: str, value: Any, allowed: Iterable[str]) -> InputError:
    """The error for a name that is not among `allowed`, with the nearest match if one is near."""
    return InputError(key, value, one_of(value, allowed))


def one_of(value: Any, allowed: Iterable[str]) -> str:
    """The sentence "did you mean ...? allowed: ..." for a misspelt name."""
    choices = list(allowed)
    return f"{suggestion(value, choices)}allowed: {', '.join(choices)}"


def suggestion(value: Any, choices: Iterable[str]) -> str:
    """What an unfinished or misspelt name may stand for, "did you mean ...? "; nothing if no choice is near."""
    names = {choice.casefold().lstrip("-"): choice for choice in choices}
    typed = str(value).casefold().lstrip("-")
    near = [name for name in names if typed and name.startswith(typed)][:MOST_SUGGESTED]
    near = near or difflib.get_close_matches(typed, names, n=1, cutoff=0.6)
    return f"did you mean {' or '.join(names[name] for name in near)}? " if near else ""
