"""How much is measured: the reference sizes, or sizes at which everything runs in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.bench.workloads import W1, W2, W3, Workload


@dataclass(frozen=True)
class Scale:
    """The sweeps, and how many runs of a slow peer stand for all of them."""

    W1: Workload
    W3: Workload
    W3_part: Workload
    training: tuple[Workload, ...]  # a step's time does not depend on how many there are: fewer epochs do
    rounds: int  # measurements of each side, taken in turn
    usual_runs: tuple[int, int]  # two sizes of the usual pipeline: their difference is free of its start
    sample: int  # runs of peers that train, compose, write or read one at a time


FULL = Scale(
    W1,
    W3,
    W3.first(seed=2),
    training=(W1, W2.setting(epochs="40")),
    rounds=3,
    usual_runs=(4, 20),
    sample=6,
)


def _small(workload: Workload) -> Workload:
    return workload.first(learning_rate=2, init=2, seed=2).setting(epochs="8")


QUICK = Scale(
    _small(W1),
    _small(W3),
    _small(W3).first(seed=1),
    training=(_small(W1), _small(W2)),
    rounds=1,
    usual_runs=(1, 2),
    sample=2,
)
