"""The curves of an activation and its derivative, with neurons marked where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule.components.activations import Activation
from chainrule.explain.subject import Subject
from chainrule.explain.walk import Curve, Point

SAMPLES = 161
REACH = 6.0  # how far to either side of 0 the curve is drawn, unless a neuron stands further out


def curve(function: Activation, letter: str, points: Sequence[Point], caption: str) -> Curve:
    """f and f′ over z, wide enough for every point short of twice REACH."""
    reach = min(2 * REACH, max([REACH, *(1.1 * abs(point.z) for point in points)]))
    z = np.linspace(-reach, reach, SAMPLES)
    return Curve(
        caption,
        f"{letter}(z)",
        f"{letter}′(z)",
        tuple(z.tolist()),
        tuple(function.value(z).tolist()),
        tuple(function.derivative(z).tolist()),
        tuple(points),
        float(function.max_slope),
    )


def unit_point(subject: Subject, layer: int, unit: int) -> Point:
    """Where a unit stands on its curve for the sample walked through."""
    run = subject.probe.result
    return Point(
        subject.label(layer, unit),
        float(run.z[layer][0, unit]),
        float(run.activations[layer + 1][0, unit]),
        float(run.slopes[layer][0, unit]),
    )
