"""The one error a person can cause: a value from outside that can't be used, told in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 200  # characters of a refused value that are shown
MOST_SUGGESTED = 3  # of the names that begin with what was typed


class InputError(ValueError):
    """A value from outside is refused; `str(error)` is one line: the key, the value, what is allowed."""

    def __init__(self, key: str, value: Any, requirement: str) -> None:
        self.key, self.value, self.requirement = key, value, requirement
        shown = "null" if value is None else " ".join(str(value).split())
        if len(shown) > LONGEST:
            shown = f"{shown[:LONGEST]}..."
        super().__init__(f"{key}={shown}: {' '.join(requirement.split())}")

    def __reduce__(self) -> tuple[Any, ...]:  # worker processes hand errors back pickled
        return InputError, (self.key, self.value, self.requirement)


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
