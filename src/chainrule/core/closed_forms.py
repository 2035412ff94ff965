"""Learning curves that need no training: gradient flows whose solution can be written down.

Gradient flow is gradient descent with infinitely small steps; its time is learning rate x steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def linear_mode_flow(times: ArrayLike, strength: ArrayLike, start: ArrayLike) -> Array:
    """u(t) = s e^2st / (e^2st - 1 + s / u(0)), the product of two linear layers' equal weights on its way to s.

    Saxe, McClelland & Ganguli 2013, eq. 8, with time in steps x learning rate. Arguments broadcast.
    """
    s, u = np.asarray(strength, float), np.asarray(start, float)
    left = np.exp(-2.0 * s * np.asarray(times, float))  # what is divided out keeps late times finite
    return s / (1.0 + left * (s / u - 1.0))


def linear_mode_half_time(strength: float, start: float) -> float:
    """The time at which u = s/2: ln(s / u(0) - 1) / 2s."""
    return float(np.log(strength / start - 1.0) / (2.0 * strength))


def linear_mode_start(W1: Array, W2: Array, left: Array, right: Array) -> float:
    """The u(0) from which a mode of a two-layer linear net grows, if its weights are small.

    The mode leads from the inputs `right` to the outputs `left`, both of length 1. With a = W1 right and b = W2^T left,
    small weights obey a' = s b, b' = s a: a + b grows and a - b dies away, so that both end as (a + b) / 2.
    """
    grown = 0.5 * (W1 @ right + W2.T @ left)
    return float(grown @ grown)
