"""Arrays from outside: weights, samples and targets, checked once and put in the trainer's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.components import Component, create, names
from chainrule.components.costs import Cost
from chainrule.components.outputs import Output
from chainrule.core.data import Data, Split, encode_labels
from chainrule.core.network import Network
from chainrule.core.parameters import Parameters
from chainrule.errors import InputError

Array = NDArray[Any]
Backward = str | Mapping[str, str]


def as_component(kind: str, value: str | Component, fields: Mapping[str, Any] | None = None) -> Any:
    """The registered component of this name, or one like `value`, with `fields` set."""
    if isinstance(value, Component):
        return create(kind, value.name, {**value.fields(), **(fields or {})})
    return create(kind, value, fields)


def require_pair(cost: Cost, output: Output) -> None:
    """Refuse a cost on an output it is not defined on, naming the ones it is."""
    if not cost.suits(output):
        suitable = [name for name in names("output") if cost.suits(create("output", name))]
        raise InputError(
            "cost", cost.name, f"makes no sense on output={output.name}; it goes with output={' or '.join(suitable)}"
        )


def as_network(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    *,
    activation: str | Component,
    output: str | Component,
    cost: str | Component,
    backward: Backward = "exact",
) -> tuple[Network, Parameters]:
    """The network and its parameters, as a stack of one."""
    W = [_finite(f"weights[{i}]", w, 2) for i, w in enumerate(weights)]
    b = [_finite(f"biases[{i}]", v, 1) for i, v in enumerate(biases)]
    if not W or len(W) != len(b):
        raise InputError("weights", len(W), f"needs as many weights as biases, at least one; got {len(b)} biases")
    for i, (w, v) in enumerate(zip(W, b, strict=True)):
        if len(v) != len(w):
            raise InputError(f"biases[{i}]", v.shape, f"must have shape ({len(w)},) to fit weights {w.shape}")
        if i and w.shape[1] != len(W[i - 1]):
            raise InputError(f"weights[{i}]", w.shape, f"must have {len(W[i - 1])} columns, the units below")
    parameters = Parameters.of(W, b)
    rules = backward if isinstance(backward, Mapping) else {"hidden": backward, "output": backward}
    unknown = set(rules) - {"hidden", "output"}
    if unknown:
        raise InputError("backward", dict(rules), "has the keys hidden and output only")
    network = Network(
        parameters.sizes,
        as_component("activation", activation),
        as_component("output", output),
        as_component("cost", cost),
        create("backward", rules.get("hidden", "exact"), key="backward.hidden"),
        create("backward", rules.get("output", "exact"), key="backward.output"),
    )
    require_pair(network.cost, network.output)
    return network, parameters


def as_split(network: Network, X: ArrayLike, y: ArrayLike, keys: tuple[str, str] = ("X", "y")) -> Split:
    """Samples (samples, features) and targets (samples, outputs), or class labels (samples,), for this network."""
    return _split(network, X, y, keys)[0]


def as_data(
    network: Network, X: ArrayLike, y: ArrayLike, **held_out: tuple[ArrayLike | None, ArrayLike | None]
) -> Data:
    """A training set and what is `held_out`: `test` and `validation`, each X and y, or None twice.

    It is a classification if `y` holds class labels or the output is bounded.
    """
    train, are_labels = _split(network, X, y, ("X", "y"))
    task = "classification" if are_labels or not network.output.unbounded else "regression"
    sets = {name: _held_out(network, name, *pair) for name, pair in held_out.items()}
    return Data(train, sets.get("test"), task, sets.get("validation"))


def _held_out(network: Network, name: str, X: ArrayLike | None, y: ArrayLike | None) -> Split | None:
    keys = (f"X_{name}", f"y_{name}")
    if (X is None) != (y is None):
        raise InputError(keys[0] if X is None else keys[1], None, f"{keys[0]} and {keys[1]} go together")
    return None if X is None or y is None else as_split(network, X, y, keys)


def _split(network: Network, X: ArrayLike, y: ArrayLike, keys: tuple[str, str]) -> tuple[Split, bool]:
    """The samples, and whether the targets were given as class labels."""
    samples = _finite(keys[0], X, 2)
    if samples.shape[1] != network.sizes[0] or not len(samples):
        raise InputError(keys[0], samples.shape, f"must have shape (samples, {network.sizes[0]}), one sample at least")
    targets, are_labels = _targets(network, y, keys[1])
    if targets.shape != (len(samples), network.sizes[-1]):
        wanted = f"must have shape ({len(samples)}, {network.sizes[-1]}), or be class labels ({len(samples)},)"
        raise InputError(keys[1], targets.shape, wanted)
    if network.cost.is_likelihood:
        _require_probabilities(network.output, targets, keys[1])
    return Split.of(samples, targets, np.float64), are_labels


def _require_probabilities(output: Output, targets: Array, key: str) -> None:
    """Refuse targets for which a - y would not be cross-entropy's dC/dz."""
    shared = output.units_compete
    if targets.min() < 0.0 or targets.max() > 1.0 or (shared and not np.allclose(targets.sum(axis=1), 1.0)):
        rows = ", and every row add up to 1" if shared else ""
        raise InputError(key, targets.shape, f"must be probabilities for cross-entropy: from 0 to 1{rows}")


def _targets(network: Network, value: ArrayLike, key: str) -> tuple[Array, bool]:
    """Targets as a 2-D float array, and whether they were class labels: 1-D integers, booleans or text.

    Whole numbers that are no class of a single unit are its targets as they stand.
    """
    try:
        y = np.asarray(value)
    except ValueError:
        raise InputError(key, type(value).__name__, "must be an array of numbers or labels") from None
    units = network.sizes[-1]
    if y.ndim != 1:
        return _finite(key, y, 2), False
    if y.dtype.kind not in "biuSUO":
        return _finite(key, y, 1)[:, None], False
    classes = max(2, units)
    is_class = y.dtype.kind in "biu" and y.min(initial=0) >= 0 and y.max(initial=0) < classes
    if is_class:
        return encode_labels(y.astype(np.int64), classes, network.output, units), True
    if units == 1 and (y.dtype.kind in "iu" or network.output.unbounded):
        return _finite(key, y, 1)[:, None], False
    present, indices = np.unique(y, return_inverse=True)
    if len(present) != classes:
        raise InputError(
            key, f"{len(present)} classes", f"must have the {classes} classes that {units} outputs tell apart"
        )
    return encode_labels(indices, classes, network.output, units), True


def _finite(key: str, value: ArrayLike, dimensions: int) -> Array:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(key, type(value).__name__, "must be an array of numbers") from None
    if array.ndim != dimensions:
        raise InputError(key, array.shape, f"must have {dimensions} axes")
    if not np.isfinite(array).all():
        raise InputError(key, array.shape, "must be finite: it holds NaN or infinity")
    return array
