"""A stack's weights and biases: one flat array an optimizer can step, with views that read like the book."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]


def parameter_count(sizes: Sequence[int]) -> int:
    """How many weights and biases a network with these layer widths has."""
    return sum(fan_out * (fan_in + 1) for fan_in, fan_out in itertools.pairwise(sizes))


def is_trained(sizes: Sequence[int], trained_biases: str) -> NDArray[np.bool_]:
    """Which entries of the flat array are trained, shape (parameters,)."""
    mark = Parameters(sizes, np.ones((1, parameter_count(sizes))))
    mark.freeze(trained_biases)
    return mark.flat[0] > 0.0


class Parameters:
    """Views of `flat`, shape (runs, parameters), layer by layer.

    `blocks[l]` is [W | b], shape (runs, fan_out, fan_in + 1); `weights[l]` is W, (runs, fan_out, fan_in);
    `biases[l]` is b, (runs, fan_out, 1). Layer 1 has index 0.
    """

    def __init__(self, sizes: Sequence[int], flat: Array) -> None:
        self.sizes, self.flat = tuple(sizes), flat
        self.blocks: list[Array] = []
        start = 0
        for fan_in, fan_out in itertools.pairwise(sizes):
            stop = start + fan_out * (fan_in + 1)
            self.blocks.append(flat[:, start:stop].reshape(len(flat), fan_out, fan_in + 1))
            start = stop
        self.weights = [block[:, :, :-1] for block in self.blocks]
        self.biases = [block[:, :, -1:] for block in self.blocks]

    @classmethod
    def empty(cls, sizes: Sequence[int], runs: int, dtype: DTypeLike) -> Parameters:
        """Parameters to be written to."""
        return cls(sizes, np.empty((runs, parameter_count(sizes)), dtype))

    @classmethod
    def of(cls, weights: Sequence[Array], biases: Sequence[Array], dtype: DTypeLike = np.float64) -> Parameters:
        """One run's parameters from weights (fan_out, fan_in) and biases (fan_out,) a layer."""
        sizes = [weights[0].shape[1], *(w.shape[0] for w in weights)]
        parameters = cls.empty(sizes, 1, dtype)
        for w, b, W, B in zip(weights, biases, parameters.weights, parameters.biases, strict=True):
            W[0], B[0, :, 0] = w, b
        return parameters

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> Parameters:
        """Some of the runs: a view for a slice, a copy for a mask."""
        return Parameters(self.sizes, self.flat[rows])

    def freeze(self, trained_biases: str) -> None:
        """Set to zero the gradient of biases that are not trained: of "none" at all, or but the "hidden" layers'."""
        if trained_biases == "all":
            return
        for bias in self.biases[-1:] if trained_biases == "hidden" else self.biases:
            bias.fill(0.0)

    def run(self, index: int) -> tuple[list[Array], list[Array]]:
        """One run's weights (fan_out, fan_in) and biases (fan_out,), copied."""
        return [W[index].copy() for W in self.weights], [b[index, :, 0].copy() for b in self.biases]
