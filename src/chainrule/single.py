"""The chain rule for one network at a time: plain arrays in, plain arrays out.

Everywhere `weights[l]` is (fan_out, fan_in), `biases[l]` (fan_out,), X (samples, features) and y (samples, outputs) or
class labels (samples,). One network is a stack of one: these calls run the very code of the sweeps.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.arrays import Backward, as_component, as_data, as_network, as_split
from chainrule.components import Component, names
from chainrule.components.fields import Allowed, check
from chainrule.core.curves import curve_names
from chainrule.core.differences import (
    STEPS,
    Problem,
    largest_curvature,
    numerical_gradient,
    random_directions,
    relative_error,
)
from chainrule.core.network import Workspace, add_decay, decay_cost
from chainrule.core.parameters import Parameters
from chainrule.core.streams import streams
from chainrule.core.training import Member, StackSpec, train_stack
from chainrule.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
F = TypeVar("F", bound=Callable[..., Any])

_NETWORK = f"""\
weights : sequence of array_like of shape (fan_out, fan_in)
    One matrix a layer, the first hidden layer's first.
biases : sequence of array_like of shape (fan_out,)
    One vector a layer.
X : array_like of shape (samples, features)
    The inputs.
y : array_like of shape (samples, outputs) or (samples,)
    Targets, or class labels: whole numbers from 0, booleans or text.
activation : str or Component, default "sigmoid"
    The hidden layers' f: {", ".join(names("activation"))}.
output : str or Component, default "sigmoid"
    The last layer's f: {", ".join(names("output"))}.
cost : str or Component, default "quadratic"
    What is averaged over the samples: {", ".join(names("cost"))}.
l2 : float, default 0.0
    Adds l2/2 times the sum of the squared weights to the cost; biases are not decayed."""
_BACKWARD = f"""\
backward : str or mapping, default "exact"
    What the backward pass multiplies with where the chain rule has the slope: {", ".join(names("backward"))}; or a
    mapping with the keys "hidden" and "output"."""
_RAISES = """\
InputError
    For shapes that do not fit, values that are not finite, names that are not registered and numbers out of range.
    It is a ValueError."""


def _documented(function: F) -> F:
    """Fill in what the calls below share, and the names that are registered."""
    texts = {
        "network": _NETWORK,
        "backward": _BACKWARD,
        "raises": _RAISES,
        "optimizers": ", ".join(names("optimizer")),
        "inits": ", ".join(names("init")),
    }
    doc = inspect.cleandoc(function.__doc__ or "")
    for key, text in texts.items():
        doc = doc.replace(f"<{key}>", text)
    function.__doc__ = doc
    return function


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


@_documented
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
    """The gradient of the cost by the chain rule, with all its factors (Rumelhart, Hinton & Williams 1986).

    Parameters
    ----------
    <network>
    <backward>

    Returns
    -------
    Backprop
        `cost`, `outputs` (samples, outputs), and one array a layer in `z`, `activations`, `slopes`, `deltas`, each
        (samples, units), and in `weight_gradients` and `bias_gradients`, shaped like the weights and biases.

    Raises
    ------
    <raises>

    Examples
    --------
    One neuron that answers .5 where 1 is right, with the slope 1/4 of the sigmoid at 0:

    >>> step = backprop([[[0.0]]], [[0.0]], [[2.0]], [[1.0]])
    >>> step.cost, step.slopes[0].item(), step.weight_gradients[0].item()
    (0.125, 0.25, -0.25)
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


@_documented
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
    X_validation: ArrayLike | None = None,
    y_validation: ArrayLike | None = None,
) -> Training:
    """Train from the given weights, and record what a sweep records by default.

    Parameters
    ----------
    <network>
    learning_rate : float
        The step size, above 0.
    epochs : int
        How often all samples are used.
    optimizer : str or Component, default "gradient_descent"
        How a gradient becomes a step: <optimizers>.
    batch_size : int, optional
        Samples a step; by default all.
    <backward>
    train_biases : bool, default True
        Whether biases are trained, too.
    seed : int, default 0
        Draws the order of the samples in mini-batches.
    X_test, y_test : array_like, optional
        Samples that are scored and not trained on.
    X_validation, y_validation : array_like, optional
        More of them: those to choose settings by, so that the test set judges what it has not chosen.

    Returns
    -------
    Training
        The trained `weights` and `biases`, and the `history`, a frame indexed by epoch with a column a metric. Row 0
        is the state before any update, row e the state after e epochs; at most 100 rows, log-spaced. It has accuracies
        where `y` holds labels or the output is bounded, else r2.

    Raises
    ------
    <raises>

    Examples
    --------
    >>> trained = train([[[1.0]]], [[0.0]], [[1.0]], [[0.0]], learning_rate=1.0, epochs=50)
    >>> trained.history["cost/train"].round(4).loc[[0, 1, 50]].tolist()
    [0.2672, 0.2251, 0.0036]
    """
    network, parameters = as_network(
        weights, biases, activation=activation, output=output, cost=cost, backward=backward
    )
    data = as_data(network, X, y, test=(X_test, y_test), validation=(X_validation, y_validation))
    samples = len(data.train)
    count = check("epochs", epochs, int, Allowed(at_least=1))
    rate = check("learning_rate", learning_rate, float, Allowed(above=0.0))
    decay = check("l2", l2, float, Allowed(at_least=0.0))
    size = check("batch_size", batch_size, int | None, Allowed(at_least=1, at_most=samples))
    rule = as_component("optimizer", optimizer)
    spec = StackSpec(
        network,
        count,
        None if size == samples else size,  # the order of the samples is then nothing but rounding
        "float64",
        type(rule),
        decay > 0.0,
        "all" if check("train_biases", train_biases, bool, Allowed()) else "none",
        points=100,
        curves=curve_names(default_only=True),
    )
    stream = streams(check("seed", seed, int, Allowed(at_least=0))).batches
    member = Member(parameters.flat[0], np.full(count, rate), rule, decay, stream)
    trained = train_stack(spec, [member], data)
    return Training(*Parameters(network.sizes, trained.parameters[:, -1]).run(0), history=trained.history.frame())


@_documented
def initialize(
    init: str | Component, sizes: Sequence[int], *, seed: int, **fields: Any
) -> tuple[list[Array], list[Array]]:
    """Starting weights and biases, the ones that a run with the same seed starts from.

    Parameters
    ----------
    init : str or Component
        The rule they are drawn by: <inits>.
    sizes : sequence of int
        The layers' widths, the inputs' first.
    seed : int
        Draws them.
    **fields
        The rule's own hyperparameters, such as `scale=2.0`.

    Returns
    -------
    weights : list of ndarray of shape (fan_out, fan_in)
    biases : list of ndarray of shape (fan_out,)

    Raises
    ------
    <raises>

    Examples
    --------
    >>> weights, biases = initialize("xavier_normal", [3, 4, 2], seed=0)
    >>> [w.shape for w in weights], [b.tolist() for b in biases]
    ([(4, 3), (2, 4)], [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0]])
    """
    rule = as_component("init", init, fields)
    widths = [check("sizes", size, int, Allowed(at_least=1)) for size in sizes]
    if len(widths) < 2:
        raise InputError("sizes", widths, "needs the inputs' width and at least one layer's")
    stream = streams(check("seed", seed, int, Allowed(at_least=0))).weights
    weights, biases = rule.sample(widths, np.random.default_rng(stream))
    return weights, biases


@_documented
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
    """The disagreement of backpropagation with differences of the cost (CS231n, gradient checks).

    Parameters
    ----------
    <network>
    <backward>
    method : {"central", "forward", "complex"}, default "central"
        The differences; "complex" is the complex step (Squire & Trapp 1998), which has no rounding to hide behind.
    step : float, optional
        The step size; by default the one that suits the method.
    directions : int, optional
        Along how many random directions; by default along every coordinate.
    seed : int, default 0
        Draws the directions.

    Returns
    -------
    float
        |a - n| / (|a| + |n|) with the norms of the whole vectors. Above 1e-2 a gradient is wrong, below 1e-7 right.

    Raises
    ------
    <raises>

    Examples
    --------
    >>> weights, biases = initialize("xavier_normal", [2, 3, 1], seed=0)
    >>> X, y = [[0.5, -1.0], [2.0, 0.3]], [0, 1]
    >>> gradient_check(weights, biases, X, y, method="complex") < 1e-14
    True
    >>> gradient_check(weights, biases, X, y, backward="one") > 1e-2
    True
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


@_documented
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
    """The largest eigenvalue of the Hessian of the cost over all weights and biases (Cohen et al. 2021, sec. 2).

    Parameters
    ----------
    <network>

    Returns
    -------
    float
        Plain gradient descent is stable below a learning rate of 2 over it.

    Raises
    ------
    <raises>

    Examples
    --------
    A linear neuron has the Hessian of x x^T, bias included, whatever its weights are:

    >>> round(sharpness([[[0.3]]], [[0.0]], [[2.0]], [[1.0]], output="identity"), 12)
    5.0
    """
    network, parameters = as_network(weights, biases, activation=activation, output=output, cost=cost)
    problem = Problem(network, as_split(network, X, y), check("l2", l2, float, Allowed(at_least=0.0)))
    with np.errstate(all="ignore"):
        return largest_curvature(problem, parameters.flat[0])
