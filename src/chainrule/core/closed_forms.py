"""Learning curves that need no training: gradient flows whose solution can be written down.

Gradient flow is gradient descent with infinitely small steps; its time is learning rate x steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
_HALVINGS = 60  # of an interval of z: down to the last bits of float64


def sigmoid_neuron_flow(times: ArrayLike, z: float, cost: str = "quadratic") -> Array:
    """z(t) of one sigmoid neuron with input 1, target 0, weight and bias both trained, from z(0) = `z`.

    Quadratic cost: dz/dt = -2 a^2 (1 - a), so that e^z + 3z - 3e^-z - e^-2z / 2 falls by 2t. Cross-entropy:
    dz/dt = -2 a, and z - e^-z does. The setting is Nielsen's (2015, ch. 3). Shape of `times`, which are not negative.
    """

    def falling(z: Array) -> Array:
        if cost == "cross_entropy":
            return z - np.exp(-z)
        return np.exp(z) + 3.0 * z - 3.0 * np.exp(-z) - 0.5 * np.exp(-2.0 * z)

    target = falling(np.asarray(z, float)) - 2.0 * np.asarray(times, float)
    low, high = np.full(target.shape, z - 1.0), np.full(target.shape, float(z))
    while np.any(falling(low) > target):
        low -= 1.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = falling(middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return 0.5 * (low + high)


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
