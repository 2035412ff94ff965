"""How weights and biases start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from chainrule.components.fields import setting
from chainrule.components.registry import Component, component

Array = NDArray[np.float64]
BIASES = ("zeros", "constant", "uniform", "normal", "fan_in_uniform")


@dataclass(frozen=True)
class Initializer(Component):
    """Draws each layer's weights (fan_out, fan_in) and biases (fan_out,) from one stream."""

    kind: ClassVar[str] = "init"
    draws_weights: ClassVar[bool] = True  # False: `weight` asks nothing of the stream
    bias: str = setting("zeros", choices=BIASES, help="the biases' distribution")
    bias_scale: float = setting(
        1.0,
        help="their value (constant), half width (uniform; times 1/sqrt(fan_in): fan_in_uniform) or deviation (normal)",
    )

    @property
    def is_random(self) -> bool:
        """Whether two streams give two starts."""
        return self.draws_weights or self.bias not in ("zeros", "constant")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        """One layer's weights, an array of shape (fan_out, fan_in)."""
        raise NotImplementedError

    def biases(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        """One layer's biases, an array of shape (fan_out,)."""
        match self.bias:
            case "normal":
                return self.bias_scale * rng.standard_normal(fan_out)
            case "uniform":
                return self.bias_scale * rng.uniform(-1.0, 1.0, fan_out)
            case "fan_in_uniform":
                return self.bias_scale * rng.uniform(-1.0, 1.0, fan_out) / np.sqrt(fan_in)
        return np.full(fan_out, self.bias_scale if self.bias == "constant" else 0.0)

    def sample(self, sizes: Sequence[int], rng: np.random.Generator) -> tuple[list[Array], list[Array]]:
        """All layers' weights and biases for layer widths `sizes`, the inputs' first."""
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        weights = [self.weight(fan_out, fan_in, rng) for fan_out, fan_in in shapes]
        return weights, [self.biases(fan_out, fan_in, rng) for fan_out, fan_in in shapes]


@component("zeros", equation="w = 0", reference="Goodfellow, Bengio & Courville 2016, sec. 8.4")
class Zeros(Initializer):
    """Units that start alike stay alike: the symmetry is never broken."""

    draws_weights: ClassVar[bool] = False

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        return np.zeros((fan_out, fan_in))


@component("constant", equation="w = value", reference="Goodfellow, Bengio & Courville 2016, sec. 8.4")
class Constant(Initializer):
    """Every weight the same number."""

    draws_weights: ClassVar[bool] = False
    value: float = setting(0.5, help="every weight's value")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        return np.full((fan_out, fan_in), self.value)


@component("uniform", equation="w ~ U(-scale, scale)", reference="Rumelhart, Hinton & Williams 1986")
class Uniform(Initializer):
    """The same spread whatever the layer's width."""

    scale: float = setting(0.3, at_least=0.0, help="half the width of the interval")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        return self.scale * rng.uniform(-1.0, 1.0, (fan_out, fan_in))


@component("normal", equation="w ~ N(0, scale^2)", reference="Nielsen 2015, ch. 1")
class Normal(Initializer):
    """The same spread whatever the layer's width."""

    scale: float = setting(1.0, at_least=0.0, help="the standard deviation")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        return self.scale * rng.standard_normal((fan_out, fan_in))


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Var w = (scale * gain)^2 / n, with n the fan in, or the mean of fan in and fan out (Glorot & Bengio 2010).

    The presets differ only in the gain, in n and in the distribution's shape.
    """

    gain: ClassVar[float] = 1.0
    average: ClassVar[bool] = False
    uniform: ClassVar[bool] = False
    scale: float = setting(1.0, at_least=0.0, help="multiplies the standard deviation")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        n = 0.5 * (fan_in + fan_out) if self.average else fan_in
        deviation = self.scale * self.gain / np.sqrt(n)
        if self.uniform:  # U(-h, h) has the variance h^2 / 3
            return deviation * np.sqrt(3.0) * rng.uniform(-1.0, 1.0, (fan_out, fan_in))
        return deviation * rng.standard_normal((fan_out, fan_in))


@component(
    "torch_uniform",
    equation="w, b ~ U(-1/sqrt(fan_in), 1/sqrt(fan_in))",
    reference="LeCun et al. 1998, as PyTorch's Linear starts",
)
class TorchUniform(VarianceScaling):
    """Var w = 1 / (3 fan_in), for the biases as well: the usual heuristic that Glorot & Bengio 2010 criticise."""

    gain, uniform = 3.0**-0.5, True
    bias: str = setting("fan_in_uniform", choices=BIASES, help="the biases' distribution")


@component("nielsen", equation="w ~ N(0, 1/fan_in), b ~ N(0, 1)", reference="Nielsen 2015, ch. 3")
class Nielsen(VarianceScaling):
    """Narrow weights, broad biases."""

    bias: str = setting("normal", choices=BIASES, help="the biases' distribution")


@component("lecun_normal", equation="w ~ N(0, 1/fan_in)", reference="LeCun et al. 1998, Efficient BackProp, sec. 4.6")
class LeCunNormal(VarianceScaling):
    """Keeps the variance of a linear layer's sums."""


@component("lecun_uniform", equation="Var w = 1/fan_in, uniform", reference="LeCun et al. 1998, sec. 4.6")
class LeCunUniform(VarianceScaling):
    """Keeps the variance of a linear layer's sums."""

    uniform = True


@component("xavier_normal", equation="w ~ N(0, 2/(fan_in + fan_out))", reference="Glorot & Bengio 2010, eq. 12")
class XavierNormal(VarianceScaling):
    """A compromise between the forward and the backward pass."""

    average = True


@component("xavier_uniform", equation="Var w = 2/(fan_in + fan_out), uniform", reference="Glorot & Bengio 2010, eq. 16")
class XavierUniform(VarianceScaling):
    """A compromise between the forward and the backward pass."""

    average, uniform = True, True


@component("he_normal", equation="w ~ N(0, 2/fan_in)", reference="He et al. 2015, eq. 10")
class HeNormal(VarianceScaling):
    """Twice the variance, since a relu drops half of it."""

    gain = 2.0**0.5


@component("he_uniform", equation="Var w = 2/fan_in, uniform", reference="He et al. 2015, eq. 10")
class HeUniform(VarianceScaling):
    """Twice the variance, since a relu drops half of it."""

    gain, uniform = 2.0**0.5, True


@component("orthogonal", equation="W^T W = scale^2 I", reference="Saxe, McClelland & Ganguli 2013, sec. 3")
class Orthogonal(Initializer):
    """A random rotation: every singular value is `scale`."""

    scale: float = setting(1.0, at_least=0.0, help="every singular value")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        tall = rng.standard_normal((max(fan_out, fan_in), min(fan_out, fan_in)))
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)  # makes the rotation uniform (Mezzadri 2007, sec. 5)
        return self.scale * np.ascontiguousarray(q if fan_out >= fan_in else q.T)


@component("identity", equation="W = scale I", reference="Le, Jaitly & Hinton 2015, sec. 2")
class IdentityStart(Initializer):
    """Each unit starts as a copy of one input."""

    draws_weights: ClassVar[bool] = False
    scale: float = setting(1.0, help="the diagonal")

    def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> Array:
        return self.scale * np.eye(fan_out, fan_in)
