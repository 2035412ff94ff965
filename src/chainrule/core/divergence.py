"""When a run has diverged: a parameter, or the cost over the training set, is no longer finite.

It is looked for after every epoch, recorded or not. A cost can overflow while all parameters are finite, yet only if
some are huge: below `safe_size` none can, so that a look at the largest parameter saves the pass that would tell.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from chainrule.core.data import Split
from chainrule.core.network import Network
from chainrule.core.parameters import parameter_count

MARGIN = 1e3  # for what the bound leaves out: constants such as the ln 2 of a softplus, and rounding


def safe_size(network: Network, train: Split, l2: float, dtype: DTypeLike) -> float:
    """A power of two that parameters may reach before the cost could overflow, whatever their signs; 0 if any could.

    In float64 it is about 1e70 for two layers, and lower the more layers there are.
    """
    limit = float(np.finfo(dtype).max) / MARGIN
    exponents = range(-64, np.finfo(dtype).maxexp)
    found = bisect.bisect_right(exponents, limit, key=_largest_cost(network, train, l2))
    return 2.0 ** exponents[found - 1] if found else 0.0


def _largest_cost(network: Network, train: Split, l2: float) -> Callable[[int], float]:
    """A bound of the summed cost as a function of the exponent of the largest parameter.

    A layer's sums are at most |w| (fan_in |a| + 1), its outputs at most |f(0)| + max |f'| |z|. The costs grow no faster
    than the square of z, a and y.
    """
    inputs, targets = (float(np.abs(array).max()) for array in (train.inputs, train.targets))
    layers = [
        (fan_in, _at_zero(network, layer), network.max_slope(layer)) for layer, fan_in in enumerate(network.sizes[:-1])
    ]
    summands, weights = len(train) * network.sizes[-1], parameter_count(network.sizes)

    def bound(exponent: int) -> float:
        size, reach, z = 2.0**exponent, inputs, 0.0
        for fan_in, at_zero, slope in layers:
            z = size * (fan_in * reach + 1.0)
            reach = at_zero + slope * z
        largest = z + reach + targets + 1.0
        return summands * largest * largest + max(l2, 1.0) * weights * size * size

    return bound


def _at_zero(network: Network, layer: int) -> float:
    """|f(0)| of the layer with this index."""
    f: Any = network.output if layer == network.layers - 1 else network.activation
    z, a, slope = (np.zeros((1, network.sizes[layer + 1], 1)) for _ in range(3))
    f.evaluate(z, a, slope)
    return float(np.abs(a).max())
