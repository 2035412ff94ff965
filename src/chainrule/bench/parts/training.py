"""Training alone: run-steps a second of this trainer and of its peers, from the same starts to the same costs."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from chainrule.bench.composed import settings_of
from chainrule.bench.machine import cores
from chainrule.bench.measuring import take_turns
from chainrule.bench.peers import Costs, Trainer, jax_programs, ours, plain_numpy, scikit_learn, torch_loop
from chainrule.bench.peers.remote import Peer
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.bench.task import Task, evenly
from chainrule.bench.workloads import BARE, Workload

_CHECKED = 4  # runs
_AGREE = 1e-6  # relative; hundreds of steps amplify the last bits in which summation orders differ


@dataclass(frozen=True)
class Entry:
    """One trainer of the comparison; it takes part if `library` is installed."""

    name: str
    prepare: Callable[[Task], Trainer]
    library: str = "numpy"
    one_at_a_time: bool = False  # then a sample of the runs stands for all
    environment: dict[str, str] = field(default_factory=dict)
    must: dict[str, float] = field(default_factory=dict)  # workload -> how many times ahead of it we must be
    agrees: dict[str, str] = field(default_factory=dict)  # the settings under which it computes what we compute


OURS = Entry(f"chainrule, {cores()} processes", partial(ours.prepare, workers=cores()))
PEERS = (
    Entry("chainrule, one core", partial(ours.prepare, workers=1)),
    Entry(
        "scikit-learn MLPClassifier",
        scikit_learn.prepare,
        "sklearn",
        one_at_a_time=True,
        must={"W1": 15.0, "W2": 1.0},
        agrees={"cost": "cross_entropy", "batch_size": "null"},
    ),
    Entry("plain NumPy loop", plain_numpy.prepare, one_at_a_time=True),
    Entry("PyTorch loop", torch_loop.prepare, "torch", one_at_a_time=True),
    Entry("JAX jit(vmap)", jax_programs.prepare, "jax", must={"W1": 1.0, "W2": 1.0}),
    Entry(
        "JAX, blocks on two devices",
        jax_programs.prepare_blocked,
        "jax",
        environment=jax_programs.TWO_DEVICES,
    ),
)


def measure(scale: Scale) -> list[Row]:
    """Rows for W1 and W2, trained with hardly anything recorded."""
    return [row for workload in scale.training for row in _compare(workload.sharing(BARE), scale)]


def _compare(workload: Workload, scale: Scale) -> list[Row]:
    present = [entry for entry in PEERS if importlib.util.find_spec(entry.library)]
    with contextlib.ExitStack() as stack:
        sides = {
            entry.name: stack.enter_context(
                Peer(entry.prepare, workload, scale.sample if entry.one_at_a_time else None, entry.environment)
            )
            for entry in (OURS, *present)
        }
        rates = take_turns({name: side.rate for name, side in sides.items()}, scale.rounds)
        for entry in present:
            side = sides[entry.name]
            if entry.agrees:
                check_elsewhere(entry, workload)
            else:
                require_agreement(entry.name, side.costs, sides[OURS.name].costs[evenly(workload.runs, side.sample)])
    return [_row(workload.name, rates, entry) for entry in present]


def _row(workload: str, rates: dict[str, tuple[float, ...]], entry: Entry) -> Row:
    what = f"{workload} training"
    row = Row("training", what, "run-steps/s", rates[OURS.name], entry.name, rates[entry.name], more_is_better=True)
    return row.ahead(entry.must[workload]) if workload in entry.must else row


def check_elsewhere(entry: Entry, workload: Workload) -> None:
    """Require agreement with a trainer of other choices under the settings that both have."""
    task = Task.of(settings_of(workload.sharing(entry.agrees))).sample(_CHECKED)
    require_agreement(entry.name, entry.prepare(task)(), ours.prepare(task, workers=1)())


def require_agreement(name: str, costs: Costs, expected: Costs) -> None:
    """Raise RuntimeError unless a trainer arrives where this project's does: only then does its timing count."""
    if not np.allclose(costs, expected, rtol=_AGREE, atol=0.0):
        worst = np.max(np.abs(costs / expected - 1.0))
        raise RuntimeError(f"{name} ends at other costs than chainrule, up to {worst:.1e} apart")
