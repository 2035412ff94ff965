"""What becomes of each start: its size, the window of rates that work, the best rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chainrule.datasets import Dataset, load_dataset
from chainrule.single import initialize
from chainrule.studies import Evidence

EQUAL = ["zeros", "constant"]  # starts from which all units of a layer are alike, whatever the seed
SUCCESS = 0.93  # a run succeeds with a test accuracy above it
WORKING = 0.7  # a rate works where at least this share of the seeds succeeds


def different(runs: pd.DataFrame) -> pd.DataFrame:
    """Without the repetitions of starts that ignore the seed."""
    return runs[~(runs["init"].isin(EQUAL) & runs.duplicated(["init", "learning_rate"]))]


def dataset_of(runs: pd.DataFrame) -> Dataset:
    """The data that all of the runs learned from."""
    chosen = runs.iloc[0]
    whole = {field: int(chosen[f"dataset.{field}"]) for field in ("seed", "samples", "test_samples")}
    return load_dataset(chosen["dataset"], noise=float(chosen["dataset.noise"]), **whole)


def shares_and_medians(runs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The share of runs that succeed and the median accuracy: (initializations, rates), in the order of `sizes`."""
    keys = [runs["init"].astype(object), runs["learning_rate"]]
    order = sizes(runs).index
    succeeds = runs["accuracy/test"].gt(SUCCESS).groupby(keys).mean()
    median = runs["accuracy/test"].groupby(keys).median()
    return succeeds.unstack().loc[order], median.unstack().loc[order]


def sizes(runs: pd.DataFrame) -> pd.Series[float]:
    """Root mean square of the first layer's weights before training, mean over the seeds.

    The largest random start comes first, those with equal units last.
    """
    layers = [2, *runs["hidden"].iloc[0], 1]
    found: dict[str, float] = {}
    for init, these in runs.groupby("init"):
        first = [initialize(str(init), layers, seed=seed)[0][0] for seed in sorted(set(these["seed"]))]
        found[str(init)] = float(np.mean([np.sqrt(np.mean(weights**2)) for weights in first]))
    order = sorted(found.items(), key=lambda start: (start[0] in EQUAL, -start[1]))
    return pd.Series(dict(order), dtype=float)


def table_of_starts(runs: pd.DataFrame) -> pd.DataFrame:
    """A row an initialization: its `size`, its window and what it reaches at its best rate; in the order of `sizes`.

    `low` and `high` are the smallest and the largest rate that works, NaN where none does; `width` is how many factors
    of ten lie between them, -1 for none. `rate` is the one with the best median, the smallest of equals; `median`,
    `lower` and `upper` are the accuracy there with its quartiles, `share` is the share of its seeds that succeed.
    """
    size, (shares, medians) = sizes(runs), shares_and_medians(runs)
    rates = shares.columns.to_numpy(dtype=float)
    rows = []
    for init, own in runs.groupby("init"):
        share, median = (wide.loc[str(init)].to_numpy() for wide in (shares, medians))
        working, best = rates[share >= WORKING], int(np.nanargmax(median))
        low, high = (working.min(), working.max()) if working.size else (np.nan, np.nan)
        width = np.log10(high / low) if working.size else -1.0
        lower, upper = own.loc[own["learning_rate"].eq(rates[best]), "accuracy/test"].quantile([0.25, 0.75])
        reached = (rates[best], median[best], lower, upper, share[best])
        rows.append((init, size[str(init)], low, high, width, *reached))
    names = ["init", "size", "low", "high", "width", "rate", "median", "lower", "upper", "share"]
    return pd.DataFrame(rows, columns=names).astype({"init": object}).set_index("init", drop=False).loc[size.index]


def largest_difference(evidence: Evidence, runs: pd.DataFrame) -> float:
    """Between the final weights of two hidden units, incoming or outgoing, the largest of all `runs`."""
    finals = [snapshots[-1] for snapshots in evidence.parameters(runs).values()]
    units = [np.hstack([final.weights[0], final.weights[1].T]) for final in finals]  # a row a unit
    return max(float(np.ptp(rows, axis=0).max()) for rows in units)


def window(start: pd.Series[Any]) -> str:
    """A start's window in words."""
    if not np.isfinite(start["low"]):
        return "none"
    return f"{start['low']:g} to {start['high']:g}" if start["high"] > start["low"] else f"{start['low']:g} only"
