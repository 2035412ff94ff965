"""All studies, in the order they are told."""

from __future__ import annotations

from chainrule.studies.base import Experiment


def experiments() -> dict[str, Experiment]:
    """Every study by name."""
    told: list[type[Experiment]] = []
    return {each.name: each() for each in told}
