"""Closed forms against the differential equations they solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import backprop
from chainrule.core.closed_forms import sigmoid_neuron_flow

TIMES = np.linspace(0.0, 50.0, 11)


@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
@given(z=st.floats(-3.0, 6.0))
def test_the_neuron_moves_as_backpropagation_says(cost: str, z: float) -> None:
    """dz/dt = -(dC/dw + dC/db) at every time, both by `backprop`."""
    h = 1e-4
    here = sigmoid_neuron_flow(TIMES, z, cost)
    speed = (sigmoid_neuron_flow(TIMES + h, z, cost) - here) / h
    for z_now, dz in zip(here, speed, strict=True):
        step = backprop([[[z_now]]], [[0.0]], [[1.0]], [[0.0]], cost=cost)
        downhill = -(step.weight_gradients[0][0, 0] + step.bias_gradients[0][0])
        assert dz == pytest.approx(downhill, rel=1e-3, abs=1e-9)
    assert here[0] == pytest.approx(z, abs=1e-12)
