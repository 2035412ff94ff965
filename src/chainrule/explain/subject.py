"""What is explained: a network, one of its samples, and the names of everything in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.components.activations import Activation, Sigmoid
from chainrule.components.costs import Quadratic
from chainrule.components.outputs import Elementwise, SigmoidOutput
from chainrule.explain.probe import Probe
from chainrule.explain.walk import Point


@dataclass(frozen=True)
class Subject:
    """`probe` holds the one sample walked through, `batch` the samples it was taken from.

    Layers are counted from 0, and -1 stands for the inputs.
    """

    probe: Probe
    batch: Probe
    learning_rate: float
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the inputs and of each layer."""
        return (len(self.inputs), *(len(b) for b in self.probe.biases))

    @property
    def one_neuron(self) -> bool:
        """A single neuron with a single input needs no indices."""
        return self.sizes == (1, 1)

    @property
    def cancels(self) -> bool:
        """Whether the cost divides by the very slope that it is then multiplied with."""
        return self.probe.cost.is_likelihood

    def function(self, layer: int) -> Activation | None:
        """The elementwise function of a layer; None for softmax, whose units share one."""
        if layer < self.probe.depth - 1:
            return self.probe.activation
        return self.probe.output.function if isinstance(self.probe.output, Elementwise) else None

    def is_logistic(self, layer: int) -> bool:
        function = self.function(layer)
        return function is not None and function.is_logistic

    def function_name(self, layer: int) -> str:
        """The layer's function as the equations write it."""
        function = self.function(layer)
        if function is None:
            return self.probe.output.name
        return "σ" if function.is_logistic else function.name

    def point(self, layer: int, unit: int) -> Point:
        """Where a unit stands on its curve for the sample walked through."""
        run = self.probe.result
        z, a, slope = run.z[layer], run.activations[layer + 1], run.slopes[layer]
        return Point(self.label(layer, unit), float(z[0, unit]), float(a[0, unit]), float(slope[0, unit]))

    def unit(self, layer: int, unit: int) -> str:
        """A unit's short name, counted from 1: x2 an input, h3 hidden, h2.3 in layer 2 of several, o1 an output."""
        if layer < 0:
            return f"x{unit + 1}"
        if layer == self.probe.depth - 1:
            return "o" if len(self.outputs) == 1 else f"o{unit + 1}"
        return f"h{unit + 1}" if self.probe.depth == 2 else f"h{layer + 1}.{unit + 1}"

    def label(self, layer: int, unit: int) -> str:
        """The unit's short name, with the name the dataset has for it."""
        short = self.unit(layer, unit)
        if layer < 0:
            return short if self.inputs[unit] == short else f"{short} ({self.inputs[unit]})"
        if layer < self.probe.depth - 1:
            return short
        return "output" if len(self.outputs) == 1 else f"{short} ({self.outputs[unit]})"

    def z(self, layer: int, unit: int) -> str:
        return "z" if self.one_neuron else f"z_{self.unit(layer, unit)}"

    def a(self, layer: int, unit: int) -> str:
        """The output of a unit; an input is its own."""
        if layer < 0:
            return "x" if self.one_neuron else self.unit(layer, unit)
        return "a" if self.one_neuron else f"a_{self.unit(layer, unit)}"

    def y(self, unit: int) -> str:
        return "y" if len(self.outputs) == 1 else f"y_{self.unit(self.probe.depth - 1, unit)}"

    def w(self, layer: int, unit: int, source: int) -> str:
        return "w" if self.one_neuron else f"w_{self.unit(layer - 1, source)}→{self.unit(layer, unit)}"

    def b(self, layer: int, unit: int) -> str:
        return "b" if self.one_neuron else f"b_{self.unit(layer, unit)}"


def neuron(w: float, b: float, x: float, y: float, learning_rate: float) -> Subject:
    """A single sigmoid neuron with one input and one sample."""
    W, X, target = (np.array([[value]]) for value in (w, x, y))
    probe = Probe([W], [np.array([b])], X, target, Sigmoid(), SigmoidOutput(), Quadratic())
    return Subject(probe, probe, learning_rate, ("x",), ("a",))
