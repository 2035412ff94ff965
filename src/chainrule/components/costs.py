"""Costs: what training makes small, with the derivative that starts the backward pass."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.outputs import Output, Probability
from chainrule.components.registry import Component, component

Array = NDArray[Any]


class Cost(Component):
    """A cost C over outputs a and targets y, summed over the units and averaged over the samples.

    The methods give one sample's share; arrays are (runs, units, samples), targets broadcast over the runs.
    None grows faster than the square of its arguments: `chainrule.core.divergence` counts on it.
    """

    kind: ClassVar[str] = "cost"
    is_likelihood: ClassVar[bool] = False  # -ln p(y): targets are probabilities, and dC/da divides by the slope
    is_quadratic: ClassVar[bool] = False  # (a - y)^2 / 2: dC/da is a - y

    def suits(self, output: Output) -> bool:
        """Whether the cost is defined on this output."""
        return True

    def loss(self, output: Output, z: Array, a: Array, y: Array) -> Array:
        """Each unit's and sample's share of the cost."""
        raise NotImplementedError

    def upstream(self, output: Output, z: Array, a: Array, y: Array, out: Array) -> None:
        """dC/da, the error that arrives at the output layer."""
        raise NotImplementedError

    def error(self, output: Output, z: Array, a: Array, slope: Array, y: Array, out: Array) -> None:
        """dC/dz = dC/da * f'(z), the output error."""
        self.upstream(output, z, a, y, out)
        output.pull_back(a, slope, out)


@component("quadratic", equation="(a - y)^2 / 2", reference="Rumelhart, Hinton & Williams 1986, eq. 3")
class Quadratic(Cost):
    """dC/da = a - y, so that the output error carries the slope: (a - y) f'(z)."""

    is_quadratic: ClassVar[bool] = True

    def loss(self, output: Output, z: Array, a: Array, y: Array) -> Array:
        difference = a - y
        return 0.5 * difference * difference

    def upstream(self, output: Output, z: Array, a: Array, y: Array, out: Array) -> None:
        np.subtract(a, y, out=out)


@component("cross_entropy", equation="-ln p(y)", reference="Bishop 2006, sec. 5.2")
class CrossEntropy(Cost):
    """In nats. Its dC/da divides by exactly the slope it is then multiplied with: dC/dz = a - y."""

    is_likelihood: ClassVar[bool] = True

    def suits(self, output: Output) -> bool:
        return output.is_probability

    def loss(self, output: Output, z: Array, a: Array, y: Array) -> Array:
        assert isinstance(output, Probability)
        return output.negative_log_likelihood(z, y)

    def upstream(self, output: Output, z: Array, a: Array, y: Array, out: Array) -> None:
        assert isinstance(output, Probability)
        out[...] = output.likelihood_gradient(z, y)

    def error(self, output: Output, z: Array, a: Array, slope: Array, y: Array, out: Array) -> None:
        np.subtract(a, y, out=out)


@component("huber", equation="e^2/2 if |e| < delta else delta (|e| - delta/2)", reference="Huber 1964, eq. 2.8")
class Huber(Cost):
    """Quadratic near the target, linear far away; dC/da = clip(a - y, -delta, delta)."""

    delta: float = setting(1.0, above=0.0, help="where the parabola turns into a line")

    def loss(self, output: Output, z: Array, a: Array, y: Array) -> Array:
        e = a - y
        size = np.where(e.real < 0.0, -e, e)
        return np.where(size.real < self.delta, 0.5 * e * e, self.delta * (size - 0.5 * self.delta))

    def upstream(self, output: Output, z: Array, a: Array, y: Array, out: Array) -> None:
        np.subtract(a, y, out=out)
        np.clip(out, -self.delta, self.delta, out=out)
