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
from chainrule.core.divergence import safe_size
from chainrule.core.history import History
from chainrule.core.network import WORKING_SET, Network, Workspace, add_decay, bytes_per_run, decay_cost, one_thread
from chainrule.core.parameters import Parameters
from chainrule.core.recording import Recorder

Array = NDArray[Any]


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
    points: int  # recorded epochs at most
    curves: tuple[str, ...]
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
    """A trained stack: its history and its parameters, see `Recorder`."""

    history: History
    parameters: Array


def train_stack(spec: StackSpec, members: Sequence[Member], data: Data) -> Trained:
    """Train all members; see the module's docstring for what is promised."""
    # Overflow is how a run diverges: it is looked for explicitly, after every epoch, and recorded.
    with np.errstate(all="ignore"), one_thread():
        stack, recorder = Stack(spec, members, data), Recorder(spec, data, len(members))
        diverged_at = recorder.history.diverged_at
        for epoch in range(spec.epochs + 1):
            if epoch in recorder.rows and stack.active.size:
                lost = recorder.record(epoch, stack)
                if lost is not None:
                    diverged_at[stack.retire(lost)] = epoch
            if epoch < spec.epochs and stack.active.size:
                stack.train_epoch(epoch)
                lost = stack.diverged()
                if lost is not None:
                    diverged_at[stack.retire(lost)] = epoch + 1
        return Trained(recorder.history, recorder.parameters)


class Stack:
    """The runs that still train, side by side; `active` holds their positions among the members."""

    def __init__(self, spec: StackSpec, members: Sequence[Member], data: Data) -> None:
        self.spec, self.network, self.train = spec, spec.network, data.train
        self.active = np.arange(len(members))
        self.parameters = Parameters(self.network.sizes, np.array([m.start for m in members], spec.dtype))
        self.gradient = Parameters.empty(self.network.sizes, len(members), spec.dtype)
        self.gradient_is_current = False  # whether `gradient` is already the next step's
        self.l2 = np.array([m.l2 for m in members], spec.dtype)
        self._safe = safe_size(self.network, data.train, float(self.l2.max()), spec.dtype)
        # epochs first, so that an epoch's rates are contiguous
        self._rates = np.ascontiguousarray(np.array([m.rates for m in members], spec.dtype).T)[..., None]
        self._optimizer = _columns([m.optimizer for m in members], spec)
        self._slots = [np.zeros_like(self.parameters.flat) for _ in range(spec.optimizer.slots)]
        self._steps = 0
        self._shuffles = [np.random.default_rng(m.batches) for m in members]
        self.full_batch = data.train.columns()
        self._workspaces: dict[tuple[int, int], Workspace] = {}
        self._batch_arrays: dict[tuple[int, int], tuple[Array, Array]] = {}

    def workspace(self, runs: int, samples: int) -> Workspace:
        """The arrays of a pass, allocated once for each size."""
        key = (runs, samples)
        if key not in self._workspaces:
            self._workspaces[key] = Workspace(self.network, runs, samples, self.spec.dtype)
        return self._workspaces[key]

    def train_epoch(self, epoch: int) -> None:
        """One epoch of every active run."""
        rate = self._rates[epoch]
        for inputs, targets in self._batches():
            if not self.gradient_is_current:
                self._differentiate(inputs, targets)
            self.gradient_is_current = False
            self._steps += 1
            self._optimizer.update(self.parameters.flat, self.gradient.flat, rate, self._slots, self._steps)

    def diverged(self) -> NDArray[np.bool_] | None:
        """Which active runs, shape (active,), have a parameter or a cost over the training set that is not finite."""
        flat = self.parameters.flat
        if np.abs(flat).max() <= self._safe:
            return None
        finite = np.logical_and.reduce(np.isfinite(flat), axis=1)
        inputs, targets = self.full_batch
        for rows in self.portions():
            parameters, l2 = self.parameters[rows], self.l2[rows]
            work = self.workspace(len(l2), len(self.train))
            work.forward(parameters, inputs)
            finite[rows] &= np.isfinite(work.cost(targets) + (decay_cost(parameters, l2) if self.spec.decayed else 0.0))
        return None if finite.all() else ~finite

    def portions(self) -> Iterator[slice]:
        """The active runs in portions whose pass over all training samples stays in the cache."""
        runs = len(self.active)
        each = bytes_per_run(self.network, len(self.train), np.dtype(self.spec.dtype).itemsize)
        # the full batch's stack is cut to the cache already, and its recorded gradient is the next step's
        size = runs if self.spec.batch_size is None else max(1, WORKING_SET // each)
        for start in range(0, runs, size):
            yield slice(start, min(start + size, runs))

    def retire(self, lost: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Take the runs marked in `lost`, shape (active,), out of the stack; their positions among the members."""
        left, keep = self.active[lost], ~lost
        self.active, self._rates, self.l2 = self.active[keep], self._rates[:, keep], self.l2[keep]
        self.parameters, self.gradient = self.parameters[keep], self.gradient[keep]
        self._slots = [slot[keep] for slot in self._slots]
        self._optimizer = self.spec.optimizer(**{k: v[keep] for k, v in self._optimizer.fields().items()})
        self._shuffles = [shuffle for shuffle, kept in zip(self._shuffles, keep, strict=True) if kept]
        self._workspaces.clear()
        self._batch_arrays.clear()
        return left

    def _differentiate(self, inputs: Array, targets: Array) -> None:
        work = self.workspace(len(self.active), inputs.shape[2])
        work.forward(self.parameters, inputs)
        work.backward(self.parameters, inputs, targets, self.gradient)
        if self.spec.decayed:
            add_decay(self.parameters, self.gradient, self.l2)
        self.gradient.freeze(self.spec.train_biases)

    def _batches(self) -> Iterator[tuple[Array, Array]]:
        """Inputs (runs or 1, features + 1, samples) and targets, every sample once in an order of each run's own."""
        size, train = self.spec.batch_size, self.train
        if size is None:
            yield self.full_batch
            return
        order = np.array([shuffle.permutation(len(train)) for shuffle in self._shuffles])
        for start in range(0, len(train), size):
            chosen = order[:, start : start + size]
            inputs, targets = self._arrays_of_batch(*chosen.shape)
            # "clip" writes straight into the arrays; the numbers are in range, being a permutation's
            np.take(train.inputs, chosen, axis=0, out=inputs, mode="clip")
            np.take(train.targets, chosen, axis=0, out=targets, mode="clip")
            yield inputs.swapaxes(1, 2), targets.swapaxes(1, 2)

    def _arrays_of_batch(self, runs: int, samples: int) -> tuple[Array, Array]:
        """Room for the batches of all runs, samples first, used again for every batch of this size."""
        key, train = (runs, samples), self.train
        if key not in self._batch_arrays:
            self._batch_arrays[key] = (
                np.empty((*key, train.inputs.shape[1]), train.inputs.dtype),
                np.empty((*key, train.targets.shape[1]), train.targets.dtype),
            )
        return self._batch_arrays[key]


def _columns(optimizers: Sequence[Optimizer], spec: StackSpec) -> Optimizer:
    """One optimizer for all runs: its hyperparameters are columns (runs, 1)."""
    names = optimizers[0].fields()
    return spec.optimizer(**{name: np.array([[getattr(o, name)] for o in optimizers], spec.dtype) for name in names})
