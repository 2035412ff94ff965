"""Records as a sweep would hand them over, made from a seed, for the tests of the record and the reading."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.record.parquet_files import CurvesFile
from chainrule.record.run_record import DatasetRecord, RunRecord, to_text
from chainrule.record.sqlite_file import ensure_database
from chainrule.record.store import Store

MOONS = DatasetRecord("moons", "0a1b2c3d", "chainrule:moons", json.dumps({"features": 2}), json.dumps({"samples": 200}))
CURVES = ("cost/train", "cost/test", "accuracy/test", "gradient_norm/total", "slope/layer_1", "slope/layer_2")


def config(seed: int = 0) -> dict[str, Any]:
    """The whole configuration of `run_record(seed)`."""
    return {
        "dataset": {"name": "moons"},
        "hidden": [8, 4],
        "init": {"name": "he_normal", "scale": 2.0},
        "learning_rate": float(np.random.default_rng(seed).uniform(0.01, 1)),
        "batch_size": None,
        "train_biases": True,
        "seed": seed,
    }


def run_record(seed: int = 0, *, points: int = 5, diverged: bool = False, sweep: str = "s1") -> RunRecord:
    """A run of `points` random points a curve; a diverged one turns infinite, then NaN."""
    own = config(seed)
    params = {key: to_text(own[key]) for key in ("learning_rate", "seed", "hidden", "batch_size", "train_biases")}
    rng = np.random.default_rng([seed, 1])
    values = rng.normal(size=(points, len(CURVES)))
    if diverged:
        values[-2:, 0] = [np.inf, np.nan]
    outcome = {"chainrule.outcome": "diverged", "chainrule.diverged_at": "7"} if diverged else {}
    return RunRecord(
        name=f"run {seed}",
        params={**params, "init": "he_normal", "init.scale": "2.0"},
        tags={
            "chainrule.role": "run",
            "chainrule.sweep": sweep,
            "chainrule.swept": json.dumps(["learning_rate", "seed"]),
            "chainrule.config": json.dumps(own),
            "chainrule.outcome": "finished",
            **outcome,
        },
        metrics=CURVES,
        epochs=np.array([0, 1, 2, 5, 10, 20, 50, 100])[:points],
        values=values,
        scalars={"accuracy/test_best": (2, 0.9), "gradient_check": (0, 1e-9)},
        started=1_700_000_000.25 + seed,
        ended=1_700_000_003.5 + seed,
        status="FINISHED",
        dataset=MOONS,
    )


def write_curves(store: Store, parent: str, run_ids: Sequence[str], records: Sequence[RunRecord]) -> None:
    """Leave the curves file of a sweep whose runs came one by one."""
    file = CurvesFile()
    for run_id, record in zip(run_ids, records, strict=True):
        file.add([run_id], [record])
    file.log_to(store, parent)


def fresh_databases(folder: Path) -> Iterator[str]:
    """URIs of new, empty stores in `folder`: made once, then copied, since making one takes a second."""
    template = folder / "template.db"
    ensure_database(template, folder / "mlartifacts")
    number = 0
    while True:
        number += 1
        own = folder / str(number)
        own.mkdir()
        shutil.copy(template, own / "mlflow.db")
        yield f"sqlite:///{own / 'mlflow.db'}"
