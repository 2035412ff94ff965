"""From settings to stacks: runs of one shape train together, in portions that fit a core's cache."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.components.fields import Allowed, check
from chainrule.components.outputs import Output
from chainrule.core.data import Data, Split, encode_labels
from chainrule.core.network import Network
from chainrule.core.training import WORKING_SET, StackSpec, bytes_per_run
from chainrule.datasets import Dataset
from chainrule.datasets.source import DatasetSource
from chainrule.errors import InputError
from chainrule.settings import Settings

LARGEST_STACK = 128  # beyond, a stack gains nothing and makes the progress jerky
PORTIONS_A_WORKER = 4  # so that the last stack does not keep one worker alone for long,
SMALLEST_PORTION = 8  # unless that would make stacks so small that they stop paying


@dataclass(frozen=True)
class Stack:
    """Runs of one shape on one dataset; `positions` are theirs in the sweep."""

    shape: StackSpec
    data: Data
    settings: tuple[Settings, ...]
    positions: tuple[int, ...]

    def __getitem__(self, runs: slice) -> Stack:
        """Some of its runs as a stack."""
        return replace(self, settings=self.settings[runs], positions=self.positions[runs])


@functools.lru_cache(maxsize=64)
def load(source: DatasetSource) -> Dataset:
    """The dataset of a source, loaded once."""
    return source.load()


def shape_of(settings: Settings) -> StackSpec:
    """What the run must share with others to train in one stack; InputError if its data can't be learned so."""
    dataset = load(settings.dataset)
    _require_reach(settings.output, dataset)
    check("batch_size", settings.batch_size, int | None, Allowed(at_least=1, at_most=len(dataset.X_train)))
    full = settings.batch_size in (None, len(dataset.X_train))
    network = Network(
        (dataset.n_features, *settings.hidden, output_units(settings, dataset)),
        settings.activation,
        settings.output,
        settings.cost,
        settings.backward_hidden,
        settings.backward_output,
    )
    return StackSpec(
        network,
        settings.epochs,
        None if full else settings.batch_size,
        settings.dtype,
        type(settings.optimizer),
        settings.l2 > 0.0,
        settings.train_biases,
        settings.record_points,
        settings.record_curves,
        snapshots=settings.record_parameters == "all",
    )


def _require_reach(output: Output, dataset: Dataset) -> None:
    """Refuse an output that can't give the targets of a regression."""
    if dataset.task != "regression" or output.unbounded:
        return
    low, high = float(dataset.y_train.min()), float(dataset.y_train.max())
    if output.units_compete or low < output.low or high > output.high:
        reach = f"the targets of {dataset.name}, a regression, go from {low:.3g} to {high:.3g}"
        raise InputError("output", output.name, f"{reach}; use output=identity")


def output_units(settings: Settings, dataset: Dataset) -> int:
    """One unit tells two classes apart, unless the output is a softmax; else one a class or target."""
    if dataset.n_classes == 2 and not settings.output.units_compete:
        return 1
    return dataset.n_outputs


@functools.lru_cache(maxsize=64)
def training_data(source: DatasetSource, output: Any, units: int, dtype: str) -> Data:
    """The dataset in the trainer's layout, its targets encoded for the output layer."""
    dataset = load(source)

    def split(X: Any, y: Any) -> Split:
        if dataset.task == "classification":
            y = encode_labels(y, dataset.n_classes, output, units)
        return Split.of(X, y, dtype)

    test = split(dataset.X_test, dataset.y_test) if len(dataset.X_test) else None
    score = "accuracy" if dataset.task == "classification" else "r2"
    return Data(split(dataset.X_train, dataset.y_train), test, score)


def make_plan(runs: Sequence[Settings], workers: int) -> list[Stack]:
    """The stacks that train all `runs`: a few runs to look at soon, then the costliest first."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for position, settings in enumerate(runs):
        gradient_check = (settings.check_method, settings.check_step, settings.check_directions, settings.check_slip)
        groups.setdefault((settings.dataset, shape_of(settings), gradient_check), []).append(position)
    stacks: list[Stack] = []
    for (source, shape, _), positions in groups.items():
        data = training_data(source, shape.network.output, shape.network.sizes[-1], shape.dtype)
        for portion in np.array_split(positions, stack_count(shape, data, len(positions), workers)):
            chosen = tuple(portion.tolist())
            stacks.append(Stack(shape, data, tuple(runs[position] for position in chosen), chosen))
    costliest, *others = sorted(stacks, key=training_seconds, reverse=True)
    if len(costliest.positions) < 2 * SMALLEST_PORTION:
        return [costliest, *others]
    return [costliest[:SMALLEST_PORTION], costliest[SMALLEST_PORTION:], *others]


def stack_count(shape: StackSpec, data: Data, runs: int, workers: int) -> int:
    """Into how many stacks `runs` runs of a shape are cut: small enough for the cache, and for all workers to share."""
    samples = shape.batch_size or len(data.train)
    in_cache = max(1, WORKING_SET // bytes_per_run(shape.network, samples, np.dtype(shape.dtype).itemsize))
    fitting = math.ceil(runs / min(in_cache, LARGEST_STACK))
    shared = max(min(workers, runs), min(workers * PORTIONS_A_WORKER, runs // SMALLEST_PORTION))
    count = max(fitting, shared)
    return min(runs, math.ceil(count / workers) * workers) if count > 1 else count  # all workers end together


def training_seconds(stack: Stack) -> float:
    """About how long a core trains the stack: what an element and a multiplication cost, on any recent machine."""
    sizes = stack.shape.network.sizes
    passes = len(stack.data.train) * stack.shape.epochs * len(stack.positions)
    multiplications = 3 * sum(a * b for a, b in itertools.pairwise(sizes))
    return passes * (4e-9 * sum(sizes[1:]) + 1e-10 * multiplications)
