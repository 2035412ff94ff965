"""The chain-rule ledger: one number a layer for each factor of the gradient, and the scores beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.components.backward import Exact
from chainrule.core.network import Network, Workspace
from chainrule.core.parameters import Parameters

Array = NDArray[Any]
SATURATED_BELOW = 0.05  # of the function's largest slope
_OF_THE_BACKWARD_PASS = {"gradient_norm", "upstream", "slope", "input", "saturated", "mean_delta", "gradient_angle"}


class Ledger:
    """Collects the curves of one recorded epoch: `entries` maps a key to an array (runs,)."""

    def __init__(self, network: Network, families: Collection[str], score: str) -> None:
        other = "r2" if score == "accuracy" else "accuracy"
        self.network, self.families = network, frozenset(families) - {other}
        self.entries: dict[str, Array] = {}

    @property
    def needs_gradient(self) -> bool:
        """Whether any chosen curve is a matter of the backward pass."""
        return not self.families.isdisjoint(_OF_THE_BACKWARD_PASS)

    def observe(self, layer: int, upstream: Array, slope: Array, below: Array) -> None:
        """Note the factors of one layer's gradient (see `network.Observer`)."""
        key = f"layer_{layer + 1}"
        if "upstream" in self.families:
            self.entries[f"upstream/{key}"] = root_mean_square(upstream)
        if "input" in self.families:
            self.entries[f"input/{key}"] = root_mean_square(below)
        if not self.families.isdisjoint({"slope", "saturated"}):
            size = _rows(np.abs(slope))
            self.entries[f"slope/{key}"] = _mean(size)
            limit = SATURATED_BELOW * self.network.max_slope(layer)
            self.entries[f"saturated/{key}"] = np.count_nonzero(size < limit, axis=1) / size.shape[1]

    def gradient(self, gradient: Parameters) -> None:
        """Note the Euclidean norms of the gradient, whole and by layer."""
        total = np.zeros(len(gradient.flat), gradient.flat.dtype)
        for layer, block in enumerate(gradient.blocks, start=1):
            square = _sum_of_squares(block)
            self.entries[f"gradient_norm/layer_{layer}"] = np.sqrt(square)
            total += square  # in this order for any number of runs; np.sum over layers would not promise that
        self.entries["gradient_norm/total"] = np.sqrt(total)
        if "mean_delta" in self.families:  # dC/db[l] is the sum of the deltas, which carry the mean's 1/N
            for layer, bias in enumerate(gradient.biases, start=1):
                self.entries[f"mean_delta/layer_{layer}"] = np.sqrt(_sum_of_squares(bias))

    def angle(self, parameters: Parameters, inputs: Array, y: Array, gradient: Parameters) -> None:
        """Note the angle in degrees between the backward pass's gradient and the chain rule's, both without decay."""
        own = dataclasses.replace(self.network, backward_hidden=Exact(), backward_output=Exact())
        work = Workspace(own, len(gradient.flat), inputs.shape[2], gradient.flat.dtype)
        true = Parameters(own.sizes, np.empty_like(gradient.flat))
        work.forward(parameters, inputs)
        work.backward(parameters, inputs, y, true)
        self.entries["gradient_angle"] = angle_between(gradient.flat, true.flat)

    def units(self, work: Workspace, y: Array) -> None:
        """Note each layer's mean activation, and the smallest margin of any output of any sample."""
        if "activation" in self.families:
            for layer, a in enumerate(work.a, start=1):
                self.entries[f"activation/layer_{layer}"] = _mean(_rows(a))
        if "margin" in self.families:
            output = self.network.output
            yes = y > 0.5 * (output.low + output.high)
            share = (work.outputs - output.low) / (output.high - output.low)
            self.entries["margin"] = np.min(_rows(np.where(yes, share, 1.0 - share)), axis=1)

    def scores(self, split: str, cost: Array, outputs: Array, y: Array) -> None:
        """Note cost and score on the "train" or "test" split; outputs (runs, units, samples), targets broadcast."""
        self.entries[f"cost/{split}"] = cost
        if "accuracy" in self.families:
            self.entries[f"accuracy/{split}"] = accuracy(outputs, y, self.network)
        if "r2" in self.families:
            self.entries[f"r2/{split}"] = r2(outputs, y)


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


def _mean(rows: Array) -> Array:
    return np.add.reduce(rows, axis=1) / rows.shape[1]


def _sum_of_squares(x: Array) -> Array:
    rows = _rows(x)
    return np.vecdot(rows, rows)


def root_mean_square(x: Array) -> Array:
    """The root of the mean square for each run, shape (runs,)."""
    return np.sqrt(_sum_of_squares(x) / x[0].size)


def angle_between(a: Array, b: Array) -> Array:
    """The angle between the rows of a and b in degrees, shape (runs,); NaN where one of them vanishes.

    As 2 atan2(|u - v|, |u + v|) of the unit vectors, accurate for small angles too (Kahan 2006, sec. 12).
    """
    u, v = (x / np.sqrt(np.sum(np.square(x), axis=1, keepdims=True)) for x in (a, b))
    apart, together = (np.sqrt(np.sum(np.square(x), axis=1)) for x in (u - v, u + v))
    return np.degrees(2.0 * np.arctan2(apart, together))


def accuracy(outputs: Array, y: Array, network: Network) -> Array:
    """The share of samples whose class is right, shape (runs,): the largest unit, or the one unit's side."""
    if outputs.shape[1] == 1:
        middle = 0.5 * (network.output.low + network.output.high)
        right = (outputs > middle) == (y > middle)
    else:
        right = np.argmax(outputs, axis=1)[:, None] == np.argmax(y, axis=1)[:, None]
    rows = _rows(right)
    return np.count_nonzero(rows, axis=1) / rows.shape[1]


def r2(outputs: Array, y: Array) -> Array:
    """The coefficient of determination, averaged over the outputs, shape (runs,)."""
    residual = np.sum(np.square(outputs - y), axis=2)
    total = np.sum(np.square(y - np.mean(y, axis=2, keepdims=True)), axis=2)
    return np.mean(1.0 - residual / total, axis=1)
