"""What is kept of a training: chosen epochs, and the curves' values at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def recorded_epochs(epochs: int, points: int) -> NDArray[np.int64]:
    """At most `points` epochs from 0 to `epochs`, both included, spaced evenly on a logarithmic axis.

    Small epochs that round to the same whole number are kept once, so the number of requested positions is
    raised until the distinct ones fill the allowance.
    """
    if epochs < points:
        return np.arange(epochs + 1)
    if points == 2:
        return np.array([0, epochs])
    low, high = points, 64 * points  # `low` positions always fit, `high` never do
    chosen = _log_spaced(epochs, low)
    while high - low > 1:
        middle = (low + high) // 2
        candidate = _log_spaced(epochs, middle)
        if len(candidate) <= points:
            low, chosen = middle, candidate
        else:
            high = middle
    return chosen


def _log_spaced(epochs: int, positions: int) -> NDArray[np.int64]:
    spread = np.rint(np.geomspace(1, epochs, positions - 1)).astype(np.int64)
    return np.union1d([0], spread)


@dataclass(frozen=True)
class History:
    """The curves of a stack: values (runs, points, metrics) float64, NaN from the epoch on where a run diverged.

    `diverged_at` (runs,) is the first epoch, recorded or not, after which a parameter or the cost over the training set
    is not finite; 0 for a start that has no finite cost, -1 for none. Within an epoch of mini-batches nothing is looked
    at: what a batch's cost was on the way does not count, only where the epoch's last step has led. `stuck` (runs,)
    tells the runs that `core.stuck` defines.
    """

    metrics: tuple[str, ...]
    epochs: NDArray[np.int64]
    values: NDArray[np.float64]
    diverged_at: NDArray[np.int64]
    stuck: NDArray[np.bool_]

    def frame(self, run: int = 0) -> pd.DataFrame:
        """One run's curves: a column a metric, indexed by epoch."""
        import pandas as pd

        index = pd.Index(self.epochs, name="epoch")
        return pd.DataFrame(self.values[run], index=index, columns=list(self.metrics))
