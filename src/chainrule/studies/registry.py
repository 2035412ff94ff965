"""All studies, in the order they are told."""

from __future__ import annotations

from chainrule.studies.base import Experiment
from chainrule.studies.largest_learning_rate import LargestLearningRate
from chainrule.studies.role_of_the_slope import RoleOfTheSlope


def experiments() -> dict[str, Experiment]:
    """Every study by name."""
    told: list[type[Experiment]] = [RoleOfTheSlope, LargestLearningRate]
    return {each.name: each() for each in told}
