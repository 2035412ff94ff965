"""Trains stacks, in worker processes when there are several, and hands each back as soon as it is done."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.build import member_of
from chainrule.core.differences import Problem, check_along, random_directions
from chainrule.core.streams import streams
from chainrule.core.threads import one_thread
from chainrule.core.training import Member, train_stack
from chainrule.sweep.interrupts import kept_from_children
from chainrule.sweep.plan import Stack, seconds

Array = NDArray[Any]
YIELD = 5  # what worker processes add to their niceness
WORTH_WORKERS = 0.5  # seconds of training, about what it takes to start worker processes
_CHECKED_AT_ONCE = 16  # a complex pass touches twice the memory of a real one


@dataclass(frozen=True)
class Result:
    """Trained runs of one shape; the arrays' first axis goes along `places`. A failed run has an `error` instead."""

    places: tuple[int, ...]
    started: float  # unix seconds
    ended: float
    metrics: tuple[str, ...] = ()
    epochs: Array | None = None
    values: Array | None = None  # (runs, points, metrics)
    diverged_at: Array | None = None  # (runs,), -1 for none
    sizes: tuple[int, ...] = ()  # layer widths, the inputs' first
    parameters: Array | None = None  # (runs, points or 1, parameters), see `training.Trained`
    gradient_check: Array | None = None  # (runs,); None if it was not asked for
    error: str | None = None


Results = Generator[list[Result], None, None]


def execute(stacks: Sequence[Stack], workers: int, afterwards: Callable[[], None] | None = None) -> Results:
    """Each stack's results as it finishes, in any order; closing the generator ends the training.

    Worker processes start to train at once, before the first result is asked for. When there is nothing left to
    train, each calls `afterwards`: what it will be needed for next can be got ready while others still write.
    """
    if workers == 1 or len(stacks) == 1 or sum(map(seconds, stacks)) < WORTH_WORKERS:
        return (train(stack) for stack in stacks)
    from joblib import Parallel, delayed

    with kept_from_children():
        parallel = Parallel(n_jobs=min(workers, len(stacks)), return_as="generator_unordered")
        tasks = [delayed(_train_yielding)(stack, _priority() + YIELD) for stack in stacks]
        if afterwards:
            tasks += [delayed(_idle)(afterwards)] * workers
        results: Results = parallel(tasks)
    return results


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def _train_yielding(stack: Stack, priority: int) -> list[Result]:
    """`train` in a worker process that gives way to the one that records: nobody sees a run before it is written."""
    os.setpriority(os.PRIO_PROCESS, 0, priority)
    return train(stack)


def _idle(afterwards: Callable[[], None]) -> list[Result]:
    afterwards()
    return []


@contextmanager
def ending(results: Results) -> Iterator[Results]:
    """Stop training when the block is left, whatever is still under way."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            # joblib warns of tasks whose results nobody fetched: after an interrupt that is what was asked for
            warnings.filterwarnings("ignore", message="(?s).*(been cancelled|but not used)", category=UserWarning)
            results.close()


def train(stack: Stack) -> list[Result]:
    """The stack's results; if something goes wrong, its runs one by one, so that only the guilty one fails."""
    started = time.time()
    try:
        with one_thread():  # for the starting weights and the gradient check too
            return [_train_together(stack)]
    except Exception as error:  # whatever it is, it is recorded with the run and must not hide the others
        if len(stack.places) > 1:
            return [result for alone in _split(stack) for result in train(alone)]
        reason = f"{type(error).__name__}: {error}"
        return [Result(stack.places, started, time.time(), error=reason)]


def _split(stack: Stack) -> list[Stack]:
    return [
        Stack(stack.shape, stack.data, (settings,), (place,))
        for settings, place in zip(stack.settings, stack.places, strict=True)
    ]


def _train_together(stack: Stack) -> Result:
    started = time.time()
    members = [member_of(settings, stack.shape.network) for settings in stack.settings]
    checks = _gradient_checks(stack, members) if stack.settings[0].check.directions else None
    trained = train_stack(stack.shape, members, stack.data)
    history = trained.history
    return Result(
        stack.places,
        started,
        time.time(),
        history.metrics,
        history.epochs,
        history.values,
        history.diverged_at,
        stack.shape.network.sizes,
        trained.parameters,
        checks,
    )


def _gradient_checks(stack: Stack, members: Sequence[Member]) -> Array:
    """Each run's gradient at its start against a numerical one, along random directions of its own."""
    check = stack.settings[0].check
    errors = []
    for i in range(0, len(members), _CHECKED_AT_ONCE):
        chosen = slice(i, i + _CHECKED_AT_ONCE)
        flat = np.array([member.start for member in members[chosen]])
        generators = [np.random.default_rng(streams(s.seed).directions) for s in stack.settings[chosen]]
        along = np.stack([random_directions(check.directions, flat.shape[1], rng) for rng in generators])
        l2 = np.array([member.l2 for member in members[chosen]])
        problem = Problem(stack.shape.network, stack.data.train, l2, check.slip)
        with np.errstate(all="ignore"):  # an absurd start may overflow; its check is then NaN
            errors.append(check_along(problem, flat, along, check.method, check.step))
    return np.concatenate(errors)
