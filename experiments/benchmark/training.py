"""Training alone: run-steps a second of this trainer and of its peers, from the same starts to the same costs.

Each trains in a process of its own, so that no library's threads or flags reach another.
"""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from joblib import cpu_count

from chainrule.commands.bench import call
from chainrule.sweep.execute import execute
from chainrule.sweep.plan import make_plan
from chainrule.terminal import progress
from experiments.benchmark.peers import jax_programs, numpy_loop, scikit_learn, torch_loop
from experiments.benchmark.rows import Row
from experiments.benchmark.task import Array, Task, Trainer, evenly
from experiments.benchmark.timing import take_turns
from experiments.benchmark.workloads import BARE, Scale, Workload

_CHECKED = 4  # runs
_AGREE = 1e-6  # relative; hundreds of steps amplify the last bits in which summation orders differ


@dataclass(frozen=True)
class Peer:
    """One trainer of the comparison; it takes part if `library` is installed.

    `prepare` does what is not training - conversion, compilation, a first call - and returns what is timed.
    """

    name: str
    prepare: Callable[[Task], Trainer]
    library: str = "numpy"
    one_at_a_time: bool = False  # then a sample of the runs stands for all
    environment: dict[str, str] = field(default_factory=dict)
    must: dict[str, float] = field(default_factory=dict)  # dataset -> how many times ahead of it we must be
    agrees: dict[str, str] = field(default_factory=dict)  # the settings under which it computes what we compute

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.library) is not None


def prepare_chainrule(task: Task, workers: int) -> Trainer:
    """This project's trainer: stacks, trained by `workers` processes, which are started here."""
    plan = make_plan(task.settings, workers)

    def run() -> Array:
        costs = np.empty(len(task.settings))
        for result in execute(plan, workers):
            if (history := result.history) is None:
                raise RuntimeError(result.error)
            costs[list(result.positions)] = history.values[:, -1, history.metrics.index("cost/train")]
        return costs

    run()
    return run


CHAINRULE = Peer(f"chainrule, {cpu_count()} processes", partial(prepare_chainrule, workers=cpu_count()))
PEERS = (
    Peer("chainrule, one core", partial(prepare_chainrule, workers=1)),
    Peer(
        "scikit-learn MLPClassifier",
        scikit_learn.prepare,
        "sklearn",
        one_at_a_time=True,
        must={"moons": 15.0, "digits": 1.0},
        agrees={"cost": "cross_entropy", "batch_size": "null"},
    ),
    Peer("plain NumPy loop", numpy_loop.prepare, one_at_a_time=True),
    Peer("PyTorch loop", torch_loop.prepare, "torch", one_at_a_time=True),
    Peer("JAX jit(vmap)", jax_programs.prepare, "jax", must={"moons": 1.0, "digits": 1.0}),
    Peer("JAX, blocks on two devices", jax_programs.prepare_blocked, "jax", environment=jax_programs.TWO_DEVICES),
)


def measure_training(scale: Scale) -> list[Row]:
    """Rows for `moons_1000` and `digits_200`, trained with hardly anything recorded."""
    for peer in PEERS:
        if not peer.installed:
            progress().print(f"without {peer.name}: {peer.library} is not installed")
    return [row for workload in (scale.moons, scale.digits) for row in _compare(workload.changed(BARE), scale)]


def _compare(workload: Workload, scale: Scale) -> list[Row]:
    present = [peer for peer in PEERS if peer.installed]
    with contextlib.ExitStack() as stack:
        sides = {
            peer.name: stack.enter_context(
                in_own_process(peer, workload, scale.sample if peer.one_at_a_time else workload.runs)
            )
            for peer in (CHAINRULE, *present)
        }
        rates = take_turns({name: side.rate for name, side in sides.items()}, scale.rounds)
        for peer in present:
            if peer.agrees:
                _require_agreement_elsewhere(peer, workload)
            else:
                side = sides[peer.name]
                expected = sides[CHAINRULE.name].costs[evenly(workload.runs, side.sample)]
                require_agreement(peer.name, side.costs, expected)
    return [_row(workload, rates, peer) for peer in present]


def _row(workload: Workload, rates: dict[str, tuple[float, ...]], peer: Peer) -> Row:
    what = f"{workload.name} training"
    row = Row("training", what, "run-steps/s", rates[CHAINRULE.name], peer.name, rates[peer.name], more_is_better=True)
    return row.ahead(peer.must[workload.dataset]) if workload.dataset in peer.must else row


def _require_agreement_elsewhere(peer: Peer, workload: Workload) -> None:
    """Require agreement with a trainer of other choices under the settings that both have."""
    task = Task.of(workload.changed(peer.agrees).settings()).sample(_CHECKED)
    require_agreement(peer.name, peer.prepare(task)(), prepare_chainrule(task, workers=1)())


def require_agreement(name: str, costs: Array, expected: Array) -> None:
    """Raise RuntimeError unless a trainer arrives where this project's does: only then does its timing count."""
    if not np.allclose(costs, expected, rtol=_AGREE, atol=0.0):
        worst = np.max(np.abs(costs / expected - 1.0))
        raise RuntimeError(f"{name} ends at other costs than chainrule, up to {worst:.1e} apart")


class RemoteTrainer:
    """A trainer in the process at the other end of `connection`, given `sample` runs of a workload."""

    def __init__(self, connection: Connection, peer: Peer, workload: Workload, sample: int) -> None:
        self._connection = connection
        self.sample = sample
        self.costs: Array  # what the last training ended with
        self.run_steps: int = self._ask((peer.environment, peer.prepare, workload, sample))

    def rate(self) -> float:
        """Train all runs once; run-steps a second of wall time."""
        seconds, self.costs = self._ask(True)
        return float(self.run_steps / seconds)

    def _ask(self, message: Any) -> Any:
        try:
            self._connection.send(message)
            return self._connection.recv()
        except (EOFError, BrokenPipeError):
            raise RuntimeError("the peer's process ended, its error stands above") from None


@contextlib.contextmanager
def in_own_process(peer: Peer, workload: Workload, sample: int) -> Iterator[RemoteTrainer]:
    """Start a process that trains as `peer` does, and end it with the block."""
    context = multiprocessing.get_context("spawn")
    connection, other = context.Pipe()
    process = context.Process(target=call, args=("training", "serve", other))
    process.start()
    other.close()  # only then does its end show here
    try:
        yield RemoteTrainer(connection, peer, workload, sample)
        connection.send(False)
    except BaseException:
        process.terminate()
        raise
    finally:
        process.join()


def serve(connection: Connection) -> None:
    """What the process does: prepare the task it is sent, then train it as often as it is told to."""
    environment, prepare, workload, sample = connection.recv()
    os.environ.update(environment)  # soon enough for libraries that `prepare` imports
    task = Task.of(workload.settings()).sample(sample)
    train = prepare(task)
    connection.send(task.run_steps)
    while connection.recv():
        began = time.perf_counter()
        costs = train()
        connection.send((time.perf_counter() - began, costs))
