"""From settings to stacks: runs of one shape train together, in portions that fit a core's cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.build import data_of, spec_of
from chainrule.core.data import Data
from chainrule.core.network import WORKING_SET, bytes_per_run
from chainrule.core.training import StackSpec
from chainrule.settings import Settings

LARGEST_STACK = 128  # beyond, a stack gains nothing and makes the progress jerky
PORTIONS_A_WORKER = 4  # so that the last stack does not keep one worker alone for long,
SMALLEST_PORTION = 8  # unless that would make stacks so small that they stop paying


@dataclass(frozen=True)
class Stack:
    """Runs of one shape on one dataset; `positions` are theirs in the sweep."""

    spec: StackSpec
    data: Data
    settings: tuple[Settings, ...]
    positions: tuple[int, ...]

    def __getitem__(self, runs: slice) -> Stack:
        """Some of its runs as a stack."""
        return replace(self, settings=self.settings[runs], positions=self.positions[runs])


def make_plan(runs: Sequence[Settings], workers: int) -> list[Stack]:
    """The stacks that train all `runs`: a few runs to look at soon, then the costliest first."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for position, settings in enumerate(runs):
        groups.setdefault((settings.dataset, spec_of(settings), settings.check), []).append(position)
    stacks: list[Stack] = []
    for (source, spec, _), positions in groups.items():
        data = data_of(source, spec.network.output, spec.dtype)
        for portion in np.array_split(positions, stack_count(spec, data, len(positions), workers)):
            chosen = tuple(portion.tolist())
            stacks.append(Stack(spec, data, tuple(runs[position] for position in chosen), chosen))
    if not stacks:
        return []
    costliest, *others = sorted(stacks, key=training_seconds, reverse=True)
    if len(costliest.positions) < 2 * SMALLEST_PORTION:
        return [costliest, *others]
    return [costliest[:SMALLEST_PORTION], costliest[SMALLEST_PORTION:], *others]


def stack_count(spec: StackSpec, data: Data, runs: int, workers: int) -> int:
    """Into how many stacks `runs` runs of a shape are cut: small enough for the cache, and for all workers to share."""
    samples = spec.batch_size or len(data.train)
    in_cache = max(1, WORKING_SET // bytes_per_run(spec.network, samples, np.dtype(spec.dtype).itemsize))
    fitting = math.ceil(runs / min(in_cache, LARGEST_STACK))
    shared = max(min(workers, runs), min(workers * PORTIONS_A_WORKER, runs // SMALLEST_PORTION))
    count = max(fitting, shared)
    return min(runs, math.ceil(count / workers) * workers) if count > 1 else count  # all workers end together


def training_seconds(stack: Stack) -> float:
    """About how long a core trains the stack: what an element and a multiplication cost, on any recent machine."""
    sizes = stack.spec.network.sizes
    passes = len(stack.data.train) * stack.spec.epochs * len(stack.positions)
    multiplications = 3 * sum(a * b for a, b in itertools.pairwise(sizes))
    return passes * (4e-9 * sum(sizes[1:]) + 1e-10 * multiplications)
