"""Every way from an input to the cost is a product of weights and slopes; this finds the one that counts most."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from chainrule.explain.probe import Array, Probe


@dataclass(frozen=True)
class Path:
    """`units[0]` is an input, `units[l]` a unit of layer l; the parts multiply to `contribution`.

    `contribution` is this path's share in dC/dw of the first weight on it; `ways` counts the paths that
    share the same first weight.
    """

    units: tuple[int, ...]
    error: float  # dC/dz of the output unit
    weights: tuple[float, ...]  # of layers 2 to L
    slopes: tuple[float, ...]  # of layers 1 to L-1
    source: float  # the input
    ways: int

    @property
    def contribution(self) -> float:
        return self.error * math.prod(self.weights) * math.prod(self.slopes) * self.source


def strongest_path(probe: Probe) -> Path:
    """The path with the largest absolute contribution, for a batch of one sample.

    Seen from the top, the best way on from a unit does not depend on how it was reached: one sweep down
    finds the best of all paths, however many there are.
    """
    run = probe.result
    score: Array = np.abs(run.deltas[-1][0])
    choices: list[Array] = []
    for layer in range(probe.depth - 1, 0, -1):
        ways_on = np.abs(probe.weights[layer]) * score[:, None]
        choices.insert(0, ways_on.argmax(axis=0))
        score = ways_on.max(axis=0) * np.abs(run.slopes[layer - 1][0])
    source = int(np.abs(run.activations[0][0]).argmax())
    units = [int(score.argmax())]
    for choice in choices:
        units.append(int(choice[units[-1]]))
    return _path(probe, (source, *units))


def _path(probe: Probe, units: tuple[int, ...]) -> Path:
    run, layers = probe.result, range(1, probe.depth)
    return Path(
        units=units,
        error=float(run.deltas[-1][0, units[-1]]),
        weights=tuple(float(probe.weights[layer][units[layer + 1], units[layer]]) for layer in layers),
        slopes=tuple(float(run.slopes[layer - 1][0, units[layer]]) for layer in layers),
        source=float(run.activations[0][0, units[0]]),
        ways=math.prod(len(b) for b in probe.biases[1:]),
    )
