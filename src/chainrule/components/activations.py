"""Hidden layers' activation functions, each with its derivative beside it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.registry import Component, component

Array = NDArray[Any]

LECUN_A, LECUN_S = 1.7159, 2.0 / 3.0
# e^z stays finite and e^-z normal up to here, so that both sides of the sigmoid keep their relative precision.
_EXP_LIMIT = {np.dtype(np.float32): 87.0, np.dtype(np.float64): 708.0, np.dtype(np.complex128): 708.0}
_FLAT = 36.0  # beyond, 1 - a is less than the rounding of a


class Activation(Component):
    """a = f(z), elementwise, with its slope f'(z).

    `evaluate(z, a, slope)` writes both into arrays of z's shape. It must not change z, and it must be analytic
    for complex z where f is, so that the complex-step gradient check can use it.
    """

    kind: ClassVar[str] = "activation"
    is_logistic: ClassVar[bool] = False  # 1 / (1 + e^-z), whose slope is a (1 - a)

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        raise NotImplementedError

    @property
    def max_slope(self) -> float:
        """The largest |f'(z)| over all z: a unit below 5 % of it counts as saturated."""
        return 1.0

    def value(self, z: Any) -> Array:
        """f(z) for an array or number."""
        return self._both(z)[0]

    def derivative(self, z: Any) -> Array:
        """f'(z) for an array or number."""
        return self._both(z)[1]

    def _both(self, z: Any) -> tuple[Array, Array]:
        z = np.asarray(z, dtype=np.result_type(np.asarray(z), np.float32))
        a, slope = np.empty_like(z), np.empty_like(z)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            self.evaluate(z, a, slope)
        return a, slope


def logistic(z: Array, a: Array, rest: Array) -> None:
    """a = 1 / (1 + e^-z) and rest = 1 - a, both to full relative precision for any z.

    With e = e^z, rest = 1 / (1 + e) and a = e * rest: no difference of nearly equal numbers appears, which
    1 - a would be. Both are written in passes over memory that a plain 1 / (1 + e^-z) needs as well.
    """
    limit = _EXP_LIMIT[z.dtype]
    # Looking is cheaper than writing, and it is rarely needed. A neighbour's NaN must not hide a z above the limit.
    if not np.maximum.reduce(z.real, axis=None, initial=0.0) <= limit:
        z = np.minimum(z, limit)
    np.exp(z, out=a)
    np.add(a, 1.0, out=rest)
    np.divide(1.0, rest, out=rest)
    np.multiply(a, rest, out=a)
    if np.iscomplexobj(z):
        # The product's imaginary part is a difference of numbers near 1, or overflows; rest's is its exact opposite.
        np.negative(rest.imag, out=a.imag, where=z.real > _FLAT)


@component("sigmoid", equation="1 / (1 + e^-z)", reference="Rumelhart, Hinton & Williams 1986, eq. 2")
class Sigmoid(Activation):
    """f' = a (1 - a), at most 1/4, at z = 0."""

    is_logistic: ClassVar[bool] = True

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        logistic(z, a, slope)
        np.multiply(a, slope, out=slope)

    @property
    def max_slope(self) -> float:
        return 0.25


@component("tanh", equation="tanh z", reference="LeCun et al. 1998, Efficient BackProp, sec. 4.4")
class Tanh(Activation):
    """f' = 1 - a^2."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.tanh(z, out=a)
        np.multiply(a, a, out=slope)
        np.subtract(1.0, slope, out=slope)


@component(
    "lecun_tanh",
    equation="1.7159 tanh(2z/3)",
    reference="LeCun et al. 1998, Efficient BackProp, sec. 4.4",
)
class LeCunTanh(Activation):
    """f' = 1.7159 (2/3) (1 - tanh(2z/3)^2); f(+-1) = +-1 and the curvature is largest there."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.multiply(z, LECUN_S, out=a)
        np.tanh(a, out=a)
        np.multiply(a, a, out=slope)
        np.subtract(1.0, slope, out=slope)
        np.multiply(slope, LECUN_A * LECUN_S, out=slope)
        np.multiply(a, LECUN_A, out=a)

    @property
    def max_slope(self) -> float:
        return LECUN_A * LECUN_S


@component("relu", equation="max(0, z)", reference="Nair & Hinton 2010, sec. 1")
class ReLU(Activation):
    """f' = 1 for z > 0, else 0 (also at the kink)."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.greater(z.real, 0.0, out=slope)
        if np.iscomplexobj(z):  # NumPy orders complex numbers of equal real parts by their imaginary ones
            a[...] = np.where(slope.real > 0.0, z, 0.0)
        else:
            np.maximum(z, 0.0, out=a)


@component("leaky_relu", equation="z if z > 0 else slope z", reference="Maas, Hannun & Ng 2013, sec. 3")
class LeakyReLU(Activation):
    """f' = 1 for z > 0, else `slope`."""

    slope: float = setting(0.01, at_least=0.0, below=1.0, help="the slope for z < 0")

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        slope[...] = np.where(z.real > 0.0, 1.0, self.slope)
        np.multiply(z, slope, out=a)


@component("elu", equation="z if z > 0 else alpha (e^z - 1)", reference="Clevert et al. 2016, eq. 15")
class ELU(Activation):
    """f' = 1 for z > 0, else alpha e^z."""

    alpha: float = setting(1.0, above=0.0, help="the value reached for z -> -infinity, with the sign changed")

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        positive = z.real > 0.0
        below = np.where(positive, 0.0, z)
        a[...] = np.where(positive, z, self.alpha * np.expm1(below))
        slope[...] = np.where(positive, 1.0, self.alpha * np.exp(below))

    @property
    def max_slope(self) -> float:
        return max(1.0, self.alpha)


@component("softplus", equation="ln(1 + e^z)", reference="Glorot, Bordes & Bengio 2011, sec. 3")
class Softplus(Activation):
    """f' = sigmoid(z)."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        softplus(z, a)
        logistic(z, slope, np.empty_like(z))


def softplus(z: Array, out: Array) -> None:
    """ln(1 + e^z) without overflow, as max(z, 0) + ln(1 + e^-|z|)."""
    positive = np.where(z.real > 0.0, z, 0.0)
    np.add(positive, np.log1p(np.exp(z - 2.0 * positive)), out=out)


@component("gelu", equation="z Phi(z), Phi the standard normal distribution", reference="Hendrycks & Gimpel 2016")
class GELU(Activation):
    """f' = Phi(z) + z phi(z)."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        from scipy.special import erfc

        distribution = 0.5 * erfc(z * -np.sqrt(0.5).astype(z.real.dtype))  # erfc keeps the left tail's digits
        density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
        slope[...] = distribution + z * density
        np.multiply(z, distribution, out=a)

    @property
    def max_slope(self) -> float:
        return float(self.derivative(np.sqrt(2.0)))  # f'' = phi(z) (2 - z^2)


@component("silu", equation="z sigmoid(z)", reference="Elfwing, Uchibe & Doya 2018, eq. 4")
class SiLU(Activation):
    """f' = s (1 + z (1 - s)) with s = sigmoid(z)."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        gate, rest = np.empty_like(z), np.empty_like(z)
        logistic(z, gate, rest)
        np.multiply(z, gate, out=a)
        slope[...] = gate * (1.0 + z * rest)

    @property
    def max_slope(self) -> float:
        return float(self.derivative(2.3993572805154))  # the root of 2 = z tanh(z / 2), where f'' = 0


@component("sine", equation="sin z", reference="Sitzmann et al. 2020, sec. 3")
class Sine(Activation):
    """f' = cos z."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.sin(z, out=a)
        np.cos(z, out=slope)


@component("identity", equation="z", reference="Saxe, McClelland & Ganguli 2013, sec. 1")
class Identity(Activation):
    """f' = 1: a deep linear network."""

    def evaluate(self, z: Array, a: Array, slope: Array) -> None:
        np.copyto(a, z)
        slope.fill(1.0)
