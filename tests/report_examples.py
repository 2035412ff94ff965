"""Made-up sweeps as `load_runs` and the sweep's own run tell of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chainrule.reading.sweeps import SweepDescription

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
