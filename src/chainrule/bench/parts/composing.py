"""Composing a sweep's jobs, both of the sweeper's passes, beside Hydra's own composition of the same jobs."""

from __future__ import annotations

from chainrule.bench.composed import master_config, new_loader
from chainrule.bench.measuring import seconds, take_turns
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale

_PASSES = 2  # the sweeper composes every job to see that it can be, the launcher to run it


def measure(scale: Scale) -> list[Row]:
    """One row: milliseconds a run, all of W1's runs by memory and a sample of them by Hydra."""
    from chainrule.app.hydra_internals import HydraLoader
    from chainrule.app.plain_config import plain

    jobs = scale.W1.jobs()
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
    return [
        Row("composing", "composing W1", "ms a run", taken["memory"], "Hydra's own loader", taken["hydra"]).at_most(3.0)
    ]
