"""Output layers: what turns the last weighted sums into the network's answer."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.activations import Activation, Identity, Sigmoid, Tanh, softplus
from chainrule.components.registry import Component, component

Array = NDArray[Any]


class Output(Component):
    """The last layer's a = f(z) over (runs, units, samples).

    `low` and `high` are the targets for "no" and "yes". An output that reaches every real number has `unbounded = True`
    and suits regression; one that `is_probability` has the likelihood that cross-entropy is made of; one whose
    `units_compete` shares a single probability among its units, so that two classes need two of them.
    """

    kind: ClassVar[str] = "output"
    low: ClassVar[float] = 0.0
    high: ClassVar[float] = 1.0
    unbounded: ClassVar[bool] = False
    is_probability: ClassVar[bool] = False
    units_compete: ClassVar[bool] = False
    max_slope: ClassVar[float] = 1.0

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        """Write f(z) into `a` and da_k/dz_k, the derivative's diagonal, into `slope`."""
        raise NotImplementedError

    def pull_back(self, a: Array, slope: Array, error: Array) -> Array:
        """dC/dz from error = dC/da, in place: the error times the derivative."""
        return np.multiply(error, slope, out=error)


class Elementwise(Output):
    """An output whose units do not see each other: an activation function in the last layer."""

    function: ClassVar[Activation]

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        self.function.evaluate(z, a, slope)


class Probability(Output):
    """An output that is a probability, with the likelihood that cross-entropy is made of."""

    is_probability: ClassVar[bool] = True

    def negative_log_likelihood(self, z: Array, y: Array) -> Array:
        """-ln p(y) a unit and sample, in nats, from the pre-activations: finite for any finite z."""
        raise NotImplementedError

    def likelihood_gradient(self, z: Array, y: Array) -> Array:
        """d(-ln p) / da a unit and sample, from the pre-activations too."""
        raise NotImplementedError


@component("sigmoid", equation="1 / (1 + e^-z)", reference="Rumelhart, Hinton & Williams 1986, eq. 2")
class SigmoidOutput(Elementwise, Probability):
    """Each unit is a probability of its own."""

    function: ClassVar[Activation] = Sigmoid()
    max_slope: ClassVar[float] = 0.25

    def negative_log_likelihood(self, z: Array, y: Array) -> Array:
        out = np.empty_like(z)
        softplus(z, out)
        return out - y * z

    def likelihood_gradient(self, z: Array, y: Array) -> Array:
        # 1/a = 1 + e^-z and 1/(1-a) = 1 + e^z, which no rounding of `a` to 0 or 1 can spoil
        miss = np.where(y < 1.0, (1.0 - y) * (1.0 + np.exp(z)), 0.0)
        hit = np.where(y > 0.0, y * (1.0 + np.exp(-z)), 0.0)
        return miss - hit


@component("tanh", equation="tanh z", reference="LeCun et al. 1998, Efficient BackProp, sec. 4.5")
class TanhOutput(Elementwise):
    """Targets are -1 and 1."""

    function: ClassVar[Activation] = Tanh()
    low: ClassVar[float] = -1.0


@component("softmax", equation="e^z_k / sum_j e^z_j", reference="Bridle 1990")
class SoftmaxOutput(Probability):
    """The units share one probability; da_j/dz_k = a_j (1[j = k] - a_k)."""

    units_compete: ClassVar[bool] = True
    max_slope: ClassVar[float] = 0.25

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.subtract(z, _largest(z), out=a)
        np.exp(a, out=a)
        np.divide(a, np.add.reduce(a, axis=-2, keepdims=True), out=a)
        np.subtract(1.0, a, out=slope)
        np.multiply(a, slope, out=slope)

    def pull_back(self, a: Array, slope: Array, error: Array) -> Array:
        common = np.add.reduce(a * error, axis=-2, keepdims=True)
        np.subtract(error, common, out=error)
        return np.multiply(error, a, out=error)

    def negative_log_likelihood(self, z: Array, y: Array) -> Array:
        shifted = z - _largest(z)
        return y * (np.log(np.add.reduce(np.exp(shifted), axis=-2, keepdims=True)) - shifted)

    def likelihood_gradient(self, z: Array, y: Array) -> Array:
        shifted = z - _largest(z)
        total = np.add.reduce(np.exp(shifted), axis=-2, keepdims=True)
        return np.where(y > 0.0, -y * (np.exp(-shifted) * total), 0.0)


def _largest(z: Array) -> Array:
    """The largest z among the units, as a constant: the shift that keeps e^z finite has no derivative."""
    largest: Array = np.maximum.reduce(z.real, axis=-2, keepdims=True)
    return largest


@component("identity", equation="z", reference="Bishop 2006, sec. 5.2")
class IdentityOutput(Elementwise):
    """The weighted sum itself: regression."""

    function: ClassVar[Activation] = Identity()
    unbounded: ClassVar[bool] = True
