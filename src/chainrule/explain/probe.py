"""A network that can be run with one of its numbers moved: the finite difference behind every factor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.components.activations import Activation
from chainrule.components.costs import Cost
from chainrule.components.outputs import Output
from chainrule.explain.walk import FiniteDifference
from chainrule.single import Backprop, backprop

Array = NDArray[Any]
Measure = Callable[[Backprop], float]

STEP = 1e-3  # the whole move, half of it down and half of it up


@dataclass(frozen=True)
class Probe:
    """A network with its samples: weights[l] (fan_out, fan_in), X (samples, features), y (samples, outputs)."""

    weights: list[Array]
    biases: list[Array]
    X: Array
    y: Array
    activation: Activation
    output: Output
    cost: Cost

    def run(self, backward: Any = "exact") -> Backprop:
        """One forward and one backward pass."""
        functions: dict[str, Any] = {"activation": self.activation, "output": self.output, "cost": self.cost}
        return backprop(self.weights, self.biases, self.X, self.y, **functions, backward=backward)

    @cached_property
    def result(self) -> Backprop:
        """The pass with every number in its place."""
        return self.run()

    @property
    def depth(self) -> int:
        return len(self.weights)

    @property
    def size(self) -> int:
        """The number of weights and biases."""
        return sum(array.size for array in (*self.weights, *self.biases))

    def stepped(self, learning_rate: float) -> Probe:
        """The same network after one step of gradient descent on its samples."""
        step = self.result
        return replace(
            self,
            weights=[w - learning_rate * g for w, g in zip(self.weights, step.weight_gradients, strict=True)],
            biases=[b - learning_rate * g for b, g in zip(self.biases, step.bias_gradients, strict=True)],
        )

    def with_weight(self, layer: int, unit: int, source: int, by: float) -> Probe:
        weights = [w.copy() for w in self.weights]
        weights[layer][unit, source] += by
        return replace(self, weights=weights)

    def with_bias(self, layer: int, unit: int, by: float) -> Probe:
        """Moving a bias moves that unit's weighted sum z by just as much."""
        biases = [b.copy() for b in self.biases]
        biases[layer][unit] += by
        return replace(self, biases=biases)

    def from_layer(self, layer: int, unit: int, by: float) -> Probe:
        """The layers from `layer` on, fed with their recorded inputs, input number `unit` moved."""
        X = self.result.activations[layer].copy()
        X[:, unit] += by
        return replace(self, weights=self.weights[layer:], biases=self.biases[layer:], X=X)

    def weight_step(self, layer: int, source: int) -> float:
        """How far to move a weight: STEP, or less where its input is so large that z would move far."""
        a = float(np.abs(self.result.activations[layer][:, source]).max())
        return float(STEP / 10.0 ** np.ceil(np.log10(max(a / 10.0, 1.0))))


def finite_difference(
    moved: str,
    move: Callable[[float], Probe],
    answer: str,
    measure: Measure,
    *,
    step: float = STEP,
    moved_by: Measure | None = None,
) -> FiniteDifference:
    """Move `moved` by `step` in all, and see how far `answer` moves; `moved_by` reads off what did move."""
    up, down = move(step / 2).run(), move(-step / 2).run()
    by = step if moved_by is None else moved_by(up) - moved_by(down)
    return FiniteDifference(moved, by, answer, measure(up) - measure(down))
