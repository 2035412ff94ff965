"""Whether two settings differ by more than their seeds do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

LEVEL = 0.05  # of the test; three seeds a setting are the fewest that can reach it
HOW = "one-sided rank-sum test over seeds, 5 %"  # a caption's words for `within_noise`


def p_worse(these: Array, best: Array) -> float:
    """The chance that scores (seeds,) come out as far below `best` (seeds,) as `these` do, if only seeds differ.

    The one-sided rank-sum test of Wilcoxon (1945) and Mann & Whitney (1947), by the normal distribution, corrected for
    ties and continuity. It asks for nothing but an order, so that a seed without a score can be -inf.
    """
    from scipy.special import ndtr

    n, m = len(these), len(best)
    above, equal = these[:, None] > best, these[:, None] == best
    wins = np.count_nonzero(above) + 0.5 * np.count_nonzero(equal)
    _, ties = np.unique(np.concatenate([these, best]), return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1)))
    return float(ndtr((wins - n * m / 2 + 0.5) / np.sqrt(variance))) if variance > 0 else 1.0


def within_noise(scores: Sequence[Array], best: Array) -> list[bool]:
    """Which settings, each given by its seeds' scores, can't be told from the one with the scores `best`.

    Larger is better. A single seed, which no test can tell apart from several, is within noise unless it is below them
    all.
    """
    return [_is_within(own, best) for own in scores]


def _is_within(own: Array, best: Array) -> bool:
    if not len(own) or not len(best):
        return False
    if min(len(own), len(best)) == 1:
        return bool(own.max() >= best.min())
    return p_worse(own, best) > LEVEL
