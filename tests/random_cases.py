"""How many random cases a test tries: by default a number that its cost allows, in `make test-all` many more."""

from __future__ import annotations

from hypothesis import settings

PROFILE = settings().max_examples  # of the profile in use, see conftest.py
IS_THOROUGH = PROFILE > 100


def cases(count: int) -> int:
    """`count` by default; in the thorough profile as many times more as that one has more than Hypothesis's own 100."""
    return count * PROFILE // 100
