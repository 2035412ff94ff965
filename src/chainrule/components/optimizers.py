"""Update rules: what a step makes of a gradient."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.registry import Component, component

Array = NDArray[Any]


class Optimizer(Component):
    """Updates w (runs, parameters) in place from its gradient g, which it may overwrite.

    `rate` is (runs, 1); `state` holds `slots` arrays like w, zero at the start; `t` counts the steps from 1.
    In a stack the hyperparameters are columns (runs, 1) as well.
    """

    kind: ClassVar[str] = "optimizer"
    slots: ClassVar[int] = 0

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        raise NotImplementedError


@component("gradient_descent", equation="w - rate g", reference="Cauchy 1847")
class GradientDescent(Optimizer):
    """The plain rule, as every derivation of backpropagation has it."""

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        np.multiply(g, rate, out=g)
        np.subtract(w, g, out=w)


@component("momentum", equation="v <- beta v - rate g; w + v", reference="Polyak 1964; Rumelhart et al. 1986, eq. 9")
class Momentum(Optimizer):
    """A heavy ball."""

    slots = 1
    beta: float = setting(0.9, at_least=0.0, below=1.0, help="the share of the last step that is kept")

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        (v,) = state
        np.multiply(v, self.beta, out=v)
        np.multiply(g, rate, out=g)
        np.subtract(v, g, out=v)
        np.add(w, v, out=w)


@component("nesterov", equation="v <- beta v - rate g; w + beta v - rate g", reference="Sutskever et al. 2013, eq. 3-4")
class Nesterov(Optimizer):
    """Momentum that looks ahead; w is the look-ahead point."""

    slots = 1
    beta: float = setting(0.9, at_least=0.0, below=1.0, help="the share of the last step that is kept")

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        (v,) = state
        np.multiply(v, self.beta, out=v)
        np.multiply(g, rate, out=g)
        np.subtract(v, g, out=v)
        np.subtract(w, g, out=w)
        np.add(w, self.beta * v, out=w)


@component("adagrad", equation="s <- s + g^2; w - rate g / (sqrt(s) + epsilon)", reference="Duchi et al. 2011, fig. 1")
class AdaGrad(Optimizer):
    """Every weight has its own, shrinking rate."""

    slots = 1
    epsilon: float = setting(1e-8, above=0.0, help="keeps the division finite")

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        (s,) = state
        s += g * g
        w -= rate * g / (np.sqrt(s) + self.epsilon)


@component(
    "rmsprop",
    equation="s <- rho s + (1 - rho) g^2; w - rate g / (sqrt(s) + epsilon)",
    reference="Hinton 2012, lecture 6e",
)
class RMSProp(Optimizer):
    """AdaGrad with a memory that fades."""

    slots = 1
    rho: float = setting(0.9, at_least=0.0, below=1.0, help="how much of the past is kept")
    epsilon: float = setting(1e-8, above=0.0, help="keeps the division finite")

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        (s,) = state
        s *= self.rho
        s += (1.0 - self.rho) * g * g
        w -= rate * g / (np.sqrt(s) + self.epsilon)


@component(
    "adam",
    equation="m, s <- running means of g and g^2; w - rate m^ / (sqrt(s^) + epsilon)",
    reference="Kingma & Ba 2015, alg. 1",
)
class Adam(Optimizer):
    """Momentum over RMSProp, both corrected for their start at zero."""

    slots = 2
    beta1: float = setting(0.9, at_least=0.0, below=1.0, help="how much of the mean gradient is kept")
    beta2: float = setting(0.999, at_least=0.0, below=1.0, help="how much of the mean square is kept")
    epsilon: float = setting(1e-8, above=0.0, help="keeps the division finite")

    def update(self, w: Array, g: Array, rate: Array, state: list[Array], t: int) -> None:
        m, s = state
        m *= self.beta1
        m += (1.0 - self.beta1) * g
        s *= self.beta2
        s += (1.0 - self.beta2) * g * g
        mean, square = m / (1.0 - self.beta1**t), s / (1.0 - self.beta2**t)
        w -= rate * mean / (np.sqrt(square) + self.epsilon)
