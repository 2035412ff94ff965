"""How the learning rate changes over the epochs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.registry import Component, component

Array = NDArray[np.float64]


class Schedule(Component):
    """A factor on the learning rate for each epoch e = 0, 1, ... of `epochs`."""

    kind: ClassVar[str] = "schedule"

    def factor(self, e: Array, epochs: int) -> Array:
        """The factors for the epochs e, an array of e's shape."""
        raise NotImplementedError


@component("constant", equation="1", reference="Robbins & Monro 1951")
class ConstantRate(Schedule):
    """The learning rate as given."""

    def factor(self, e: Array, epochs: int) -> Array:
        return np.ones_like(e)


@component("step", equation="drop^floor(e / every)", reference="Krizhevsky et al. 2012, sec. 5")
class StepDecay(Schedule):
    """Falls by `drop` every so many epochs."""

    every: int = setting(100, at_least=1, help="epochs between two drops")
    drop: float = setting(0.5, above=0.0, at_most=1.0, help="the factor of one drop")

    def factor(self, e: Array, epochs: int) -> Array:
        return np.power(self.drop, np.floor(e / self.every))


@component("exponential", equation="decay^e", reference="Goodfellow, Bengio & Courville 2016, sec. 8.3")
class ExponentialDecay(Schedule):
    """Falls by the same share every epoch."""

    decay: float = setting(0.99, above=0.0, at_most=1.0, help="the factor of one epoch")

    def factor(self, e: Array, epochs: int) -> Array:
        return np.power(self.decay, e)


@component("inverse_scaling", equation="1 / (e + 1)^power", reference="Robbins & Monro 1951; scikit-learn's invscaling")
class InverseScaling(Schedule):
    """Falls like a power of the epoch."""

    power: float = setting(0.5, above=0.0, help="the exponent")

    def factor(self, e: Array, epochs: int) -> Array:
        return np.power(e + 1.0, -self.power)


@component(
    "cosine", equation="floor + (1 - floor) (1 + cos(pi e / epochs)) / 2", reference="Loshchilov & Hutter 2017, eq. 5"
)
class Cosine(Schedule):
    """Half a cosine from 1 down to `floor`."""

    floor: float = setting(0.0, at_least=0.0, at_most=1.0, help="the factor at the end")

    def factor(self, e: Array, epochs: int) -> Array:
        return self.floor + (1.0 - self.floor) * 0.5 * (1.0 + np.cos(np.pi * e / epochs))


@component("warmup", equation="min(1, (e + 1) / length)", reference="Goyal et al. 2017, sec. 2.2")
class Warmup(Schedule):
    """Rises in a line, then stays."""

    length: int = setting(10, at_least=1, help="epochs until the full rate")

    def factor(self, e: Array, epochs: int) -> Array:
        return np.minimum(1.0, (e + 1.0) / self.length)
