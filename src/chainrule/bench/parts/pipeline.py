"""The whole command, start-up included, beside the usual pipeline; and how soon it starts."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chainrule.bench.measuring import take_turns
from chainrule.bench.processes import Finished, run
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.bench.workloads import Workload

USUAL = "chainrule.bench.usual"  # a module to run, which would load Hydra and MLflow here


def measure(scale: Scale) -> list[Row]:
    """Rows for W1 from the command line to the store, and for the two starts."""
    sweeps: list[Finished] = []

    def ours() -> float:
        with tempfile.TemporaryDirectory() as folder:
            sweeps.append(sweep(scale.W1, Path(folder)))
        return sweeps[-1].seconds / scale.W1.runs

    taken = take_turns({"ours": ours, "usual": lambda: _usual_seconds_a_run(scale)}, scale.rounds)
    helps = tuple(run("chainrule", ["--help"]).seconds for _ in range(scale.rounds))
    firsts = tuple(finished.progress[0][0] for finished in sweeps)
    return [
        Row(
            "pipeline",
            "W1 end to end, start-up included",
            "s a run",
            taken["ours"],
            "the usual pipeline",
            taken["usual"],
        ).ahead(50.0),
        Row("start", "chainrule --help", "s", helps).at_most(0.5),
        Row("start", "first progress of W1", "s", firsts).at_most(4.0),
    ]


def sweep(workload: Workload, folder: Path) -> Finished:
    """Run the real command into a new SQLite store in `folder`."""
    return run("chainrule", ["sweep", *workload.command(), f"tracking.uri={store_in(folder)}"])


def usual(workload: Workload, folder: Path) -> Finished:
    """Run the same by the usual pipeline into a new SQLite store in `folder`."""
    output = [f"hydra.sweep.dir={folder}/multirun", "hydra.sweep.subdir=${hydra.job.num}"]
    environment = {"MLFLOW_TRACKING_URI": store_in(folder), "MLFLOW_DISABLE_TELEMETRY": "true"}
    return run(USUAL, ["-m", "hydra/launcher=basic", *output, *workload.command()], environment)


def store_in(folder: Path) -> str:
    """The URI of the store that they leave in `folder`."""
    return f"sqlite:///{folder / 'mlflow.db'}"


def _usual_seconds_a_run(scale: Scale) -> float:
    """What one more run costs the usual pipeline: two sizes, so that its start-up does not count against it."""
    taken = []
    for runs in scale.usual_runs:
        with tempfile.TemporaryDirectory() as folder:
            taken.append(usual(scale.W1.first(learning_rate=runs, init=1, seed=1), Path(folder)).seconds)
    few, many = scale.usual_runs
    return (taken[1] - taken[0]) / (many - few)
