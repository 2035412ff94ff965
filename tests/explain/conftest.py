from __future__ import annotations

import pytest

from chainrule.explain.explanation import full_answer
from chainrule.explain.walk import Walk


@pytest.fixture(scope="session")
def answer() -> Walk:
    """The explanation that is given when nothing particular is asked for."""
    return full_answer()
