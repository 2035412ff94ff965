"""The symmetry nets' solutions: when they were found, and by which pattern of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chainrule.studies import Evidence

Array = NDArray[Any]
FAMILIES = {"1 : 2 : 4": (2.0, 4.0), "1 : 1.5 : 2": (1.5, 2.0)}
NEAR = 0.1  # a ratio this close is taken for the family's


def solutions(evidence: Evidence, runs: pd.DataFrame) -> pd.DataFrame:
    """One row a net: `sweeps` until every output is on its side (missing if never), `lopsided`, `family`, `weights`.

    `weights` (2, 6): each hidden unit's in units of its smallest, pairs of mirrored inputs ordered by size with the
    smallest outermost, and each pair turned so that its left one is positive. `runs` are the nets' runs.
    """
    margins = evidence.curve(runs, "margin")
    right = margins.gt(0.5)
    sweeps = right.idxmax().where(right.any())
    snapshots = evidence.parameters(runs)
    hidden = [snapshots[run][-1].weights[0] for run in runs["run"]]
    arranged = [arrange(W) for W in hidden]
    return pd.DataFrame(
        {
            "run": runs["run"],
            "sweeps": sweeps[runs["run"]].to_numpy(float),
            "lopsided": [lopsidedness(W) for W in hidden],
            "family": [family(weights) for weights in arranged],
            "weights": arranged,
        }
    )


def lopsidedness(W: Array) -> float:
    """How far weights of mirrored inputs are from equal and opposite, as a share of the largest weight."""
    return float(np.abs(W + W[:, ::-1]).max() / np.abs(W).max())


def arrange(W: Array) -> Array:
    """The weights (2, 6) as `solutions` describes them."""
    left, right = W[:, :3], W[:, :2:-1]
    by_size = np.argsort(np.abs(left - right), axis=1)
    left, right = (np.take_along_axis(side, by_size, axis=1) for side in (left, right))
    turned = np.sign(left - right)
    smallest = 0.5 * np.abs(left - right)[:, :1]
    return np.hstack([turned * left, (turned * right)[:, ::-1]]) / smallest


def family(weights: Array) -> str | None:
    """The family that both units' middle and largest weights belong to; None if there is none."""
    for name, ratios in FAMILIES.items():
        if np.abs(weights[:, 1:3] - ratios).max() < NEAR:
            return name
    return None
