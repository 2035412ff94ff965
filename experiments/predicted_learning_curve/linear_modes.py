"""The modes of linear nets: how one grows in closed form, and how they grew in the recorded runs.

The closed forms are of gradient flow, which is gradient descent with infinitely small steps; time is learning rate x
steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from chainrule.datasets import load_dataset
from chainrule.studies import Evidence

Array = NDArray[Any]
START = 0.1**2  # u(0) of the single mode, both weights being 0.1
# the tree's branchings, over canary, salmon, oak and rose
BRANCHINGS = {
    "alive": (1, 1, 1, 1),
    "animal or plant": (1, 1, -1, -1),
    "which animal": (1, -1, 0, 0),
    "which plant": (0, 0, 1, -1),
}


def flow(times: ArrayLike, strength: ArrayLike, start: ArrayLike) -> Array:
    """u(t) = s e^2st / (e^2st - 1 + s / u(0)), the product of two linear layers' equal weights on its way to s.

    Saxe, McClelland & Ganguli 2013, eq. 8, with time in steps x learning rate. Arguments broadcast.
    """
    s, u = np.asarray(strength, float), np.asarray(start, float)
    left = np.exp(-2.0 * s * np.asarray(times, float))  # what is divided out keeps late times finite
    return s / (1.0 + left * (s / u - 1.0))


def half_time(strength: float, start: float) -> float:
    """The time at which u = s/2: ln(s / u(0) - 1) / 2s."""
    return float(np.log(strength / start - 1.0) / (2.0 * strength))


def foreseen_start(W1: Array, W2: Array, left: Array, right: Array) -> float:
    """The u(0) from which a mode of a two-layer linear net grows, if its weights are small.

    The mode leads from the inputs `right` to the outputs `left`, both of length 1. With a = W1 right and b = W2^T left,
    small weights obey a' = s b, b' = s a: a + b grows and a - b dies away, so that both end as (a + b) / 2.
    """
    grown = 0.5 * (W1 @ right + W2.T @ left)
    return float(grown @ grown)


def single_modes(evidence: Evidence) -> dict[float, dict[float, pd.DataFrame]]:
    """The single mode by strength s and learning rate: `measured` and `predicted` u, a row a time.

    The times, rate x epoch, are those that all rates reach.
    """
    runs = evidence.runs("modes").sort_values(["dataset.y", "learning_rate"])
    curves = evidence.curve(runs, "activation/layer_2")
    span = float(runs["learning_rate"].min() * curves.index.max())
    found: dict[float, dict[float, pd.DataFrame]] = {}
    for s, rate, run in zip(runs["dataset.y"], runs["learning_rate"], runs["run"], strict=True):
        measured = curves[run].set_axis(rate * curves.index)
        measured = measured[measured.index <= span * 1.000001]
        predicted = flow(measured.index.to_numpy(), s, START)
        found.setdefault(s, {})[rate] = pd.DataFrame({"measured": measured, "predicted": predicted})
    return found


def errors(modes: dict[float, dict[float, pd.DataFrame]]) -> dict[float, pd.Series[float]]:
    """For each strength s: by learning rate, the largest distance from the formula as a share of s."""
    return {
        s: pd.Series({rate: (u["measured"] - u["predicted"]).abs().max() / s for rate, u in by_rate.items()})
        for s, by_rate in modes.items()
    }


def growths(evidence: Evidence) -> pd.DataFrame:
    """One row a mode and run: `mode`, `seed`, `strength` s; `times` (rate x epoch / N), `measured` and `predicted`
    u / s at them; the times `half_way` and `foreseen` at which they are 1/2, and the former's `lateness`, a share.
    """
    runs = evidence.runs("hierarchy").sort_values("seed")
    snapshots = evidence.parameters(runs)
    Y = load_dataset("hierarchy").y_train.T.astype(float)
    rows = []
    for mode, branching in BRANCHINGS.items():
        right = np.array(branching) / np.linalg.norm(branching)
        strength = float(np.linalg.norm(Y @ right))
        left = Y @ right / strength
        for run, seed, rate in zip(runs["run"], runs["seed"], runs["learning_rate"], strict=True):
            shots = snapshots[run]
            W1, W2 = shots[0].weights
            start = foreseen_start(W1, W2, left, right)
            times = rate * np.array([shot.epoch for shot in shots]) / Y.shape[1]
            measured = np.array([left @ shot.weights[1] @ shot.weights[0] @ right for shot in shots]) / strength
            predicted = flow(times, strength, start) / strength
            half_way, foreseen = float(np.interp(0.5, measured, times)), half_time(strength, start)
            rows.append((mode, seed, strength, times, measured, predicted, half_way, foreseen))
    names = ["mode", "seed", "strength", "times", "measured", "predicted", "half_way", "foreseen"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(lateness=frame["half_way"] / frame["foreseen"] - 1.0)
