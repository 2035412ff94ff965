"""Everything that can be recorded of a training at an epoch: a curve is one registered function.

From its registration follow its keys in the history, `record.curves`, `--help`, README's dictionary and the tests. A
function returns an array (runs,); it is called at recorded epochs only, and only if its curve was asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np

from chainrule.components.backward import Exact
from chainrule.core.curve import CURVES, Array, Curve, Layer, LayerGradient, Outputs, State, curve
from chainrule.core.differences import Problem, largest_curvature
from chainrule.core.network import Workspace
from chainrule.core.parameters import Parameters, is_trained

SATURATED_BELOW = 0.05  # of the function's largest slope


def all_curves() -> tuple[Curve, ...]:
    """Every curve, in the order they are written down."""
    return tuple(CURVES)


def curve_names(*, default_only: bool = False) -> tuple[str, ...]:
    """The names of all curves, or of those that are recorded by default, in the order they are written down."""
    return tuple(dict.fromkeys(each.name for each in CURVES if each.default or not default_only))


def chosen_curves(names: Collection[str], task: str) -> list[Curve]:
    """The curves of these names that make sense for "classification" or "regression"."""
    return [each for each in CURVES if each.name in names and each.task in (None, task)]


def curve_keys(
    names: Collection[str], layers: int, *, task: str, has_test: bool, has_validation: bool = False
) -> tuple[str, ...]:
    """The keys in the history of all chosen curves, in the order the curves are written down."""
    present = {"train": True, "validation": has_validation, "test": has_test}
    splits = [name for name, is_present in present.items() if is_present]
    return tuple(key for each in chosen_curves(names, task) for key in each.keys(layers, splits))


@curve(
    "cost", Outputs, meaning="the cost being minimised, over the training samples", formula="C", unit="the cost's, >= 0"
)
def cost(split: Outputs) -> Array:
    return split.cost


@curve(
    "accuracy",
    Outputs,
    meaning="share of training samples given their class",
    formula="correct / N",
    unit="0 to 1",
    task="classification",
)
def accuracy(split: Outputs) -> Array:
    """The largest unit tells the class, or the side of the middle that a single unit is on."""
    outputs, y = split.outputs, split.targets
    if outputs.shape[1] == 1:
        middle = 0.5 * (split.network.output.low + split.network.output.high)
        right = (outputs > middle) == (y > middle)
    else:
        right = np.argmax(outputs, axis=1)[:, None] == np.argmax(y, axis=1)[:, None]
    rows = _rows(right)
    return np.count_nonzero(rows, axis=1) / rows.shape[1]


@curve(
    "r2",
    Outputs,
    meaning="regression: share of the targets' variance explained",
    formula="1 - SSE / SST",
    unit="at most 1",
    task="regression",
)
def r2(split: Outputs) -> Array:
    """The coefficient of determination, averaged over the outputs."""
    y = split.targets
    residual = np.sum(np.square(split.outputs - y), axis=2)
    total = np.sum(np.square(y - np.mean(y, axis=2, keepdims=True)), axis=2)
    return np.mean(1.0 - residual / total, axis=1)


@curve(
    "gradient_norm",
    State,
    key="gradient_norm/total",
    meaning="length of the gradient of all weights and biases",
    formula="|dC/dw|",
    unit=">= 0",
    backward=True,
)
def total_gradient_norm(state: State) -> Array:
    total = np.zeros(len(state.undecayed), state.undecayed.dtype)
    for layer in state.gradient:
        total += layer.square  # in this order for any number of runs; np.sum over layers would not promise that
    return np.sqrt(total)


@curve(
    "gradient_norm",
    LayerGradient,
    meaning="length of one layer's part of it",
    formula="|(dC/dW[N], dC/db[N])|",
    unit=">= 0",
)
def gradient_norm(gradient: LayerGradient) -> Array:
    return np.sqrt(gradient.square)


@curve(
    "upstream",
    Layer,
    meaning="the error arriving at a layer's output from above",
    formula="RMS of W[N+1]^T delta[N+1]; of dC/da[N] at the last layer",
    unit=">= 0",
)
def upstream(layer: Layer) -> Array:
    return root_mean_square(layer.upstream)


@curve(
    "slope",
    Layer,
    meaning="how much of that error the activation lets through",
    formula="mean |f'(z[N])|",
    unit=">= 0",
)
def slope(layer: Layer) -> Array:
    return _mean(layer.slope_size)


@curve(
    "input",
    Layer,
    meaning="size of what the layer's weights were multiplied with",
    formula="RMS of a[N-1]",
    unit=">= 0",
)
def layer_input(layer: Layer) -> Array:
    return root_mean_square(layer.input)


@curve(
    "saturated",
    Layer,
    meaning="share of units on the flat part of their activation",
    formula="mean of f'(z[N]) < 0.05 max f'",
    unit="0 to 1",
)
def saturated(layer: Layer) -> Array:
    size = layer.slope_size
    return np.count_nonzero(size < SATURATED_BELOW * layer.max_slope, axis=1) / size.shape[1]


@curve(
    "activation",
    Layer,
    meaning="mean output of a layer's units",
    formula="mean a[N]",
    unit="the function's",
    default=False,
)
def activation(layer: Layer) -> Array:
    return _mean(_rows(layer.activation))


@curve(
    "mean_delta",
    LayerGradient,
    meaning="length of the error averaged over the samples",
    formula="|dC/db[N]|",
    unit=">= 0",
    default=False,
)
def mean_delta(gradient: LayerGradient) -> Array:
    """dC/db is the sum of the deltas, which carry the mean's 1/N (Nielsen 2015, ch. 5)."""
    return np.sqrt(_sum_of_squares(gradient.biases))


@curve(
    "gradient_angle",
    State,
    meaning="angle between the gradient in use and the cost's own",
    formula="angle(used, dC/dw)",
    unit="0 to 180 degrees",
    default=False,
    backward=True,
)
def gradient_angle(state: State) -> Array:
    """Both without decay, which no choice of the backward pass changes."""
    exact = dataclasses.replace(state.network, backward_hidden=Exact(), backward_output=Exact())
    work = Workspace(exact, len(state.undecayed), state.inputs.shape[2], state.undecayed.dtype)
    true = Parameters(exact.sizes, np.empty_like(state.undecayed))
    work.forward(state.parameters, state.inputs)
    work.backward(state.parameters, state.inputs, state.targets, true)
    return angle_between(state.undecayed, true.flat)


@curve(
    "margin",
    State,
    meaning="how clearly the least clear output of any training sample is on its target's side",
    formula="min of a, or of 1 - a where the target is low",
    unit="0 to 1, right above 1/2",
    default=False,
)
def margin(state: State) -> Array:
    output = state.network.output
    yes = state.targets > 0.5 * (output.low + output.high)
    share = (state.workspace.outputs - output.low) / (output.high - output.low)
    return np.min(_rows(np.where(yes, share, 1.0 - share)), axis=1)


@curve(
    "sharpness",
    State,
    meaning="largest curvature of the cost; plain gradient descent is stable below 2 / learning rate",
    formula="largest eigenvalue of d2C/dw2",
    unit="1 / learning rate",
    default=False,
)
def sharpness(state: State) -> Array:
    """Of the training cost, over the parameters that are trained (Cohen et al. 2021, sec. 2)."""
    trained = is_trained(state.network.sizes, state.trained_biases)
    problems = [Problem(state.network, state.train, float(decay)) for decay in state.l2]
    rows = zip(problems, state.parameters.flat, strict=True)
    return np.array([largest_curvature(problem, row, trained) for problem, row in rows])


def root_mean_square(x: Array) -> Array:
    """The root of the mean square for each run, shape (runs,)."""
    return np.sqrt(_sum_of_squares(x) / x[0].size)


def angle_between(a: Array, b: Array) -> Array:
    """The angle between the rows of a and b in degrees, shape (runs,); NaN where one of them vanishes.

    As 2 atan2(|u - v|, |u + v|) of the unit vectors, accurate for small angles too (Kahan 2006, sec. 12).
    """
    u, v = (x / np.sqrt(np.sum(np.square(x), axis=1, keepdims=True)) for x in (a, b))
    apart, together = (np.sqrt(np.sum(np.square(x), axis=1)) for x in (u - v, u + v))
    return np.degrees(2.0 * np.arctan2(apart, together))


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1)


def _mean(rows: Array) -> Array:
    return np.add.reduce(rows, axis=1) / rows.shape[1]


def _sum_of_squares(x: Array) -> Array:
    rows = _rows(x)
    return np.vecdot(rows, rows)
