"""Closed forms against the differential equations they solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import backprop
from chainrule.core.closed_forms import linear_mode_flow, sigmoid_neuron_flow

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


@given(s=st.floats(0.1, 5.0), share=st.floats(1e-6, 3.0))
def test_the_mode_moves_as_its_equation_says(s: float, share: float) -> None:
    """du/dt = 2 u (s - u)."""
    h = 1e-5
    early, u, late = (linear_mode_flow(TIMES + 1.0 + d, s, share * s) for d in (-h, 0.0, h))
    np.testing.assert_allclose((late - early) / (2 * h), 2 * u * (s - u), rtol=1e-4, atol=1e-8)


def test_the_mode_ends_at_its_strength_whatever_the_time() -> None:
    np.testing.assert_array_equal(linear_mode_flow([0.0, 1e6], [3.0, 3.0], 0.25), [0.25, 3.0])
