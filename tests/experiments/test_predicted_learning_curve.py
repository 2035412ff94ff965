"""Foreseen learning on fewer rates, seeds and sweeps; what needs many nets is only asked for its direction.

The closed forms against the differential equations they solve.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import train
from chainrule.studies.fit import log_log_slope
from experiments.predicted_learning_curve.linear_modes import flow, foreseen_start, half_time
from experiments.predicted_learning_curve.symmetry import arrange, family, lopsidedness

TIMES = np.linspace(0.0, 50.0, 11)


@pytest.fixture(scope="session")
def measured(reduced):
    return reduced("predicted_learning_curve").measured


def test_gradient_descent_strays_in_proportion_to_the_rate(measured) -> None:
    (errors,) = measured.errors.values()
    assert 0.95 < log_log_slope(errors.index, errors) < 1.05
    assert errors.max() < 0.03


def test_every_mode_is_on_time_and_the_strong_come_first(measured) -> None:
    modes = measured.growths
    assert modes["lateness"].abs().max() < 0.1
    assert modes.groupby("mode", sort=False)["half_way"].median().iloc[:3].is_monotonic_increasing
    for _, mode in modes.iterrows():
        assert mode["measured"][0] < 0.01
        assert mode["measured"][-1] > 0.95


def test_solved_nets_mirror_their_weights_and_the_others_do_not_count(measured) -> None:
    net, solved = measured.net, measured.solved
    assert 0 < len(solved) < len(net) == 24
    assert solved["lopsided"].max() < 0.01
    assert solved["family"].notna().all()
    assert solved["sweeps"].between(1, 3000).all()


def test_weights_are_arranged_by_size_about_the_middle() -> None:
    W = np.array([[-2.0, 8.0, 4.0, -4.0, -8.0, 2.0], [2.0, -8.0, -4.0, 4.0, 8.0, -2.0]])
    np.testing.assert_array_equal(arrange(W), [[1.0, 2.0, 4.0, -4.0, -2.0, -1.0]] * 2)
    assert lopsidedness(W) == 0.0
    assert family(arrange(W)) == "1 : 2 : 4"
    assert family(arrange(np.array([[3.0, 4.0, 2.0, -2.0, -4.0, -3.0]] * 2))) == "1 : 1.5 : 2"
    assert family(arrange(np.array([[1.0, 2.0, 3.0, -3.0, -2.0, -1.0]] * 2))) is None
    assert lopsidedness(np.array([[1.0, 2.0, 4.0, -4.0, -2.0, 0.0]])) == 0.25


def test_the_page_is_written_whatever_was_found(reduced) -> None:
    done = reduced("predicted_learning_curve")
    assert "for linear nets" in (done.folder / "README.md").read_text(encoding="utf-8").lower()
    wanted = [q for q, f in done.findings.items() if q.startswith(("one mode, s = 2", "four modes"))]
    assert len(wanted) == 5
    assert all(done.findings[quantity].reproduced for quantity in wanted)


@given(s=st.floats(0.1, 5.0), share=st.floats(1e-6, 3.0))
def test_the_mode_moves_as_its_equation_says(s: float, share: float) -> None:
    """du/dt = 2 u (s - u)."""
    h = 1e-5
    early, u, late = (flow(TIMES + 1.0 + d, s, share * s) for d in (-h, 0.0, h))
    np.testing.assert_allclose((late - early) / (2 * h), 2 * u * (s - u), rtol=1e-4, atol=1e-8)


def test_the_mode_ends_at_its_strength_whatever_the_time() -> None:
    np.testing.assert_array_equal(flow([0.0, 1e6], [3.0, 3.0], 0.25), [0.25, 3.0])


def test_a_small_start_tells_when_the_mode_comes_up() -> None:
    """One input, one output, eight hidden units of unequal weights: half-way at the foreseen time."""
    s, rate, rng = 2.0, 0.005, np.random.default_rng(0)
    W = [rng.normal(0.0, 1e-3, (8, 1)), rng.normal(0.0, 1e-3, (1, 8))]
    u = foreseen_start(W[0], W[1], np.ones(1), np.ones(1))
    half = half_time(s, u)
    assert flow(half, s, u) == pytest.approx(s / 2.0)
    linear = {"activation": "identity", "output": "identity", "learning_rate": rate, "train_biases": False}
    zeros = [np.zeros(8), np.zeros(1)]
    trained = train(W, zeros, [[1.0]], [[s]], epochs=round(half / rate), **linear)
    assert (trained.weights[1] @ trained.weights[0]).item() == pytest.approx(s / 2.0, rel=0.05)
