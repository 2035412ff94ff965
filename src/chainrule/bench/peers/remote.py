"""A peer in a process of its own, so that no library's threads or flags reach another."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from joblib.externals.loky import get_reusable_executor

from chainrule.bench.composed import settings_of
from chainrule.bench.peers import Costs, Trainer
from chainrule.bench.task import Task
from chainrule.bench.workloads import Workload


class Peer:
    """Use as a context manager. `prepare` gets the task of `workload`, or of a `sample` of its runs."""

    def __init__(
        self,
        prepare: Callable[[Task], Trainer],
        workload: Workload,
        sample: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, self._other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._other, prepare, workload, sample))
        self._environment = environment or {}
        self.sample = sample
        self.costs: Costs

    def __enter__(self) -> Self:
        with _environment(self._environment):
            self._process.start()
        self._other.close()  # only then does its end show here
        self.run_steps = self._receive()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._connection.send(False)
        else:
            self._process.terminate()
        self._process.join()

    def rate(self) -> float:
        """Train all runs once; run-steps a second of wall time. `costs` are then what they ended with."""
        self._connection.send(True)
        seconds, self.costs = self._receive()
        return float(self.run_steps / seconds)

    def _receive(self) -> Any:
        try:
            return self._connection.recv()
        except EOFError:
            raise RuntimeError("the peer's process ended, its error stands above") from None


def _serve(connection: Connection, prepare: Callable[[Task], Trainer], workload: Workload, sample: int | None) -> None:
    task = Task.of(settings_of(workload))
    task = task if sample is None else task.sample(sample)
    train = prepare(task)
    connection.send(task.run_steps)
    while connection.recv():
        began = time.perf_counter()
        costs = train()
        connection.send((time.perf_counter() - began, costs))
    get_reusable_executor().shutdown()  # a process that ends waits for the ones joblib started, which wait for it


@contextlib.contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
