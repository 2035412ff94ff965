"""The chain rule explained step by step: a walk as data, told as text, as a page or as JSON."""

from __future__ import annotations

from chainrule.explain.command import main

__all__ = ["main"]
