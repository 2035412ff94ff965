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
from chainrule.core.differences import LARGEST_ERROR, Problem, check_along, is_wrong, random_directions
from chainrule.core.history import History
from chainrule.core.network import one_thread
from chainrule.core.streams import streams
from chainrule.core.training import Member, train_stack
from chainrule.sweep.interrupts import interrupts_ignored_by_children
from chainrule.sweep.plan import Stack, training_seconds

Array = NDArray[Any]
NICENESS = 5  # what worker processes add to this one's
WORTH_WORKERS = 0.5  # seconds of training, about what it takes to start worker processes
_CHECKED_AT_ONCE = 16  # a complex pass touches twice the memory of a real one


@dataclass(frozen=True)
class StackResult:
    """Runs trained together, at `positions` in the sweep; the arrays' first axis goes along them.

    What is left of a failed run is its `error`. `parameters` is None if none of the runs keeps them.
    """

    positions: tuple[int, ...]
    started: float  # unix seconds
    ended: float
    history: History | None = None
    parameters: Array | None = None  # (runs, points or 1, parameters), see `training.Trained`
    sizes: tuple[int, ...] = ()  # layer widths, the inputs' first
    gradient_check: Array | None = None  # (runs,); None if it was not asked for
    error: str | None = None

    def outcome(self, row: int) -> str:
        """What became of one of the runs: one of `run_record.OUTCOMES`."""
        if self.history is None:
            return "failed"
        if self.history.diverged_at[row] >= 0:
            return "diverged"
        return "stuck" if self.history.stuck[row] else "finished"


class WrongGradientError(Exception):
    """Backpropagation and the numerical gradient disagree though nothing of the backward pass was replaced."""


Results = Generator[list[StackResult], None, None]


def execute(stacks: Sequence[Stack], workers: int, afterwards: Callable[[], None] | None = None) -> Results:
    """Each stack's results as it finishes, in any order; closing the generator ends the training.

    Worker processes start to train at once, before the first result is asked for. When there is nothing left to
    train, each calls `afterwards`: what it will be needed for next can be got ready while others still write.
    """
    if workers == 1 or len(stacks) == 1 or sum(map(training_seconds, stacks)) < WORTH_WORKERS:
        return (train(stack) for stack in stacks)
    from joblib import Parallel, delayed

    priority = os.getpriority(os.PRIO_PROCESS, 0) + NICENESS
    with interrupts_ignored_by_children():
        parallel = Parallel(n_jobs=min(workers, len(stacks)), return_as="generator_unordered")
        tasks = [delayed(_train_at_priority)(stack, priority) for stack in stacks]
        if afterwards:
            tasks += [delayed(_call)(afterwards)] * workers
        results: Results = parallel(tasks)
    return results


def _train_at_priority(stack: Stack, priority: int) -> list[StackResult]:
    """`train`, at a lower priority than the process that records: nobody sees a run before it is written."""
    os.setpriority(os.PRIO_PROCESS, 0, priority)
    return train(stack)


def _call(afterwards: Callable[[], None]) -> list[StackResult]:
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


def train(stack: Stack) -> list[StackResult]:
    """The stack's results; if something goes wrong, its runs one by one, so that only the guilty one fails."""
    started = time.time()
    try:
        with one_thread():  # for the starting weights and the gradient check too
            return [_train_together(stack)]
    except Exception as error:  # whatever it is, it is recorded with the run and must not hide the others
        if len(stack.positions) > 1:
            alone = (stack[row : row + 1] for row in range(len(stack.positions)))
            return [result for each in alone for result in train(each)]
        reason = f"{type(error).__name__}: {error}"
        return [StackResult(stack.positions, started, time.time(), error=reason)]


def _train_together(stack: Stack) -> StackResult:
    started = time.time()
    members = [member_of(settings, stack.spec.network) for settings in stack.settings]
    checks = _gradient_checks(stack, members) if stack.settings[0].check.directions else None
    trained = train_stack(stack.spec, members, stack.data)
    is_kept = any(settings.record.parameters != "none" for settings in stack.settings)
    return StackResult(
        stack.positions,
        started,
        time.time(),
        trained.history,
        trained.parameters if is_kept else None,
        stack.spec.network.sizes,
        checks,
    )


def _gradient_checks(stack: Stack, members: Sequence[Member]) -> Array:
    """Each run's gradient at its start against a numerical one, along random directions of its own.

    Raises WrongGradientError if a run disagrees that was to have the exact gradient: it must not be trained.
    """
    check = stack.settings[0].check
    errors = []
    for i in range(0, len(members), _CHECKED_AT_ONCE):
        chosen = slice(i, i + _CHECKED_AT_ONCE)
        flat = np.array([member.start for member in members[chosen]])
        generators = [np.random.default_rng(streams(s.seed).directions) for s in stack.settings[chosen]]
        along = np.stack([random_directions(check.directions, flat.shape[1], rng) for rng in generators])
        l2 = np.array([member.l2 for member in members[chosen]])
        problem = Problem(stack.spec.network, stack.data.train, l2, check.slip)
        with np.errstate(all="ignore"):  # an absurd start may overflow; its check is then NaN
            errors.append(check_along(problem, flat, along, check.method, check.step))
            is_suspect = stack.spec.network.is_exact and check.slip == "none" and (errors[-1] > LARGEST_ERROR).any()
            if is_suspect and is_wrong(problem, flat, along).any():
                off = np.nanmax(errors[-1])
                raise WrongGradientError(f"backpropagation is off by {off:.1e}, more than {LARGEST_ERROR:g} is refused")
    return np.concatenate(errors)
