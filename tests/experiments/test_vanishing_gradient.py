"""The ladder of gradients and its reasons, on fewer seeds and epochs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.vanishing_gradient.study import factor


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("vanishing_gradient").measured


def test_the_factor_is_a_geometric_mean() -> None:
    norms = {2: pd.DataFrame([[1.0, 2.0]]), 3: pd.DataFrame([[1.0, 8.0, 16.0]])}
    assert factor(norms) == pytest.approx((2 * 8 * 2) ** (1 / 3))


def test_every_layer_gets_less_than_the_one_above(measured) -> None:
    norms = measured.norms
    assert list(norms) == [2, 3, 4]
    for depth, frame in norms.items():
        assert frame.shape == (5, depth)
        assert (np.diff(frame.to_numpy(), axis=1) > 0).all()


def test_the_slope_explains_the_factor(measured) -> None:
    assert 0.1 < measured.slope < 0.25
    assert factor(measured.norms) == pytest.approx(1 / measured.slope, rel=0.2)


def test_errors_fade_downwards_while_training(measured) -> None:
    arriving = pd.concat({layer: wide.median(axis=1) for layer, wide in measured.arriving.items()}, axis=1)
    assert (arriving.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)


def test_only_sigmoid_falls_silent_and_sticks(measured) -> None:
    top = measured.activation[4]
    assert (np.diff(top.to_numpy(), axis=0) < -0.02).all()
    loss = {name: curves.iloc[-1].max() for name, curves in measured.loss.items()}
    assert loss["sigmoid"] > np.log(10) - 0.05
    assert max(loss["tanh"], loss["relu"]) < 2.0
