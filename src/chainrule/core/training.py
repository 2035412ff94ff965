"""Gradient descent on a stack of networks of one shape: many runs as one NumPy program.

A run's numbers are the same bits alone or in any stack: every operation is elementwise, a reduction within the run,
or one matrix product a run. Runs that diverge leave the stack; the others never notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.components.optimizers import Optimizer
from chainrule.core.data import Data
from chainrule.core.differences import Problem, largest_curvature
from chainrule.core.history import History, curve_names, recorded_epochs
from chainrule.core.ledger import Ledger
from chainrule.core.network import Network, Workspace, add_decay, decay_cost
from chainrule.core.parameters import Parameters, is_trained
from chainrule.core.threads import one_thread

Array = NDArray[Any]
# Bytes a stack's pass may touch. A pass works on a layer or two at a time, so that a few times a core's L2 cache is
# best: on 1 MiB of L2, half of this trains six nets of moons to digits at 90 to 95 % of the speed, twice as much gains
# or loses a few per cent.
WORKING_SET = 5 << 20


@dataclass(frozen=True)
class StackSpec:
    """What all runs of a stack have in common."""

    network: Network
    epochs: int
    batch_size: int | None  # None: the full batch
    dtype: str
    optimizer: type[Optimizer]
    decayed: bool
    train_biases: str  # "all", "hidden" or "none"
    points: int
    families: tuple[str, ...]
    snapshots: bool = False  # keep the parameters of every recorded epoch, not only the last ones


@dataclass(frozen=True)
class Member:
    """What one run of a stack has of its own."""

    start: Array  # flat parameters
    rates: Array  # (epochs,) the learning rate of each epoch
    optimizer: Optimizer
    l2: float
    batches: np.random.SeedSequence  # the stream that shuffles the samples


@dataclass(frozen=True)
class Trained:
    """A trained stack: its history and its parameters, NaN from where a run diverged.

    `parameters` is (runs, points, parameters), a point each recorded epoch with `snapshots`, else the last alone.
    """

    history: History
    parameters: Array


def train_stack(shape: StackSpec, members: Sequence[Member], data: Data) -> Trained:
    """Train all members; see the module's docstring for what is promised."""
    # Overflow is how a run diverges: it is looked for explicitly, once an epoch, and recorded.
    with np.errstate(all="ignore"), one_thread():
        stack = _Stack(shape, members, data)
        for epoch in range(shape.epochs + 1):
            if epoch in stack.recorded and stack.active.size:
                stack.record(epoch)
            if epoch < shape.epochs and stack.active.size:
                stack.train_epoch(epoch)
        return Trained(stack.history, stack.kept)


def bytes_per_run(network: Network, samples: int, itemsize: int) -> int:
    """The working set of one run's pass: z, a, slope and delta of every layer."""
    return 4 * itemsize * samples * sum(network.sizes[1:])


class _Stack:
    """The runs that still train, side by side, and the history of all."""

    def __init__(self, shape: StackSpec, members: Sequence[Member], data: Data) -> None:
        self.shape, self.network, self.data = shape, shape.network, data
        self.active = np.arange(len(members))
        self.parameters = self._parameters(np.array([m.start for m in members], shape.dtype))
        self.gradient = Parameters.empty(self.network.sizes, len(members), shape.dtype)
        # epochs first, so that an epoch's rates are contiguous
        self.rates = np.ascontiguousarray(np.array([m.rates for m in members], shape.dtype).T)[..., None]
        self.l2 = np.array([m.l2 for m in members], shape.dtype)
        self.optimizer = self._optimizer([m.optimizer for m in members])
        self.state = [np.zeros_like(self.parameters.flat) for _ in range(shape.optimizer.slots)]
        self.steps = 0
        self.shuffles = [np.random.default_rng(m.batches) for m in members]
        self.passes: dict[tuple[int, int], Workspace] = {}
        self.batch_arrays: dict[tuple[int, int], tuple[Array, Array]] = {}
        self.gradient_is_current = False
        self.train_columns = data.train.columns()
        self.test_columns = data.test.columns() if data.test else None
        epochs = recorded_epochs(shape.epochs, shape.points)
        names = curve_names(shape.families, self.network.layers, score=data.score, has_test=data.test is not None)
        self.history = History(
            names,
            epochs,
            np.full((len(members), len(epochs), len(names)), np.nan),
            np.full(len(members), -1),
        )
        self.recorded = {int(epoch): row for row, epoch in enumerate(epochs)}
        kept_points = len(epochs) if shape.snapshots else 1
        self.kept = np.full((len(members), kept_points, self.parameters.flat.shape[1]), np.nan, shape.dtype)

    def _parameters(self, flat: Array) -> Parameters:
        return Parameters(self.network.sizes, flat)

    def _optimizer(self, optimizers: Sequence[Optimizer]) -> Optimizer:
        columns = {
            name: np.array([[getattr(o, name)] for o in optimizers], self.shape.dtype)
            for name in optimizers[0].fields()
        }
        return self.shape.optimizer(**columns)

    def _pass(self, runs: int, samples: int) -> Workspace:
        key = (runs, samples)
        if key not in self.passes:
            self.passes[key] = Workspace(self.network, runs, samples, self.shape.dtype)
        return self.passes[key]

    # -- training ----------------------------------------------------------------------------------------------

    def train_epoch(self, epoch: int) -> None:
        """One epoch of every active run; those whose parameters are no longer finite leave afterwards."""
        rate = self.rates[epoch]
        for inputs, targets in self._batches():
            if not self.gradient_is_current:
                self._differentiate(inputs, targets)
            self.gradient_is_current = False
            self.steps += 1
            self.optimizer.update(self.parameters.flat, self.gradient.flat, rate, self.state, self.steps)
        finite = np.isfinite(self.parameters.flat)
        if not finite.all():
            self._retire(~np.logical_and.reduce(finite, axis=1), epoch + 1)

    def _batches(self) -> Iterator[tuple[Array, Array]]:
        """Inputs (runs or 1, features + 1, samples) and targets, every sample once in an order of each run's own."""
        size, train = self.shape.batch_size, self.data.train
        if size is None:
            yield self.train_columns
            return
        order = np.array([shuffle.permutation(len(train)) for shuffle in self.shuffles])
        for start in range(0, len(train), size):
            chosen = order[:, start : start + size]
            inputs, targets = self._batch_arrays(*chosen.shape)
            # "clip" writes straight into the arrays; the numbers are in range, being a permutation's
            np.take(train.inputs, chosen, axis=0, out=inputs, mode="clip")
            np.take(train.targets, chosen, axis=0, out=targets, mode="clip")
            yield inputs.swapaxes(1, 2), targets.swapaxes(1, 2)

    def _batch_arrays(self, runs: int, samples: int) -> tuple[Array, Array]:
        """Room for the batches of all runs, samples first, used again for every batch of this size."""
        key = (runs, samples)
        if key not in self.batch_arrays:
            train = self.data.train
            self.batch_arrays[key] = (
                np.empty((*key, train.inputs.shape[1]), train.inputs.dtype),
                np.empty((*key, train.targets.shape[1]), train.targets.dtype),
            )
        return self.batch_arrays[key]

    def _differentiate(self, inputs: Array, targets: Array) -> None:
        work = self._pass(len(self.active), inputs.shape[2])
        work.forward(self.parameters, inputs)
        work.backward(self.parameters, inputs, targets, self.gradient)
        if self.shape.decayed:
            add_decay(self.parameters, self.gradient, self.l2)
        self.gradient.freeze(self.shape.train_biases)

    # -- recording ---------------------------------------------------------------------------------------------

    def record(self, epoch: int) -> None:
        """Write the history's row of this epoch; a run whose cost is not finite leaves."""
        measured = [self._measure(rows) for rows in self._slices()]
        values = np.concatenate([values for values, _ in measured]).astype(np.float64)
        costs = np.concatenate([cost for _, cost in measured])
        values[~np.isfinite(values)] = np.nan
        kept, row = np.isfinite(costs), self.recorded[epoch]
        self._retire(~kept, epoch)
        self.history.values[self.active, row] = values[kept]
        if self.shape.snapshots or epoch == self.shape.epochs:
            self.kept[self.active, row if self.shape.snapshots else 0] = self.parameters.flat

    def _slices(self) -> Iterator[slice]:
        """The active runs in portions whose pass over all training samples stays in the cache."""
        each = bytes_per_run(self.network, len(self.data.train), self.parameters.flat.itemsize)
        # the full batch's stack is cut to the cache already, and its recorded gradient is the next step's
        size = len(self.active) if self.shape.batch_size is None else max(1, WORKING_SET // each)
        for start in range(0, len(self.active), size):
            yield slice(start, min(start + size, len(self.active)))

    def _measure(self, rows: slice) -> tuple[Array, Array]:
        """The recorded values (runs, metrics) of some runs, and their cost (runs,) on the training set."""
        ledger = Ledger(self.network, self.shape.families, self.data.score)
        parameters, gradient = (self._parameters(p.flat[rows]) for p in (self.parameters, self.gradient))
        inputs, targets = self.train_columns
        decay = decay_cost(parameters, self.l2[rows]) if self.shape.decayed else 0.0
        work = self._pass(len(parameters.flat), len(self.data.train))
        work.forward(parameters, inputs)
        cost = work.cost(targets) + decay
        ledger.scores("train", cost, work.outputs, targets)
        ledger.units(work, targets)
        if ledger.needs_gradient:
            work.backward(parameters, inputs, targets, gradient, observe=ledger.observe)
            if "gradient_angle" in ledger.families:
                ledger.angle(parameters, inputs, targets, gradient)
            if self.shape.decayed:
                add_decay(parameters, gradient, self.l2[rows])
            ledger.gradient(gradient)
            gradient.freeze(self.shape.train_biases)
            self.gradient_is_current = self.shape.batch_size is None
        if "sharpness" in ledger.families:
            ledger.entries["sharpness"] = self._sharpness(parameters.flat, self.l2[rows])
        if self.data.test and self.test_columns:
            inputs, targets = self.test_columns
            work = self._pass(len(parameters.flat), len(self.data.test))
            work.forward(parameters, inputs)
            ledger.scores("test", work.cost(targets) + decay, work.outputs, targets)
        row = np.empty((len(cost), len(self.history.metrics)), self.shape.dtype)
        for column, name in enumerate(self.history.metrics):
            row[:, column] = ledger.entries[name]  # a shared input's entry broadcasts
        return row, cost

    def _sharpness(self, rows: Array, l2: Array) -> Array:
        """The largest curvature of the training cost at each run's parameters, over those that are trained."""
        trained = is_trained(self.network.sizes, self.shape.train_biases)
        problems = [Problem(self.network, self.data.train, float(decay)) for decay in l2]
        return np.array([largest_curvature(p, row, trained) for p, row in zip(problems, rows, strict=True)])

    # -- divergence --------------------------------------------------------------------------------------------

    def _retire(self, lost: Array, epoch: int) -> None:
        """Take the runs marked in `lost` (active,) out of the stack and note the epoch."""
        if not lost.any():
            return
        self.history.diverged_at[self.active[lost]] = epoch
        keep = ~lost
        self.active, self.rates, self.l2 = self.active[keep], self.rates[:, keep], self.l2[keep]
        self.parameters = self._parameters(self.parameters.flat[keep])
        self.gradient = self._parameters(self.gradient.flat[keep])
        self.state = [slot[keep] for slot in self.state]
        self.optimizer = self.shape.optimizer(**{k: v[keep] for k, v in self.optimizer.fields().items()})
        self.shuffles = [shuffle for shuffle, kept in zip(self.shuffles, keep, strict=True) if kept]
        self.passes.clear()
        self.batch_arrays.clear()
