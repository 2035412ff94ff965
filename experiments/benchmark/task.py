"""What every trainer is given: the same data, the same starting weights, the same batches in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.build import data_of, spec_of
from chainrule.core.data import Split
from chainrule.core.streams import streams
from chainrule.settings import Settings

Array = NDArray[Any]
Batch = tuple[Array, Array]  # inputs (samples, features) and targets (samples, outputs)
Trainer = Callable[[], Array]  # trains every run of a task from its start; the costs they end with, (runs,)


@dataclass(frozen=True)
class Task:
    """Runs of one shape. X (samples, features) and Y (samples, outputs) are the training set."""

    settings: tuple[Settings, ...]
    X: Array
    Y: Array
    test: Batch
    weights: list[list[Array]]  # a run, a layer: (fan_out, fan_in)
    biases: list[list[Array]]  # a run, a layer: (fan_out,)
    rates: Array  # (runs,)
    orders: Array | None  # (runs, epochs, samples) with mini-batches

    @classmethod
    def of(cls, settings: Sequence[Settings]) -> Task:
        """What the trainer would make of `settings`, whose runs must differ in rate, initializer and seed only."""
        first = settings[0]
        shape = spec_of(first)
        sizes = shape.network.sizes
        data = data_of(first.dataset, first.output, first.dtype)
        assert data.test is not None
        starts = [each.init.sample(sizes, np.random.default_rng(streams(each.seed).weights)) for each in settings]
        return cls(
            tuple(settings),
            *_samples_first(data.train),
            _samples_first(data.test),
            [W for W, _ in starts],
            [b for _, b in starts],
            np.array([each.learning_rate for each in settings]),
            _orders(settings, len(data.train)) if shape.batch_size else None,
        )

    @property
    def epochs(self) -> int:
        return self.settings[0].epochs

    @property
    def batch_size(self) -> int:
        """The samples of a step, all of them with the full batch."""
        return (self.orders is not None and self.settings[0].batch_size) or len(self.X)

    @property
    def run_steps(self) -> int:
        """How many steps of gradient descent all runs take together."""
        return len(self.settings) * self.epochs * -(-len(self.X) // self.batch_size)

    def sample(self, runs: int) -> Task:
        """The same task for `runs` of its runs, evenly chosen."""
        chosen = evenly(len(self.settings), runs)
        return replace(
            self,
            settings=tuple(self.settings[i] for i in chosen),
            weights=[self.weights[i] for i in chosen],
            biases=[self.biases[i] for i in chosen],
            rates=self.rates[chosen],
            orders=None if self.orders is None else self.orders[chosen],
        )

    def batches(self, run: int, epoch: int) -> Iterator[Batch]:
        """The batches of one epoch of one run."""
        if self.orders is None:
            yield self.X, self.Y
            return
        order = self.orders[run, epoch]
        for start in range(0, len(order), self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield self.X[chosen], self.Y[chosen]


def evenly(runs: int, sample: int) -> Array:
    """The positions of `sample` runs spread evenly over all."""
    return np.linspace(0, runs - 1, min(sample, runs)).astype(int)


def _samples_first(split: Split) -> Batch:
    return split.inputs[:, :-1].copy(), split.targets  # without the ones that carry the bias


def _orders(settings: Sequence[Settings], samples: int) -> Array:
    shuffles = [np.random.default_rng(streams(each.seed).batches) for each in settings]
    drawn = [[shuffle.permutation(samples) for _ in range(settings[0].epochs)] for shuffle in shuffles]
    return np.array(drawn, dtype=np.int32)
