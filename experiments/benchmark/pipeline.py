"""The whole command, start-up included: beside the Hydra + MLflow baseline, how soon it starts, how well it grows."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from experiments.benchmark.rows import Row
from experiments.benchmark.timing import Finished, run_python, take_turns
from experiments.benchmark.workloads import Scale, Workload

BASELINE = "from chainrule.commands.bench import call; call('hydra_mlflow_baseline', 'main')"
_GIGABYTE = 1e9


def measure_pipeline(scale: Scale) -> list[Row]:
    """Rows for `moons_1000` from the command line to the store, and for the two starts."""
    sweeps: list[Finished] = []

    def seconds_a_run() -> float:
        sweeps.append(sweep_once(scale.moons))
        return sweeps[-1].seconds / scale.moons.runs

    taken = take_turns({"sweep": seconds_a_run, "baseline": lambda: _baseline_seconds_a_run(scale)}, scale.rounds)
    helps = tuple(run_python(["-m", "chainrule", "--help"]).seconds for _ in range(scale.rounds))
    firsts = tuple(finished.progress[0][0] for finished in sweeps)
    name = scale.moons.name
    whole = Row("pipeline", f"{name} end to end, with start-up", "s a run", taken["sweep"])
    return [
        replace(whole, peer="Hydra + MLflow baseline", peer_rounds=taken["baseline"]).ahead(50.0),
        Row("start", "chainrule --help", "s", helps).at_most(0.5),
        Row("start", f"first progress of {name}", "s", firsts).at_most(4.0),
    ]


def measure_growth(scale: Scale) -> list[Row]:
    """Rows for `iris_10000` beside a tenth of it, measured before and after; for its two halves; for its memory."""
    before, whole, after = (sweep_once(workload) for workload in (scale.iris_few, scale.iris, scale.iris_few))
    name, few = scale.iris.name, scale.iris_few
    row = Row("growth", f"{name} end to end, with start-up", "ms a run", (1000 * whole.seconds / scale.iris.runs,))
    around = tuple(1000 * each.seconds / few.runs for each in (before, after))
    rows = [replace(row, peer=few.name, peer_rounds=around).within(0.2)]
    if whole.halves is not None:
        first, second = (1000 * seconds for seconds in whole.halves)
        half = Row("growth", f"{name}, second half", "ms a run", (second,), "its first half", (first,))
        rows.append(half.within(0.2))
    if whole.peak_memory is not None:
        memory = (whole.peak_memory / _GIGABYTE,)
        rows.append(Row("growth", f"{name}, peak memory", "GB", memory).at_most(2.0))
    return rows


def sweep(workload: Workload, folder: Path) -> Finished:
    """Run the real command into a new SQLite store in `folder`."""
    return run_python(["-m", "chainrule", "sweep", *workload.command(), f"tracking.uri={store_in(folder)}"])


def sweep_once(workload: Workload) -> Finished:
    """Run the real command into a store that is dropped."""
    with tempfile.TemporaryDirectory() as folder:
        return sweep(workload, Path(folder))


def baseline(workload: Workload, folder: Path) -> Finished:
    """Run the same by Hydra's basic launcher and MLflow's own calls into a new SQLite store in `folder`."""
    output = [f"hydra.sweep.dir={folder}/multirun", "hydra.sweep.subdir=${hydra.job.num}"]
    environment = {"MLFLOW_TRACKING_URI": store_in(folder), "MLFLOW_DISABLE_TELEMETRY": "true"}
    return run_python(["-c", BASELINE, "-m", "hydra/launcher=basic", *output, *workload.command()], environment)


def store_in(folder: Path) -> str:
    """The URI of the store that they leave in `folder`."""
    return f"sqlite:///{folder / 'mlflow.db'}"


def _baseline_seconds_a_run(scale: Scale) -> float:
    """What one more run costs the baseline: two sizes, so that its start-up does not count against it."""
    taken = []
    for runs in scale.baseline_runs:
        with tempfile.TemporaryDirectory() as folder:
            taken.append(baseline(scale.moons.first(learning_rate=runs, init=1, seed=1), Path(folder)).seconds)
    few, many = scale.baseline_runs
    return (taken[1] - taken[0]) / (many - few)
