"""Composing a sweep's jobs, both of the sweeper's passes, beside Hydra's own composition of the same jobs."""

from __future__ import annotations

from chainrule.app.hydra_internals import HydraLoader
from chainrule.app.plain_config import plain
from experiments.benchmark.rows import Row
from experiments.benchmark.timing import seconds, take_turns
from experiments.benchmark.workloads import Scale, master_config, new_loader

_PASSES = 2  # the sweeper composes every job to see that it can be, the launcher to run it


def measure_composing(scale: Scale) -> list[Row]:
    """One row: milliseconds a run, all runs of `moons_1000` by memory and a sample of them by Hydra."""
    jobs = scale.moons.jobs()
    sample = jobs[:: max(1, len(jobs) // scale.sample)]
    hydra = HydraLoader(new_loader().get_search_path())
    master = master_config(new_loader())

    def compose_by_memory() -> None:
        loader = new_loader()
        for job in jobs:
            loader.load_sweep_config(master, job)
        for job in jobs:
            loader.compose(master, job)

    def compose_by_hydra() -> None:
        for _ in range(_PASSES):
            for job in sample:
                hydra.load_sweep_config(master, job)

    remembering = new_loader()
    for job in sample:
        expected = plain(hydra.load_sweep_config(master, job))
        if remembering.compose(master, job) != expected:
            raise RuntimeError(f"composed otherwise than by Hydra: {job}")
    taken = take_turns(
        {
            "memory": lambda: 1000 * seconds(compose_by_memory) / len(jobs),
            "hydra": lambda: 1000 * seconds(compose_by_hydra) / len(sample),
        },
        scale.rounds,
    )
    what = f"composing {scale.moons.name}"
    return [Row("composing", what, "ms a run", taken["memory"], "Hydra's own loader", taken["hydra"]).at_most(3.0)]
