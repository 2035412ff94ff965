"""Closed forms against the differential equations they solve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import train
from chainrule.core.closed_forms import linear_mode_flow, linear_mode_half_time, linear_mode_start

TIMES = np.linspace(0.0, 50.0, 11)


@given(s=st.floats(0.1, 5.0), share=st.floats(1e-6, 3.0))
def test_the_mode_moves_as_its_equation_says(s: float, share: float) -> None:
    """du/dt = 2 u (s - u)."""
    h = 1e-5
    early, u, late = (linear_mode_flow(TIMES + 1.0 + d, s, share * s) for d in (-h, 0.0, h))
    np.testing.assert_allclose((late - early) / (2 * h), 2 * u * (s - u), rtol=1e-4, atol=1e-8)


def test_the_mode_ends_at_its_strength_whatever_the_time() -> None:
    np.testing.assert_array_equal(linear_mode_flow([0.0, 1e6], [3.0, 3.0], 0.25), [0.25, 3.0])


def test_a_small_start_tells_when_the_mode_comes_up() -> None:
    """One input, one output, eight hidden units of unequal weights: half-way at the foreseen time."""
    s, rate, rng = 2.0, 0.005, np.random.default_rng(0)
    W = [rng.normal(0.0, 1e-3, (8, 1)), rng.normal(0.0, 1e-3, (1, 8))]
    u = linear_mode_start(W[0], W[1], np.ones(1), np.ones(1))
    half = linear_mode_half_time(s, u)
    assert linear_mode_flow(half, s, u) == pytest.approx(s / 2.0)
    linear = {"activation": "identity", "output": "identity", "learning_rate": rate, "train_biases": False}
    zeros = [np.zeros(8), np.zeros(1)]
    trained = train(W, zeros, [[1.0]], [[s]], epochs=round(half / rate), **linear)
    assert (trained.weights[1] @ trained.weights[0]).item() == pytest.approx(s / 2.0, rel=0.05)
