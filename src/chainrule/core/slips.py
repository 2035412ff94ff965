"""Slips that are passed around with the chain rule: each spoils a right gradient in place."""

from __future__ import annotations

from collections.abc import Callable

from chainrule.core.parameters import Parameters

Slip = Callable[[Parameters, int], None]


def none(gradient: Parameters, samples: int) -> None:
    """The chain rule as it is."""


def without_mean(gradient: Parameters, samples: int) -> None:
    """Without the 1/N of a cost that is an average: N times too long."""
    gradient.flat *= samples


def without_input(gradient: Parameters, samples: int) -> None:
    """Without the factor a[l-1] (x in layer 1): every weight of a unit gets what its bias gets."""
    for weight, bias in zip(gradient.weights, gradient.biases, strict=True):
        weight[...] = bias


def wrong_sign(gradient: Parameters, samples: int) -> None:
    """With f(-z) for f(z), such as 1 / (1 + exp(w x + b)), but f' as if it were right.

    Whoever does so with weights -W computes the outputs of a right network with weights W, and reads off it the
    gradient by W as if it were the one by -W: reversed in the last layer. Every layer below reverses it once more.
    """
    for block in gradient.blocks[::-2]:
        block *= -1.0


# Leaving out f' is `backward.output=one` or `backward.hidden=one`: a network can be trained with that one.
SLIPS: dict[str, Slip] = {slip.__name__: slip for slip in (none, without_mean, without_input, wrong_sign)}
