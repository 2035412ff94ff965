"""scikit-learn, imported only when a dataset is made: it takes longer to load than any of them."""

from __future__ import annotations

import importlib
from typing import Any


def scikit_learn(module: str) -> Any:
    """The module `sklearn.<module>`; Any, because scikit-learn ships no types."""
    return importlib.import_module(f"sklearn.{module}")
