"""A dataset as the trainer wants it: float arrays in the trainer's layout, targets encoded for the output layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chainrule.components.outputs import Output
from chainrule.core.network import with_ones

Array = NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Samples first: inputs (samples, features + 1) with their ones, targets (samples, outputs)."""

    inputs: Array
    targets: Array

    @classmethod
    def of(cls, X: Array, Y: Array, dtype: DTypeLike) -> Split:
        return cls(with_ones(np.asarray(X, dtype)), np.ascontiguousarray(Y, dtype))

    def __len__(self) -> int:
        return len(self.inputs)

    def columns(self) -> tuple[Array, Array]:
        """Inputs (1, features + 1, samples) and targets (1, outputs, samples), contiguous."""
        return np.ascontiguousarray(self.inputs.T)[None], np.ascontiguousarray(self.targets.T)[None]


@dataclass(frozen=True)
class Data:
    """What a stack trains on, is scored and chosen by; `task` is "classification" or "regression"."""

    train: Split
    test: Split | None
    task: str
    validation: Split | None = None


def encode_labels(labels: Array, classes: int, output: Output, units: int) -> Array:
    """Class indices (samples,) as targets (samples, units): one unit tells two classes apart, else one-hot."""
    yes = labels[:, None] == np.arange(classes) if units > 1 else (labels == 1)[:, None]
    return np.where(yes, output.high, output.low)
