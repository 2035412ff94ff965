"""The modes of the linear net that learns a hierarchy, as recorded and as foreseen from its starting weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.core.closed_forms import linear_mode_flow, linear_mode_half_time, linear_mode_start
from chainrule.datasets import load_dataset
from chainrule.studies.evidence import Evidence

if TYPE_CHECKING:
    import pandas as pd

# the tree's branchings, over canary, salmon, oak and rose
BRANCHINGS = {
    "alive": (1, 1, 1, 1),
    "animal or plant": (1, 1, -1, -1),
    "which animal": (1, -1, 0, 0),
    "which plant": (0, 0, 1, -1),
}


def growths(evidence: Evidence) -> pd.DataFrame:
    """One row a mode and run: `mode`, `seed`, `strength` s; `times` (rate x epoch / N), `measured` and `predicted`
    u / s at them; the times `half_way` and `foreseen` at which they are 1/2, and the former's `lateness`, a share.
    """
    import pandas as pd

    runs = evidence.runs("hierarchy")
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
            start = linear_mode_start(W1, W2, left, right)
            times = rate * np.array([shot.epoch for shot in shots]) / Y.shape[1]
            measured = np.array([left @ shot.weights[1] @ shot.weights[0] @ right for shot in shots]) / strength
            predicted = linear_mode_flow(times, strength, start) / strength
            half_way, foreseen = float(np.interp(0.5, measured, times)), linear_mode_half_time(strength, start)
            rows.append((mode, seed, strength, times, measured, predicted, half_way, foreseen))
    names = ["mode", "seed", "strength", "times", "measured", "predicted", "half_way", "foreseen"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(lateness=frame["half_way"] / frame["foreseen"] - 1.0)
