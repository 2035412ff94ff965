"""The chain rule for one network at a time: plain arrays in, plain arrays out.

Everywhere `weights[l]` is (fan_out, fan_in), `biases[l]` (fan_out,), X (samples, features) and y (samples, outputs) or
class labels (samples,). One network is a stack of one: these calls run the very code of the sweeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.arrays import Backward, as_component, as_network, as_split
from chainrule.components import Component
from chainrule.components.fields import Allowed, check
from chainrule.core.data import Data
from chainrule.core.differences import (
    STEPS,
    Problem,
    largest_curvature,
    numerical_gradient,
    random_directions,
    relative_error,
)
from chainrule.core.history import USUAL_FAMILIES
from chainrule.core.network import Workspace, add_decay, decay_cost
from chainrule.core.parameters import Parameters
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, train_stack
from chainrule.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]


@dataclass(frozen=True)
class Backprop:
    """One forward and backward pass, every factor kept; index 0 is layer 1, per-sample arrays are (samples, units).

    `activations` has the inputs in front: activations[l] went into layer l + 1. The deltas carry the 1/N of the
    averaged cost, so that weight_gradients[l] = deltas[l].T @ activations[l] (plus l2 W).
    """

    cost: float
    outputs: Array
    z: list[Array]
    activations: list[Array]
    slopes: list[Array]
    deltas: list[Array]
    weight_gradients: list[Array]
    bias_gradients: list[Array]


@dataclass(frozen=True)
class Training:
    """A trained network and its history: a column a metric, indexed by epoch; NaN where it had diverged."""

    weights: list[Array]
    biases: list[Array]
    history: pd.DataFrame


def backprop(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    *,
    activation: str | Component = "sigmoid",
    output: str | Component = "sigmoid",
    cost: str | Component = "quadratic",
    l2: float = 0.0,
    backward: Backward = "exact",
) -> Backprop:
    """The gradient of the cost by the chain rule (Rumelhart, Hinton & Williams 1986), with all its factors.

    Raises InputError for shapes that do not fit, values that are not finite and names that are not registered.
    """
    network, parameters = as_network(
        weights, biases, activation=activation, output=output, cost=cost, backward=backward
    )
    split = as_split(network, X, y)
    inputs, targets = split.columns()
    work = Workspace(network, 1, len(split), np.float64)
    gradient = Parameters(network.sizes, np.empty_like(parameters.flat))
    decay = np.array([check("l2", l2, float, Allowed(at_least=0.0))])
    with np.errstate(all="ignore"):
        work.forward(parameters, inputs)
        work.backward(parameters, inputs, targets, gradient)
        total = work.cost(targets) + decay_cost(parameters, decay)
        if l2:
            add_decay(parameters, gradient, decay)
    weight_gradients, bias_gradients = gradient.run(0)
    z, a, slopes, deltas = ([x[0].T.copy() for x in xs] for xs in (work.z, work.a, work.slope, work.delta))
    activations = [split.inputs[:, :-1].copy(), *a]
    return Backprop(float(total[0]), a[-1], z, activations, slopes, deltas, weight_gradients, bias_gradients)


def train(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float,
    epochs: int,
    activation: str | Component = "sigmoid",
    output: str | Component = "sigmoid",
    cost: str | Component = "quadratic",
    optimizer: str | Component = "gradient_descent",
    batch_size: int | None = None,
    l2: float = 0.0,
    backward: Backward = "exact",
    train_biases: bool = True,
    seed: int = 0,
    X_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
) -> Training:
    """Gradient descent from the given weights; `seed` draws the order of the samples in mini-batches.

    Row 0 of the history is the state before any update, row e the state after e epochs; at most 100 rows,
    log-spaced. Raises InputError as `backprop` does.
    """
    network, parameters = as_network(
        weights, biases, activation=activation, output=output, cost=cost, backward=backward
    )
    split = as_split(network, X, y)
    if (X_test is None) != (y_test is None):
        raise InputError("X_test" if X_test is None else "y_test", None, "X_test and y_test go together")
    test = None if X_test is None or y_test is None else as_split(network, X_test, y_test, ("X_test", "y_test"))
    count = check("epochs", epochs, int, Allowed(at_least=1))
    rate = check("learning_rate", learning_rate, float, Allowed(above=0.0))
    decay = check("l2", l2, float, Allowed(at_least=0.0))
    size = check("batch_size", batch_size, int | None, Allowed(at_least=1, at_most=len(split)))
    if size == len(split):  # the order of the samples is then nothing but rounding
        size = None
    rule = as_component("optimizer", optimizer)
    biases_trained = "all" if check("train_biases", train_biases, bool, Allowed()) else "none"
    shape = StackSpec(
        network, count, size, "float64", type(rule), decay > 0.0, biases_trained, points=100, families=USUAL_FAMILIES
    )
    stream = streams(check("seed", seed, int, Allowed(at_least=0))).batches
    member = Member(parameters.flat[0], np.full(count, rate), rule, decay, stream)
    score = "r2" if network.output.unbounded else "accuracy"
    trained = train_stack(shape, [member], Data(split, test, score))
    return Training(*Parameters(network.sizes, trained.parameters[:, -1]).run(0), history=trained.history.frame())


def initialize(
    init: str | Component, sizes: Sequence[int], *, seed: int, **fields: Any
) -> tuple[list[Array], list[Array]]:
    """Weights (fan_out, fan_in) and biases (fan_out,) for layer widths `sizes`, the inputs' first.

    `fields` are the initializer's own, such as scale=2.0. Raises InputError for names and values it can't use.
    """
    rule = as_component("init", init, fields)
    widths = [check("sizes", size, int, Allowed(at_least=1)) for size in sizes]
    if len(widths) < 2:
        raise InputError("sizes", widths, "needs the inputs' width and at least one layer's")
    stream = streams(check("seed", seed, int, Allowed(at_least=0))).weights
    weights, biases = rule.sample(widths, np.random.default_rng(stream))
    return weights, biases


def gradient_check(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    *,
    activation: str | Component = "sigmoid",
    output: str | Component = "sigmoid",
    cost: str | Component = "quadratic",
    l2: float = 0.0,
    backward: Backward = "exact",
    method: str = "central",
    step: float | None = None,
    directions: int | None = None,
    seed: int = 0,
) -> float:
    """The relative error |a - n| / (|a| + |n|) of backpropagation against differences of the cost.

    `method` is central, forward or complex (the complex step, Squire & Trapp 1998); by every coordinate, or along
    `directions` random ones drawn with `seed`. Above 1e-2 a gradient is wrong, below 1e-7 it is right (CS231n).
    """
    network, parameters = as_network(
        weights, biases, activation=activation, output=output, cost=cost, backward=backward
    )
    decay = check("l2", l2, float, Allowed(at_least=0.0))
    problem = Problem(network, as_split(network, X, y), decay)
    check("method", method, str, Allowed(choices=tuple(STEPS)))
    check("step", step, float | None, Allowed(above=0.0))
    flat = parameters.flat[0]
    if directions is None:
        along = np.eye(len(flat))
    else:
        number = check("directions", directions, int, Allowed(at_least=1))
        rng = np.random.default_rng(check("seed", seed, int, Allowed(at_least=0)))
        along = random_directions(number, len(flat), rng)
    with np.errstate(all="ignore"):
        numeric = numerical_gradient(problem, flat, along, method, step)
        return relative_error(along @ problem.gradients(flat[None])[0], numeric)


def sharpness(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    *,
    activation: str | Component = "sigmoid",
    output: str | Component = "sigmoid",
    cost: str | Component = "quadratic",
    l2: float = 0.0,
) -> float:
    """The largest eigenvalue of the Hessian of the cost over all weights and biases (Cohen et al. 2021, sec. 2)."""
    network, parameters = as_network(weights, biases, activation=activation, output=output, cost=cost)
    problem = Problem(network, as_split(network, X, y), check("l2", l2, float, Allowed(at_least=0.0)))
    with np.errstate(all="ignore"):
        return largest_curvature(problem, parameters.flat[0])
