"""Which runs learned nothing and no longer can: finite, no better than a constant answer, their gradient gone.

A run is stuck if after its last epoch both hold over the training set:

* It is no better than the best answer that ignores the inputs: its accuracy is at most the share of the commonest
  class, its r2 at most 0.
* Its gradient is gone: the norm of what would move its parameters, decay included and biases that are not trained
  left out, is below NEGLIGIBLE times the RMS of the output's error a - y.

The second part compares a gradient with the error that it is made of, so that neither the size of the targets nor the
learning rate matters: a run that is merely slow has errors *and* a gradient (a ratio of 1e-1 to 1e-4 in networks of one
to five layers), where every unit is saturated or the run sits on the saddle of zero weights the errors stay and the
gradient is 1e-12 of them or less, in float32 1e-8. Without the first part a run that fits its data would count too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.core.curve import Outputs
from chainrule.core.curves import accuracy, r2, root_mean_square

Array = NDArray[Any]

NEGLIGIBLE = 1e-6  # above the rounding of a float32 gradient, about 1e-7 of the error


def is_no_better_than_constant(split: Outputs, task: str) -> NDArray[np.bool_]:
    """Whether each run answers no better than always the commonest class, or the targets' mean; shape (runs,)."""
    if task == "regression":
        with np.errstate(all="ignore"):  # targets that are all alike have no variance to explain
            return np.less_equal(r2(split), NEGLIGIBLE)
    return np.less_equal(accuracy(split), commonest_share(split.network.output.low, split.targets))


def commonest_share(low: float, targets: Array) -> float:
    """The share of the commonest class among targets (1, units, samples), encoded as by `encode_labels`."""
    classes = np.argmax(targets[0], axis=0) if targets.shape[1] > 1 else (targets[0, 0] > low).astype(int)
    return float(np.bincount(classes).max() / classes.size)


def is_gradient_gone(split: Outputs, gradient: Array) -> NDArray[np.bool_]:
    """Whether the `gradient` (runs, parameters) in use is negligible beside each run's error; shape (runs,)."""
    return np.less(np.sqrt(np.vecdot(gradient, gradient)), NEGLIGIBLE * root_mean_square(split.outputs - split.targets))
