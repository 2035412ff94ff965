"""Made-up sweeps as `load_runs` and the sweep's own run tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chainrule.reading.sweeps import SweepDescription
from chainrule.report.content import report
from chainrule.report.data import page_data
from chainrule.report.packing import pack
from chainrule.report.page import as_page

Score = Callable[..., float]


def described(**changed: Any) -> SweepDescription:
    """A sweep of two learning rates and more."""
    told: dict[str, Any] = {
        "study": "rates",
        "sweep": "s1",
        "part": None,
        "started": pd.Timestamp("2026-01-02 03:04:05", tz="UTC"),
        "run": "parent",
        "asked": None,
        "question": "Which rate?",
        "command": "chainrule sweep study=rates epochs=9 'seed=range(3)'",
        "versions": {"numpy": "2.4"},
        "commit": "0a1b",
        "changed": False,
    }
    return SweepDescription(**{**told, **changed})


def made_runs(
    score: Score,
    rates: Sequence[float] = (0.1, 1.0, 10.0),
    inits: Sequence[str] = ("zeros", "he_normal"),
    seeds: int = 3,
) -> pd.DataFrame:
    """Runs whose test accuracy is `score(rate, init, seed)`: NaN diverged, 0.5 stuck, below 0 failed."""
    rows = []
    for init in inits:
        for rate in rates:
            for seed in range(seeds):
                value = score(rate, init, seed)
                outcome = "failed" if value < 0 else "stuck" if value == 0.5 else "finished"
                outcome = "diverged" if np.isnan(value) else outcome
                known = value if outcome in ("finished", "stuck") else np.nan
                rows.append(
                    {
                        "run": f"run{len(rows)}",
                        "learning_rate": rate,
                        "init": init,
                        "seed": seed,
                        "dataset": "moons",
                        "hidden": [8],
                        "activation": "sigmoid",
                        "batch_size": None,
                        "cost/train": 1 - known,
                        "accuracy/test": known,
                        "outcome": outcome,
                        "diverged_at": 7 if outcome == "diverged" else pd.NA,
                        "error": "ValueError: no" if outcome == "failed" else None,
                        "name": f"{init} {rate} {seed}",
                    }
                )
    runs = pd.DataFrame(rows).assign(study="rates", sweep="s1")
    runs.attrs |= {"swept": ("learning_rate", "init", "seed"), "uri": "sqlite:///nowhere.db"}
    return runs


def mixed(rate: float, init: str, seed: int) -> float:
    """Every kind of cell: values, a best one, stuck, diverged for most and for one seed, failed for all and for one."""
    return {
        ("zeros", 0.1): 0.5,
        ("zeros", 1.0): 0.6 + seed / 100,
        ("zeros", 10.0): np.nan if seed == 2 else 0.7,
        ("he_normal", 0.1): -1.0 if seed == 0 else 0.8,
        ("he_normal", 1.0): 0.9 + seed / 1000,
        ("he_normal", 10.0): np.nan if seed else 0.4,
    }[init, rate]


EPOCHS = np.array([0, 1, 2, 5, 10, 20, 50, 100])


def curves_of(runs: pd.DataFrame) -> pd.DataFrame:
    """Cost = (.2 + seed/10) / (1 + rate x epoch), the factors of one layer beside it; diverged runs end early."""
    frames = []
    for run in runs[runs["outcome"] != "failed"].itertuples():
        cost = (0.2 + run.seed / 10) / (1 + run.learning_rate * EPOCHS)
        own = {"cost/train": cost, "accuracy/test": 1 - cost}
        own |= {"upstream/layer_1": cost / 7, "slope/layer_1": 0.25 * cost, "input/layer_1": 1 + 0 * cost}
        for metric, values in own.items():
            held = values.copy()
            if run.outcome == "diverged":
                held[3:] = np.nan
            frames.append(pd.DataFrame({"run": run.run, "metric": metric, "epoch": EPOCHS, "value": held}))
    return pd.concat(frames, ignore_index=True)


def page_of(runs: pd.DataFrame, sweep: SweepDescription | None = None, **changed: Any) -> str:
    """The page of made-up runs; `changed` is what their sweep tells otherwise than `described()`."""
    told = sweep or described(**changed)
    packed = pack(curves_of(runs), list(runs["run"]))
    return as_page(report(runs, told), page_data(runs.reset_index(drop=True), packed, told.command))
