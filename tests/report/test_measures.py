"""What the heatmap can show of each run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chainrule.report.measures import measures


def test_scores_gap_saturation_and_the_ratio_of_the_gradients() -> None:
    nan = float("nan")
    runs = pd.DataFrame(
        {
            "run": ["a", "b", "c"],
            "outcome": ["finished", "stuck", "diverged"],
            "accuracy/test": [0.75, 0.5, 0.9],
            "accuracy/train": [1.0, 0.5, 0.9],
            "cost/train": [0.1, 0.25, 3.0],
            "saturated/layer_1": [0.5, 1.0, 0.0],
            "saturated/layer_2": [0.25, nan, 0.0],
            "gradient_norm/layer_1": [0.2, 0.0, 1.0],
            "gradient_norm/layer_2": [0.4, nan, 1.0],
            "accuracy/test_best": [0.8, 0.5, 0.9],
        }
    )
    found = {each.label: (each.higher, each.values) for each in measures(runs)}
    expected = {
        "test accuracy": (True, [0.75, 0.5, nan]),
        "test accuracy, best epoch": (True, [0.8, 0.5, nan]),
        "train accuracy": (True, [1.0, 0.5, nan]),
        "training cost": (False, [0.1, 0.25, nan]),
        "gap, train accuracy less test": (None, [0.25, 0.0, nan]),
        "share of saturated units, mean of layers": (None, [0.375, 1.0, nan]),
        "gradient, first layer by last": (None, [0.5, nan, nan]),  # 0 by 0 is nothing
    }
    assert list(found) == list(expected)
    for label, (higher, values) in expected.items():
        assert found[label][0] == higher
        np.testing.assert_allclose(found[label][1], values)


def test_a_measure_that_no_run_has_is_not_offered() -> None:
    runs = pd.DataFrame({"run": ["a"], "outcome": ["diverged"], "accuracy/test": [0.5], "cost/train": [np.nan]})
    assert measures(runs) == []
