"""Foreseen learning on fewer rates, seeds and sweeps; what needs many nets is only asked for its direction."""

from __future__ import annotations

import numpy as np
from chainrule.studies.hierarchy import growths
from chainrule.studies.predicted_learning_curve import PredictedLearningCurve, order, strays
from chainrule.studies.symmetry import arrange, family, lopsidedness, solutions


def test_gradient_descent_strays_in_proportion_to_the_rate(reduced) -> None:
    (errors,) = strays(reduced(PredictedLearningCurve()).evidence).values()
    assert 0.95 < order(errors) < 1.05
    assert errors.max() < 0.03


def test_every_mode_is_on_time_and_the_strong_come_first(reduced) -> None:
    modes = growths(reduced(PredictedLearningCurve()).evidence)
    assert modes["lateness"].abs().max() < 0.1
    assert modes.groupby("mode", sort=False)["half_way"].median().iloc[:3].is_monotonic_increasing
    for _, mode in modes.iterrows():
        assert mode["measured"][0] < 0.01
        assert mode["measured"][-1] > 0.95


def test_solved_nets_mirror_their_weights_and_the_others_do_not_count(reduced) -> None:
    net = solutions(reduced(PredictedLearningCurve()).evidence)
    solved = net[net["sweeps"].notna()]
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
    done = reduced(PredictedLearningCurve())
    assert "for linear nets" in done.readme.lower()
    wanted = [q for q, f in done.findings.items() if q.startswith(("one mode, s = 2", "four modes"))]
    assert len(wanted) == 5
    assert all(done.findings[quantity].reproduced for quantity in wanted)
