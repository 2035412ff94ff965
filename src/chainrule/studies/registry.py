"""All studies, in the order they are told."""

from __future__ import annotations

from chainrule.studies.base import Experiment
from chainrule.studies.edge_of_stability import EdgeOfStability
from chainrule.studies.gradient_check import GradientCheck
from chainrule.studies.largest_learning_rate import LargestLearningRate
from chainrule.studies.predicted_learning_curve import PredictedLearningCurve
from chainrule.studies.role_of_the_slope import RoleOfTheSlope
from chainrule.studies.starting_weights import StartingWeights
from chainrule.studies.vanishing_gradient import VanishingGradient
from chainrule.studies.without_the_slope import WithoutTheSlope
from chainrule.studies.zero_weights import ZeroWeights


def experiments() -> dict[str, Experiment]:
    """Every study by name."""
    told: list[type[Experiment]] = [
        RoleOfTheSlope,
        WithoutTheSlope,
        GradientCheck,
        ZeroWeights,
        LargestLearningRate,
        EdgeOfStability,
        VanishingGradient,
        StartingWeights,
        PredictedLearningCurve,
    ]
    return {each.name: each() for each in told}
