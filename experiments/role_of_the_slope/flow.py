"""The neuron's exact solution: gradient flow, which is gradient descent with infinitely small steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_HALVINGS = 60  # of an interval of z: down to the last bits of float64


def sigmoid_neuron_flow(times: ArrayLike, z: float, cost: str = "quadratic") -> NDArray[Any]:
    """z(t) of one sigmoid neuron with input 1, target 0, weight and bias both trained, from z(0) = `z`.

    Time is learning rate x steps. Quadratic cost: dz/dt = -2 a^2 (1 - a), so that e^z + 3z - 3e^-z - e^-2z / 2 falls
    by 2t. Cross-entropy: dz/dt = -2 a, and z - e^-z does. The setting is Nielsen's (2015, ch. 3). Shape of `times`,
    which are not negative.
    """

    def falling(z: NDArray[Any]) -> NDArray[Any]:
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
