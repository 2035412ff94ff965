"""How curved the cost of one sigmoid neuron is, and where gradient descent on it starts to swing: in closed form.

The neuron has input 1, a weight and a bias, so z = w + b; both take the same step, hence z moves by twice as much,
and the Hessian in (w, b) has the eigenvalues 0 and 2 d2C/dz2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def curvature(z: Array, cost: str) -> Array:
    """The largest eigenvalue of the Hessian of the neuron's cost at target 0, for each weighted sum z.

    `cost` is "quadratic", C = a^2 / 2, or "cross_entropy", C = -log(1 - a), with a the sigmoid of z.
    """
    a = sigmoid(z)
    if cost == "quadratic":
        return 2.0 * a**2 * (1.0 - a) * (2.0 - 3.0 * a)
    return 2.0 * a * (1.0 - a)


def swinging_rate(z: Array, cost: str) -> Array:
    """The learning rate at which z -> -z -> z is a cycle of gradient descent at target 1/2, for each z > 0.

    A step is z - 2 rate dC/dz; the cycle asks it to end at -z. As z -> 0 the rate falls to 2 / lambda at the
    minimum: 16 for the quadratic cost, 4 for cross-entropy.
    """
    a = sigmoid(z)
    slope = a * (1.0 - a) if cost == "quadratic" else 1.0
    return z / ((a - 0.5) * slope)


def sigmoid(z: Array) -> Array:
    """The neuron's output, 1 / (1 + e^-z)."""
    return 1.0 / (1.0 + np.exp(-z))
