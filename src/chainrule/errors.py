"""The one error a person can cause: a value from outside that can't be used, told in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

LONGEST = 200  # characters of a refused value that are shown


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
    near = difflib.get_close_matches(str(value), choices, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"{hint}allowed: {', '.join(choices)}"
