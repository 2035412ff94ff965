"""Power laws: the exponent with which one quantity follows another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def log_log_slope(x: ArrayLike, y: ArrayLike) -> float:
    """The p of y ~ x^p, by least squares on the logarithms of two sequences of equal length, positive throughout."""
    return float(np.polyfit(np.log(np.asarray(x)), np.log(np.asarray(y)), 1)[0])
