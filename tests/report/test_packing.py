"""Curves that are packed for a page come back: to four digits and more, whatever they hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chainrule.report.packing import pack, unpack

EPOCHS = [0, 1, 2, 5, 10, 20, 50, 100]


def tidy(values: dict[str, dict[str, list[float]]], epochs: list[int] = EPOCHS) -> pd.DataFrame:
    """Curves from metric -> run -> values of the first epochs."""
    rows = [
        (run, metric, epoch, value)
        for metric, runs in values.items()
        for run, own in runs.items()
        for epoch, value in zip(epochs, own, strict=False)
    ]
    return pd.DataFrame(rows, columns=["run", "metric", "epoch", "value"])


def test_values_over_thirty_decades_keep_four_digits() -> None:
    rng = np.random.default_rng(0)
    costs = {f"r{k}": list(10.0 ** rng.uniform(-30, 2, len(EPOCHS))) for k in range(20)}
    packed = pack(tidy({"cost/train": costs}), list(costs))
    (curve,) = packed.curves
    assert curve.is_log
    np.testing.assert_allclose(unpack(curve, len(packed.epochs)), list(costs.values()), rtol=1e-3)
    assert packed.epochs == EPOCHS


def test_accuracies_and_negative_values_are_kept_as_they_are() -> None:
    own = {"accuracy/test": {"a": [0.5, 0.25, 0.971], "b": [1.0, 0.3, 0.2]}, "r2/test": {"a": [-3.0, 0.5, 0.9]}}
    packed = pack(tidy(own, EPOCHS[:3]), ["a", "b"])
    accuracy, r2 = packed.curves
    assert not accuracy.is_log
    assert not r2.is_log
    np.testing.assert_allclose(unpack(accuracy, 3), list(own["accuracy/test"].values()), atol=1e-5)
    np.testing.assert_allclose(unpack(r2, 3), [[-3.0, 0.5, 0.9], [np.nan] * 3], atol=1e-4)


def test_zero_infinity_and_what_is_missing_stay_apart() -> None:
    packed = pack(tidy({"g": {"a": [1.0, 1e-9, 0.0], "b": [2.0, np.inf], "c": [np.nan]}}, [0, 1, 2]), ["a", "b", "c"])
    found = unpack(packed.curves[0], 3)
    assert found[0, 2] == 0.0
    np.testing.assert_allclose(found[:2, :2], [[1.0, 1e-9], [2.0, np.nan]], rtol=1e-3)
    assert np.isnan(found[2]).all()


@pytest.mark.parametrize("value", [0.0, 0.7, -1.0])
def test_a_constant_curve_is_exact(value: float) -> None:
    packed = pack(tidy({"g": {"a": [value] * 3}}, [0, 1, 2]), ["a"])
    assert unpack(packed.curves[0], 3).tolist() == [[value] * 3]


def test_too_many_points_lose_epochs_but_no_runs_first_or_last_one() -> None:
    epochs = list(range(100))
    curves = tidy({"g": {"a": [1.0] * 100, "b": [1.0] * 34}}, epochs)
    packed = pack(curves, ["a", "b"], most=40)
    assert {0, 33, 99} <= set(packed.epochs)
    assert 20 <= len(packed.epochs) <= 22
    assert packed.recorded == 100
    assert len(pack(curves, ["a", "b"]).epochs) == 100


def test_smooth_curves_take_little_more_than_a_byte_a_point() -> None:
    epochs = np.arange(60)
    costs = {f"r{k}": list(0.3 * np.exp(-epochs / (5 + k)) + 0.01 * k) for k in range(100)}
    packed = pack(tidy({"cost/train": costs}, list(epochs)), list(costs))
    assert len(packed.curves[0].data) < 2 * 6000
