"""The dictionary of every recorded metric: its key, what it means, its formula, its unit or range."""

from __future__ import annotations

import re
from typing import NamedTuple


class Metric(NamedTuple):
    """One row of the dictionary; `N` in a key stands for a layer, 1 being the first after the inputs."""

    key: str
    meaning: str
    formula: str
    unit: str
    curve: bool = True  # False: a single point, not one a recorded epoch


_METRICS = (
    Metric("cost/train", "the cost being minimised, over the training samples", "C", "the cost's, >= 0"),
    Metric("cost/test", "the same cost over the samples held back", "C", "the cost's, >= 0"),
    Metric("accuracy/train", "share of training samples given their class", "correct / N", "0 to 1"),
    Metric("accuracy/test", "share of held-back samples given their class", "correct / N", "0 to 1"),
    Metric("r2/train", "regression: share of the targets' variance explained", "1 - SSE / SST", "at most 1"),
    Metric("r2/test", "the same over the samples held back", "1 - SSE / SST", "at most 1"),
    Metric("gradient_norm/total", "length of the gradient of all weights and biases", "|dC/dw|", ">= 0"),
    Metric("gradient_norm/layer_N", "length of one layer's part of it", "|(dC/dW[N], dC/db[N])|", ">= 0"),
    Metric(
        "upstream/layer_N",
        "the error arriving at a layer's output from above",
        "RMS of W[N+1]^T delta[N+1]; of dC/da[N] at the last layer",
        ">= 0",
    ),
    Metric("slope/layer_N", "how much of that error the activation lets through", "mean |f'(z[N])|", ">= 0"),
    Metric("input/layer_N", "size of what the layer's weights were multiplied with", "RMS of a[N-1]", ">= 0"),
    Metric(
        "saturated/layer_N",
        "share of units on the flat part of their activation",
        "mean of f'(z[N]) < 0.05 max f'",
        "0 to 1",
    ),
    Metric("activation/layer_N", "mean output of a layer's units; on request", "mean a[N]", "the function's"),
    Metric("mean_delta/layer_N", "length of the error averaged over the samples; on request", "|dC/db[N]|", ">= 0"),
    Metric(
        "gradient_angle",
        "angle between the gradient in use and the cost's own; on request",
        "angle(used, dC/dw)",
        "0 to 180 degrees",
    ),
    Metric(
        "margin",
        "how clearly the least clear output of any training sample is on its target's side; on request",
        "min of a, or of 1 - a where the target is low",
        "0 to 1, right above 1/2",
    ),
    Metric(
        "sharpness",
        "largest curvature of the cost; plain gradient descent is stable below 2 / learning rate; on request",
        "largest eigenvalue of d2C/dw2",
        "1 / learning rate",
    ),
    Metric(
        "accuracy/test_best",
        "the best test accuracy at any recorded epoch, at that epoch",
        "max accuracy/test",
        "0 to 1",
        curve=False,
    ),
    Metric(
        "r2/test_best",
        "regression: the best test r2 at any recorded epoch, at that epoch",
        "max r2/test",
        "at most 1",
        curve=False,
    ),
    Metric(
        "gradient_check",
        "disagreement of backpropagation with numerical slopes along random directions, before training",
        "|a - n| / (|a| + |n|)",
        "0 to 1",
        curve=False,
    ),
)


def metric_dictionary() -> tuple[Metric, ...]:
    """Every metric a run may have, in reading order."""
    return _METRICS


def is_scalar(key: str) -> bool:
    """Whether `key` is a single point rather than a curve."""
    return any(metric.key == key and not metric.curve for metric in _METRICS)


def reading_order(key: str) -> tuple[int, int, str]:
    """Sort key: the dictionary's order, layers by number, keys the dictionary does not know last."""
    layer = re.search(r"layer_(\d+)$", key)
    pattern = re.sub(r"layer_\d+$", "layer_N", key)
    place = next((i for i, metric in enumerate(_METRICS) if metric.key == pattern), len(_METRICS))
    return place, int(layer[1]) if layer else 0, key
