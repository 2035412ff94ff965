"""Reading a whole sweep back into pandas, beside MLflow's own calls."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chainrule.bench.measuring import seconds, take_turns
from chainrule.bench.parts.pipeline import store_in, sweep
from chainrule.bench.rows import Row
from chainrule.bench.scale import Scale
from chainrule.reading.curves import load_curves
from chainrule.reading.runs import load_runs
from chainrule.record import tracker
from chainrule.record.metrics import is_scalar


def measure(scale: Scale) -> list[Row]:
    """Rows for the runs and for the curves of W1; MLflow's curves are read of a sample and scaled up to all runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sweep(scale.W1, folder)
        uri = store_in(folder)
        client = tracker.client(uri)
        experiment = client.get_experiment_by_name("adhoc").experiment_id  # type: ignore[union-attr]  # just written
        runs = load_runs(uri=uri)
        curves = load_curves(runs)

        def their_runs() -> float:
            return seconds(lambda: client.search_runs([experiment], max_results=len(runs) + 1))

        def their_curves() -> float:
            sample = [client.get_run(run_id) for run_id in runs["run"][: scale.sample]]

            def read() -> None:
                for run in sample:
                    for key in run.data.metrics:
                        if not is_scalar(key):
                            client.get_metric_history(run.info.run_id, key)

            return seconds(read) * len(runs) / len(sample)

        taken = take_turns(
            {
                "load_runs": lambda: seconds(lambda: load_runs(uri=uri)),
                "search_runs": their_runs,
                "load_curves": lambda: seconds(lambda: load_curves(runs)),
                "history": their_curves,
            },
            scale.rounds,
        )
    return [
        Row(
            "reading",
            f"load_runs, {len(runs):,} runs",
            "s",
            taken["load_runs"],
            "MlflowClient.search_runs",
            taken["search_runs"],
        ).at_most(2.0),
        Row(
            "reading",
            f"load_curves, {len(curves):,} points",
            "s",
            taken["load_curves"],
            "get_metric_history",
            taken["history"],
        ).at_most(2.0),
    ]
