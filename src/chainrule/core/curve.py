"""A curve: one registered function of what a stack is at a recorded epoch, with its meaning and formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.core.data import Split
from chainrule.core.network import Network, Workspace
from chainrule.core.parameters import Parameters

Array = NDArray[Any]

# What curves are functions of. These are made for every recorded epoch, and a frozen dataclass is dear to make.


@dataclass
class Outputs:
    """The network's answers to one of the sets: a curve of them has the keys NAME/train, NAME/validation, NAME/test.

    `outputs` is (runs, units, samples); `targets` broadcast over the runs; `cost` (runs,) includes the decay term.
    """

    network: Network
    outputs: Array
    targets: Array
    cost: Array


@dataclass
class Layer:
    """The factors of one layer's gradient over the training set: a curve of them has the keys NAME/layer_1, ...

    Each is (runs, units, samples): the error `upstream` = dC/da[l], the `slope` f'(z[l]), the `input` a[l-1] that the
    weights are multiplied with, and the layer's own `activation` a[l].
    """

    upstream: Array
    slope: Array
    input: Array
    activation: Array
    max_slope: float  # the largest |f'(z)| over all z
    _slope_size: Array | None = None

    @property
    def slope_size(self) -> Array:
        """|f'(z[l])|, a row a run."""
        if self._slope_size is None:
            self._slope_size = np.abs(self.slope).reshape(len(self.slope), -1)
        return self._slope_size


@dataclass
class LayerGradient:
    """One layer's gradient over the training set: a curve of it has the keys NAME/layer_1, ...

    `block` is [dC/dW | dC/db], (runs, fan_out, fan_in + 1), decay included; `biases` its last column.
    """

    block: Array
    biases: Array

    def __post_init__(self) -> None:
        rows = self.block.reshape(len(self.block), -1)
        self.square = np.vecdot(rows, rows)  # the sum of the squares, (runs,)


@dataclass
class State:
    """A stack of runs at a recorded epoch: a curve of it has the key NAME.

    Over the training set `workspace` holds the forward pass; `gradient`, one entry a layer, includes the decay,
    `undecayed`, shape (runs, parameters), does not. Both are empty unless some curve needs the backward pass.
    """

    network: Network
    parameters: Parameters
    gradient: list[LayerGradient]
    undecayed: Array
    workspace: Workspace
    train: Split
    inputs: Array
    targets: Array
    l2: Array  # (runs,)
    trained_biases: str


@dataclass(frozen=True)
class Curve:
    """What `record.curves` selects by `name`, and how it is computed; two functions may share a name."""

    name: str
    of: type  # what `measure` takes: Outputs, Layer, LayerGradient or State
    measure: Callable[[Any], Array]
    meaning: str
    formula: str
    unit: str
    key: str  # in the history; for a curve with several keys the part before the slash
    default: bool  # recorded unless something else is asked for
    task: str | None  # "classification" or "regression" if it makes sense for one of them only
    backward: bool  # whether it needs a backward pass

    def keys(self, layers: int, splits: Sequence[str]) -> list[str]:
        """Its keys in the history of a network of so many layers that is scored on these sets."""
        if self.of is Outputs:
            return [f"{self.key}/{split}" for split in splits]
        if self.of is State:
            return [self.key]
        return [f"{self.key}/layer_{layer}" for layer in range(1, layers + 1)]


CURVES: list[Curve] = []


def curve(
    name: str,
    of: type,
    *,
    meaning: str,
    formula: str,
    unit: str,
    key: str | None = None,
    default: bool = True,
    task: str | None = None,
    backward: bool | None = None,
) -> Callable[[Callable[[Any], Array]], Callable[[Any], Array]]:
    """Function decorator: register a curve, see `Curve`. A curve of a layer needs the backward pass."""

    def register(measure: Callable[[Any], Array]) -> Callable[[Any], Array]:
        needs_backward = of in (Layer, LayerGradient) if backward is None else backward
        CURVES.append(Curve(name, of, measure, meaning, formula, unit, key or name, default, task, needs_backward))
        return measure

    return register
