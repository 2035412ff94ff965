"""Trains stacks, in worker processes when there are several, and hands each back as soon as it is done."""

from __future__ import annotations

import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.build import member_of
from chainrule.core.differences import LARGEST_ERROR, Problem, check_along, is_wrong, random_directions
from chainrule.core.history import History
from chainrule.core.network import one_thread
from chainrule.core.streams import streams
from chainrule.core.training import Member, train_stack
from chainrule.sweep.plan import Stack, training_seconds
from chainrule.sweep.workers import DIED, Calls, get_workers

Array = NDArray[Any]
WORTH_WORKERS = 0.5  # seconds of training, about what it takes to start worker processes
MOST_DEATHS = 3  # of the worker processes that train a run
_CHECKED_AT_ONCE = 16  # a complex pass touches twice the memory of a real one


@dataclass(frozen=True)
class StackResult:
    """Runs trained together, at `positions` in the sweep; the arrays' first axis goes along them.

    What is left of a failed run is its `error` and, if it raised one, the `traceback`. `parameters` is None if none of
    the runs keeps them.
    """

    positions: tuple[int, ...]
    started: float  # unix seconds
    ended: float
    history: History | None = None
    parameters: Array | None = None  # (runs, points or 1, parameters), see `training.Trained`
    sizes: tuple[int, ...] = ()  # layer widths, the inputs' first
    gradient_check: Array | None = None  # (runs,); None if it was not asked for
    error: str | None = None
    traceback: str | None = None

    def only(self, rows: Sequence[int]) -> StackResult:
        """Some of its runs."""
        if list(rows) == list(range(len(self.positions))):
            return self
        history = self.history
        if history is not None:
            history = replace(history, values=history.values[rows], diverged_at=history.diverged_at[rows])
        return replace(
            self,
            positions=tuple(self.positions[row] for row in rows),
            history=history,
            parameters=None if self.parameters is None else self.parameters[rows],
            gradient_check=None if self.gradient_check is None else self.gradient_check[rows],
        )

    def outcome(self, row: int) -> str:
        """What became of one of the runs: one of `run_record.OUTCOMES`."""
        if self.history is None:
            return "failed"
        if self.history.diverged_at[row] >= 0:
            return "diverged"
        return "stuck" if self.history.stuck[row] else "finished"


class WrongGradientError(Exception):
    """Backpropagation and the numerical gradient disagree though nothing of the backward pass was replaced."""


class Results(Protocol):
    """The results of stacks in the order in which they are trained; after `close`, only what is trained already."""

    def __iter__(self) -> Iterator[StackResult]: ...

    def __next__(self) -> StackResult: ...

    def close(self) -> None:
        """End the training at once."""


def execute(stacks: Sequence[Stack], workers: int, afterwards: Callable[[], None] | None = None) -> Results:
    """Train all stacks, in worker processes if they are worth it.

    Those start to train at once, before the first result is asked for. When there is nothing left to train, each calls
    `afterwards`: what it will be needed for next can be got ready while others still write.
    """
    if workers == 1 or len(stacks) == 1 or sum(map(training_seconds, stacks)) < WORTH_WORKERS:
        return OwnResults(stacks)
    return WorkersResults(stacks, min(workers, len(stacks)), afterwards)


class OwnResults:
    """What this process trains, a stack whenever its result is asked for."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = deque(stacks)
        self._trained: deque[StackResult] = deque()

    def __iter__(self) -> Iterator[StackResult]:
        return self

    def __next__(self) -> StackResult:
        while not self._trained:
            if not self._stacks:
                raise StopIteration
            self._trained.extend(train(self._stacks.popleft()))
        return self._trained.popleft()

    def close(self) -> None:
        """Train no more."""
        self._stacks.clear()


class WorkersResults:
    """What worker processes train. The stack of one that dies is trained again, then run by run, then given up."""

    def __init__(self, stacks: Sequence[Stack], count: int, afterwards: Callable[[], None] | None) -> None:
        data = list({id(stack.data): stack.data for stack in stacks}.values())
        self._left = len(stacks)
        self._trained: deque[StackResult] = deque()
        self._deaths: Counter[tuple[int, ...]] = Counter()  # by the stack's positions
        self._calls = Calls(get_workers(count), train, stacks, data, afterwards)

    def __iter__(self) -> Iterator[StackResult]:
        return self

    def __next__(self) -> StackResult:
        while not self._trained:
            if not self._left:
                raise StopIteration
            stack, results = self._calls.next()
            if results is DIED:
                results = self._again(stack)
            if results is not None:
                self._trained.extend(results)
                self._left -= 1
                if not self._left:
                    self._calls.finish()
        return self._trained.popleft()

    def _again(self, stack: Stack) -> list[StackResult] | None:
        """Have it trained once more, unless its runs are given up; an out-of-memory killer may like it in pieces."""
        self._deaths[stack.positions] += 1
        deaths = self._deaths[stack.positions]
        if deaths == MOST_DEATHS:
            now = time.time()
            return [StackResult(stack.positions, now, now, error="its worker process died")]
        pieces = list(_alone(stack)) if deaths == MOST_DEATHS - 1 else [stack]
        for piece in pieces:
            self._deaths[piece.positions] = deaths
            self._calls.add(piece)
        self._left += len(pieces) - 1
        return None

    def close(self) -> None:
        """End the workers at once, unless all is trained."""
        if self._left:
            self._left = 0
            self._calls.close()
            for _, results in self._calls.ready():
                if isinstance(results, list):
                    self._trained.extend(results)


def _alone(stack: Stack) -> Iterator[Stack]:
    return (stack[row : row + 1] for row in range(len(stack.positions)))


def train(stack: Stack) -> list[StackResult]:
    """The stack's results; if something goes wrong, its runs one by one, so that only the guilty one fails."""
    started = time.time()
    try:
        with one_thread():  # for the starting weights and the gradient check too
            return [_train_together(stack)]
    except Exception as error:  # whatever it is, it is recorded with the run and must not hide the others
        if len(stack.positions) > 1:
            return [result for each in _alone(stack) for result in train(each)]
        reason = f"{type(error).__name__}: {error}"
        where = "".join(traceback.format_exception(error))
        return [StackResult(stack.positions, started, time.time(), error=reason, traceback=where)]


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
