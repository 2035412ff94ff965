"""Derivatives without the chain rule's help: finite differences and the complex step, many nudges as one stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.core.data import Split
from chainrule.core.network import Network, Workspace, add_decay, decay_cost
from chainrule.core.parameters import Parameters
from chainrule.core.slips import SLIPS

Array = NDArray[Any]
# Balance of truncation and rounding for each scheme (Nocedal & Wright 2006, sec. 8.1; Squire & Trapp 1998). The square
# of the complex step must vanish: added to a z of exactly 0, however small, it would decide on the side of a kink.
STEPS = {"central": 1e-5, "forward": 1e-8, "complex": 1e-200}
LARGEST_ERROR = 1e-5  # of a right gradient: CS231n's rule of thumb allows 1e-7, the roughest start seen needs 1e-8
_VISIBLE = 1e-9  # share of the cost: where slopes are smaller, their difference is nothing but rounding
_DENSE_UP_TO = 64  # parameters; beyond, Lanczos needs fewer products than the whole Hessian
_NUDGES = 1 << 22  # array elements of a pass at once


@dataclass(frozen=True)
class Problem:
    """A network's cost on fixed samples as a function of its flat parameters (runs, parameters)."""

    network: Network
    split: Split
    l2: float | Array = 0.0  # one for all rows, or one a row
    slip: str = "none"  # out of SLIPS: what its gradients get wrong

    def costs(self, flat: Array) -> Array:
        """C for each row of `flat`, shape (runs,); complex rows are allowed."""
        parameters, work, (inputs, targets) = self._prepare(flat)
        work.forward(parameters, inputs)
        return work.cost(targets) + decay_cost(parameters, np.broadcast_to(self.l2, len(flat)))

    def gradients(self, flat: Array) -> Array:
        """dC/dw for each row of `flat`, by backpropagation, same shape."""
        parameters, work, (inputs, targets) = self._prepare(flat)
        gradient = Parameters(self.network.sizes, np.empty_like(flat))
        work.forward(parameters, inputs)
        work.backward(parameters, inputs, targets, gradient)
        SLIPS[self.slip](gradient, len(self.split))
        if np.any(self.l2):
            add_decay(parameters, gradient, np.broadcast_to(self.l2, len(flat)))
        return gradient.flat

    def _prepare(self, flat: Array) -> tuple[Parameters, Workspace, tuple[Array, Array]]:
        inputs, targets = self.split.columns()
        work = Workspace(self.network, len(flat), len(self.split), flat.dtype)
        return Parameters(self.network.sizes, flat), work, (inputs.astype(flat.dtype), targets)


def slope_along(problem: Problem, flat: Array, directions: Array, method: str, step: float | None) -> Array:
    """The slope of the cost at each row of `flat` along the same row of `directions`, shape (rows,).

    `method` is "central", "forward" or "complex" (the complex step, which has no rounding to hide behind); `step`
    defaults to the one that suits it. A single row of `flat` serves all directions. Where the complex pass overflows
    the slope is that of central differences.
    """
    h = STEPS[method] if step is None else step
    if method == "complex":
        costs = problem.costs(flat + 1j * h * directions)
        if np.isfinite(costs).all():
            return costs.imag / h
        return np.where(np.isfinite(costs), costs.imag / h, slope_along(problem, flat, directions, "central", None))
    if method == "forward":
        return (problem.costs(flat + h * directions) - problem.costs(flat)) / h
    return (problem.costs(flat + h * directions) - problem.costs(flat - h * directions)) / (2.0 * h)


def numerical_gradient(problem: Problem, flat: Array, directions: Array, method: str, step: float | None) -> Array:
    """The slope of the cost at `flat` (parameters,) along each row of `directions`, shape (directions,)."""
    each = len(problem.split) * sum(problem.network.sizes[1:])
    size = max(1, _NUDGES // each)
    portions = [directions[i : i + size] for i in range(0, len(directions), size)]
    return np.concatenate([slope_along(problem, flat[None], portion, method, step) for portion in portions])


def relative_error(analytic: Array, numeric: Array) -> float:
    """|a - n| / (|a| + |n|) with whole-vector norms, 0 when both vanish (CS231n, gradient checks)."""
    scale = np.linalg.norm(analytic) + np.linalg.norm(numeric)
    return float(np.linalg.norm(analytic - numeric) / scale) if scale else 0.0


def check_along(problem: Problem, flat: Array, directions: Array, method: str, step: float | None) -> Array:
    """For each row of `flat` the relative error of its gradient along its own directions, shape (runs,).

    `directions` is (runs, directions, parameters); `method` and `step` as in `slope_along`. Where both gradients
    are no more than the cost's own rounding, as at the saddle that zero weights start on, there is nothing to
    compare and the error is 0.
    """
    slopes = [slope_along(problem, flat, directions[:, k], method, step) for k in range(directions.shape[1])]
    numeric = np.stack(slopes, axis=1)
    analytic = np.vecdot(problem.gradients(flat)[:, None], directions)
    errors = np.array([relative_error(a, n) for a, n in zip(analytic, numeric, strict=True)])
    rounding = 8.0 * np.finfo(np.float64).eps * np.abs(problem.costs(flat))
    size = np.linalg.norm(analytic, axis=1) + np.linalg.norm(numeric, axis=1)
    return np.where(size > rounding, errors, np.where(np.isnan(size), np.nan, 0.0))


def is_wrong(problem: Problem, flat: Array, directions: Array) -> NDArray[np.bool_]:
    """Whether backpropagation is off by more than LARGEST_ERROR, shape (runs,); arguments as in `check_along`.

    By the complex step, so that neither the truncation of a coarse method nor rounding passes for an error.
    """
    errors = check_along(problem, flat, directions, "complex", None)
    slopes = np.abs(np.vecdot(problem.gradients(flat)[:, None], directions)).max(axis=1)
    return (errors > LARGEST_ERROR) & (slopes > _VISIBLE * np.abs(problem.costs(flat)))


def random_directions(number: int, dimension: int, rng: np.random.Generator) -> Array:
    """Random unit vectors, shape (number, dimension)."""
    drawn = rng.standard_normal((number, dimension))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def hessian_products(problem: Problem, flat: Array, directions: Array) -> Array:
    """H d for each row d of `directions`, exact to rounding: the complex step applied to backpropagation."""
    step = STEPS["complex"]
    return problem.gradients(flat + 1j * step * directions).imag / step


def largest_curvature(problem: Problem, flat: Array, trained: NDArray[np.bool_] | None = None) -> float:
    """The largest eigenvalue of the Hessian of the cost at `flat` (parameters,), over the `trained` entries only.

    NaN where the Hessian is not finite.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    point = flat.astype(np.float64)
    free = np.flatnonzero(np.ones(len(flat), bool) if trained is None else trained)

    def products(directions: Array) -> Array:
        whole = np.zeros((len(directions), len(point)))
        whole[:, free] = directions
        return hessian_products(problem, point, whole)[:, free]

    start = np.random.default_rng(0).standard_normal(len(free))  # a fixed start keeps the result reproducible
    first = products(start[np.newaxis])
    if not np.isfinite(first).all():
        return np.nan
    if not first.any():
        return 0.0  # a flat cost, which Lanczos iterations can't start on
    if len(free) <= _DENSE_UP_TO:
        hessian = products(np.eye(len(free)))
        return float(np.linalg.eigvalsh(0.5 * (hessian + hessian.T))[-1])
    operator = LinearOperator((len(free),) * 2, matvec=lambda d: products(d.reshape(1, -1))[0], dtype=np.float64)
    return float(eigsh(operator, k=1, which="LA", v0=start, tol=1e-10, return_eigenvectors=False)[0])
