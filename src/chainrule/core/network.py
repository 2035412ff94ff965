"""The chain rule: one forward and one backward pass through a stack of networks.

    z[l] = W[l] a[l-1] + b[l]        a[l] = f(z[l])        a[0] = the inputs
    delta[L] = dC/da[L] * f'(z[L])                          the output error
    delta[l] = (W[l+1]^T delta[l+1]) * f'(z[l])             upstream error x slope
    dC/dW[l] = delta[l] a[l-1]^T     dC/db[l] = sum over samples of delta[l]

Arrays are (runs, units, samples). Each product over the runs is one small matrix product a run, so that a run's
numbers do not depend on its neighbours. In the lists layer 1 has index 0.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray
from threadpoolctl import threadpool_limits

from chainrule.components.activations import Activation
from chainrule.components.backward import Backward, Exact
from chainrule.components.costs import Cost
from chainrule.components.outputs import Output
from chainrule.core.parameters import Parameters

Array = NDArray[Any]


@dataclass(frozen=True)
class Network:
    """The functions and widths that all runs of a stack share; sizes = (inputs, hidden..., outputs)."""

    sizes: tuple[int, ...]
    activation: Activation
    output: Output
    cost: Cost
    backward_hidden: Backward = field(default_factory=Exact)
    backward_output: Backward = field(default_factory=Exact)

    @property
    def layers(self) -> int:
        return len(self.sizes) - 1

    @property
    def is_exact(self) -> bool:
        """Whether the backward pass is the chain rule's own."""
        return self.backward_hidden.is_exact and self.backward_output.is_exact

    def max_slope(self, layer: int) -> float:
        """The largest |f'(z)| of the layer with this index."""
        return self.output.max_slope if layer == self.layers - 1 else self.activation.max_slope


class Observer(Protocol):
    """Sees the factors of one layer's gradient before they are multiplied."""

    def __call__(self, layer: int, upstream: Array, slope: Array, below: Array) -> None:
        """upstream = dC/da[l], slope = f'(z[l]), below = a[l-1]."""


def with_ones(X: Array) -> Array:
    """Samples (samples, features) with a column of ones, so that layer 1's bias rides in its product."""
    return np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)


class Workspace:
    """The arrays of a forward and a backward pass over `samples` samples, allocated once and written in place."""

    def __init__(self, network: Network, runs: int, samples: int, dtype: DTypeLike) -> None:
        def layer_arrays() -> list[Array]:
            return [np.empty((runs, units, samples), dtype) for units in network.sizes[1:]]

        self.network, self.samples = network, samples
        self.z, self.a, self.slope, self.delta = (layer_arrays() for _ in range(4))
        self._ones = np.ones((samples, 1), dtype)
        # The error of a single unit goes down as an outer product, which BLAS is slow at: a second unit, of zeros,
        # makes a matrix product of it.
        self._padded = {
            layer: (_two_rows(runs, below, dtype), _two_rows(runs, samples, dtype))
            for layer, (below, units) in enumerate(itertools.pairwise(network.sizes))
            if layer and units == 1
        }
        for layer, (_, delta) in self._padded.items():
            self.delta[layer] = delta[:, :1]

    @property
    def outputs(self) -> Array:
        """a[L], shape (runs, outputs, samples)."""
        return self.a[-1]

    def forward(self, parameters: Parameters, inputs: Array) -> None:
        """Compute every z, a and slope; inputs (runs or 1, features + 1, samples) end in a row of ones."""
        last = self.network.layers - 1
        for layer, (z, a, slope) in enumerate(zip(self.z, self.a, self.slope, strict=True)):
            if layer == 0:
                np.matmul(parameters.blocks[0], inputs, out=z)
            else:
                np.matmul(parameters.weights[layer], self.a[layer - 1], out=z)
                np.add(z, parameters.biases[layer], out=z)
            f = self.network.output if layer == last else self.network.activation
            f.evaluate(z, a, slope)

    def cost(self, y: Array) -> Array:
        """C for each run, shape (runs,), without the decay term; targets y (runs or 1, outputs, samples)."""
        loss = self.network.cost.loss(self.network.output, self.z[-1], self.a[-1], y)
        total: Array = np.add.reduce(loss.reshape(len(loss), -1), axis=1)
        return total / self.samples

    def backward(
        self, parameters: Parameters, inputs: Array, y: Array, gradient: Parameters, observe: Observer | None = None
    ) -> None:
        """Write dC/dW and dC/db into `gradient`; `forward` must have run with the same parameters and inputs."""
        top = self.network.layers - 1
        for layer in range(top, -1, -1):
            delta, slope = self.delta[layer], self.slope[layer]
            below = self.a[layer - 1] if layer else inputs
            if layer == top:
                self._output_error(y, delta, below, observe)
            else:
                self._error_from_above(parameters, layer)
                if observe:
                    observe(layer, delta, slope, below if layer else below[:, :-1])
                _times_slope(delta, slope, self.network.backward_hidden)
            if layer == 0:
                np.matmul(delta, below.swapaxes(1, 2), out=gradient.blocks[0])
            else:
                np.matmul(delta, below.swapaxes(1, 2), out=gradient.weights[layer])
                np.matmul(delta, self._ones, out=gradient.biases[layer])

    def _output_error(self, y: Array, delta: Array, below: Array, observe: Observer | None) -> None:
        network, (z, a, slope) = self.network, (self.z[-1], self.a[-1], self.slope[-1])
        rule = network.backward_output
        share = 1.0 / self.samples
        if observe or rule.add:
            upstream = np.empty_like(delta)
            network.cost.upstream(network.output, z, a, y, upstream)
            upstream *= share
            if observe:
                observe(network.layers - 1, upstream, slope, below if network.layers > 1 else below[:, :-1])
        if rule.keep:
            network.cost.error(network.output, z, a, slope, y, delta)
            np.multiply(delta, share, out=delta)
        else:
            delta.fill(0.0)
        if rule.add:
            delta += rule.add * upstream

    def _error_from_above(self, parameters: Parameters, layer: int) -> None:
        """Write W^T delta, of the layer above, into this layer's delta."""
        above = layer + 1
        W, delta = parameters.weights[above], self.delta[above]
        if above in self._padded:
            padded, delta = self._padded[above]
            padded[:, :1] = W
            W = padded
        np.matmul(W.swapaxes(1, 2), delta, out=self.delta[layer])


# Bytes a stack's pass may touch. A pass works on a layer or two at a time, so that a few times a core's L2 cache is
# best: on 1 MiB of L2, half of this trains six nets of moons to digits at 90 to 95 % of the speed, twice as much gains
# or loses a few per cent.
WORKING_SET = 5 << 20


def bytes_per_run(network: Network, samples: int, itemsize: int) -> int:
    """The working set of one run's pass: z, a, slope and delta of every layer."""
    return 4 * itemsize * samples * sum(network.sizes[1:])


def one_thread() -> threadpool_limits:
    """A context in which BLAS and LAPACK use one thread: how a product is shared out shows in its last bit."""
    return threadpool_limits(limits=1, user_api="blas")


def _two_rows(runs: int, columns: int, dtype: DTypeLike) -> Array:
    """Zeros (runs, 2, columns), each of the two rows contiguous over the runs."""
    return np.zeros((2, runs, columns), dtype).swapaxes(0, 1)


def _times_slope(delta: Array, slope: Array, rule: Backward) -> None:
    if rule.keep and rule.add:
        np.multiply(delta, slope + rule.add, out=delta)
    elif rule.keep:
        np.multiply(delta, slope, out=delta)
    else:
        np.multiply(delta, rule.add, out=delta)


def decay_cost(parameters: Parameters, l2: Array) -> Array:
    """l2/2 sum W^2 for each run, shape (runs,); biases are not decayed."""
    squares = np.zeros(len(parameters.flat), parameters.flat.dtype)
    for W in parameters.weights:
        squares += np.add.reduce((W * W).reshape(len(W), -1), axis=1)
    return 0.5 * l2 * squares


def add_decay(parameters: Parameters, gradient: Parameters, l2: Array) -> None:
    """Add l2 W to dC/dW."""
    for W, G in zip(parameters.weights, gradient.weights, strict=True):
        G += l2[:, None, None] * W
