"""What a stack's history is filled with: the chosen curves at the recorded epochs, and the parameters that are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.core.curve import Curve, Layer, LayerGradient, Outputs, State
from chainrule.core.curves import chosen_curves, curve_keys
from chainrule.core.data import Data
from chainrule.core.history import History, recorded_epochs
from chainrule.core.network import Workspace, add_decay, decay_cost
from chainrule.core.parameters import parameter_count
from chainrule.core.stuck import is_gradient_gone, is_no_better_than_constant

if TYPE_CHECKING:
    from chainrule.core.training import Stack, StackSpec

Array = NDArray[Any]


class Recorder:
    """The history of all runs of a stack while it trains, and the parameters kept of them.

    `parameters` is (runs, points, parameters), a point each recorded epoch with `spec.snapshots`, else the last alone;
    NaN from where a run diverged.
    """

    def __init__(self, spec: StackSpec, data: Data, runs: int) -> None:
        self.spec, self.network, self.data = spec, spec.network, data
        chosen = chosen_curves(spec.curves, data.task)
        self._curves: dict[type, list[Curve]] = {
            of: [curve for curve in chosen if curve.of is of] for of in (Outputs, Layer, LayerGradient, State)
        }
        self._needs_backward = any(curve.backward for curve in chosen)
        sets = {"has_test": data.test is not None, "has_validation": data.validation is not None}
        keys = curve_keys(spec.curves, self.network.layers, task=data.task, **sets)
        epochs = recorded_epochs(spec.epochs, spec.points)
        self.rows = {int(epoch): row for row, epoch in enumerate(epochs)}
        values = np.full((runs, len(epochs), len(keys)), np.nan)
        self.history = History(keys, epochs, values, np.full(runs, -1), np.zeros(runs, bool))
        points = len(epochs) if spec.snapshots else 1
        self.parameters = np.full((runs, points, parameter_count(self.network.sizes)), np.nan, spec.dtype)
        held_out = {"validation": data.validation, "test": data.test}
        self._held_out = {name: split.columns() for name, split in held_out.items() if split}

    def record(self, epoch: int, stack: Stack) -> NDArray[np.bool_] | None:
        """Write the history's row of this epoch; which of the stack's runs, (active,), are lost: no finite cost."""
        is_last = epoch == self.spec.epochs
        measured = [self._measure(stack, rows, is_last=is_last) for rows in stack.portions()]
        values = np.concatenate([rows for rows, _ in measured]).astype(np.float64)
        finite: NDArray[np.bool_] = np.isfinite(np.concatenate([cost for _, cost in measured]))
        values[~np.isfinite(values)] = np.nan
        row, positions = self.rows[epoch], stack.active[finite]
        self.history.values[positions, row] = values[finite]
        if self.spec.snapshots or is_last:
            self.parameters[positions, row if self.spec.snapshots else 0] = stack.parameters.flat[finite]
        return None if finite.all() else ~finite

    def _measure(self, stack: Stack, rows: slice, *, is_last: bool) -> tuple[Array, Array]:
        """The recorded values (runs, keys) of some runs, and their cost (runs,) over the training set."""
        parameters, gradient = stack.parameters[rows], stack.gradient[rows]
        l2, (inputs, targets) = stack.l2[rows], stack.full_batch
        decay = decay_cost(parameters, l2) if self.spec.decayed else 0.0
        work = stack.workspace(len(l2), len(self.data.train))
        entries: dict[str, Array] = {}
        work.forward(parameters, inputs)
        cost = self._outputs("train", work, targets, decay, entries)
        layers, undecayed = [], gradient.flat
        if self._needs_backward:
            work.backward(parameters, inputs, targets, gradient, observe=partial(self._layer, entries, work))
            if self.spec.decayed:
                undecayed = gradient.flat.copy()
                add_decay(parameters, gradient, l2)
            layers = [LayerGradient(*pair) for pair in zip(gradient.blocks, gradient.biases, strict=True)]
            for number, layer in enumerate(layers, start=1):
                self._note(LayerGradient, layer, f"/layer_{number}", entries)
        if self._curves[State]:
            whole = (self.network, parameters, layers, undecayed, work, self.data.train, inputs, targets, l2)
            self._note(State, State(*whole, self.spec.train_biases), "", entries)
        if self._needs_backward:
            gradient.freeze(self.spec.train_biases)
            stack.gradient_is_current = self.spec.batch_size is None
        if is_last:
            self.history.stuck[stack.active[rows]] = self._stuck(stack, rows, work, cost)
        for split, (inputs, targets) in self._held_out.items():
            work = stack.workspace(len(l2), inputs.shape[2])
            work.forward(parameters, inputs)
            self._outputs(split, work, targets, decay, entries)
        values = np.empty((len(cost), len(self.history.metrics)), self.spec.dtype)
        for column, key in enumerate(self.history.metrics):
            values[:, column] = entries[key]  # the entry of an input that all runs share broadcasts
        return values, cost

    def _stuck(self, stack: Stack, rows: slice, work: Workspace, cost: Array) -> NDArray[np.bool_]:
        """Which of some runs are stuck, (runs,), after the forward pass over the training set in `work`."""
        inputs, targets = stack.full_batch
        split = Outputs(self.network, work.outputs, targets, cost)
        suspects = is_no_better_than_constant(split, self.data.task) & np.isfinite(cost)
        if not suspects.any():
            return suspects
        parameters, gradient = stack.parameters[rows], stack.gradient[rows]
        if not self._needs_backward:  # else it is the one in use already
            work.backward(parameters, inputs, targets, gradient)
            if self.spec.decayed:
                add_decay(parameters, gradient, stack.l2[rows])
            gradient.freeze(self.spec.train_biases)
        return suspects & is_gradient_gone(split, gradient.flat)

    def _outputs(
        self, split: str, work: Workspace, targets: Array, decay: Array | float, entries: dict[str, Array]
    ) -> Array:
        cost = work.cost(targets) + decay
        self._note(Outputs, Outputs(self.network, work.outputs, targets, cost), f"/{split}", entries)
        return cost

    def _layer(
        self, entries: dict[str, Array], work: Workspace, layer: int, upstream: Array, slope: Array, below: Array
    ) -> None:
        """An `Observer` of the backward pass."""
        factors = Layer(upstream, slope, below, work.a[layer], self.network.max_slope(layer))
        self._note(Layer, factors, f"/layer_{layer + 1}", entries)

    def _note(self, of: type, measured: Any, end: str, entries: dict[str, Array]) -> None:
        """The values of all chosen curves of such a thing, under their keys, which end alike."""
        for curve in self._curves[of]:
            entries[curve.key + end] = curve.measure(measured)
