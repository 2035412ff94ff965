"""How many steps deep linear networks need, and at which learning rate they need fewest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chainrule.studies import Evidence

PARTS = ("linear", "gaussian_10", "gaussian_20")
REDUCIBLE = 0.05  # of what can be learnt: the share that may be left


def linear_steps(evidence: Evidence) -> pd.DataFrame:
    """Deep linear runs with their `depth` and `steps`, infinite for those that never got there to stay."""
    single = evidence.curve(evidence.runs("bottom"), "cost/train").iloc[:, 0]
    lowest, learnable = single.iloc[-1], single.iloc[0] - single.iloc[-1]
    parts = []
    for part in PARTS:
        runs = evidence.runs(part)
        there = (evidence.curve(runs, "cost/train") - lowest) <= REDUCIBLE * learnable
        steps = [arrival(there[run]) for run in runs["run"]]
        parts.append(runs.assign(depth=runs["hidden"].map(len) + 1, steps=steps))
    return pd.concat(parts, ignore_index=True)


def arrival(there: pd.Series[bool]) -> float:
    """The first step from which on all are true; infinite if the last is not."""
    away = np.flatnonzero(~there.to_numpy())
    if away.size == 0:
        return float(there.index[0])
    return float(there.index[away[-1] + 1]) if away[-1] + 1 < len(there) else np.inf


def best_rates(runs: pd.DataFrame) -> pd.DataFrame:
    """A row (init, depth): the rate with the smallest median, and the quartiles low, steps and high.

    `runs` is what `linear_steps` gives.
    """
    by_rate = runs.groupby(["init", "depth", "learning_rate"])["steps"]
    quartiles = {"low": 0.25, "steps": 0.5, "high": 0.75}
    table = pd.DataFrame({name: by_rate.quantile(share, interpolation="nearest") for name, share in quartiles.items()})
    best = table.reset_index("learning_rate").sort_values(["init", "depth", "steps"])
    return best[~best.index.duplicated()]
