"""The story's neuron, against arithmetic written out here and against published figures."""

from __future__ import annotations

import math
from typing import TypeVar

import pytest

from chainrule.explain.walk import Block, Chain, Chapter, Curve, Instrument, Propagation, Question, Table, Walk, Working

B = TypeVar("B", bound=Block)

# w = 0.6, b = 0.3, x = 2, y = 0, learning rate 0.5
Z = 0.6 * 2.0 + 0.3
A = 1.0 / (1.0 + math.exp(-Z))
SLOPE = A * (1.0 - A)
GRADIENT = A * SLOPE * 2.0


def chapter(walk: Walk, key: str) -> Chapter:
    (found,) = [c for c in walk.chapters if c.key == key]
    return found


def blocks(found: Chapter, kind: type[B]) -> list[B]:
    return [block for block in found.blocks if isinstance(block, kind)]


def test_forwards(answer: Walk) -> None:
    (working,) = blocks(chapter(answer, "forward"), Working)
    z, a, cost = (line.value for line in working.lines)
    assert z == pytest.approx(1.5)
    assert a == pytest.approx(A)
    assert cost == pytest.approx(A * A / 2.0)


def test_the_nudge_telescopes(answer: Walk) -> None:
    (propagation,) = blocks(chapter(answer, "nudge"), Propagation)
    w, z, a, cost = propagation.stages
    assert [stage.ratio for stage in (z, a, cost)] == pytest.approx([2.0, SLOPE, A], rel=1e-6)
    assert z.ratio * a.ratio * cost.ratio == pytest.approx(cost.moved / w.moved)


def test_backwards(answer: Walk) -> None:
    weight, bias = blocks(chapter(answer, "backward"), Chain)
    assert [factor.value for factor in weight.factors] == pytest.approx([A, SLOPE, 2.0])
    assert weight.product.value == pytest.approx(GRADIENT)
    assert bias.product.value == pytest.approx(A * SLOPE)


def test_the_step_lowers_the_cost(answer: Walk) -> None:
    (table,) = blocks(chapter(answer, "step"), Table)
    label, _, old, new = table.rows[-1]
    assert label == "cost C"
    z = (0.6 - 0.5 * GRADIENT) * 2.0 + (0.3 - 0.5 * A * SLOPE)
    assert new == pytest.approx(0.5 / (1.0 + math.exp(-z)) ** 2)
    assert new < old


def test_leaving_the_slope_out_is_a_false_claim(answer: Walk) -> None:
    (table,) = blocks(chapter(answer, "why"), Table)
    measured, right, wrong = (row[1] for row in table.rows)
    assert measured == pytest.approx(right, rel=1e-6)
    assert wrong == pytest.approx(right / SLOPE)


def test_the_ceiling(answer: Walk) -> None:
    found = chapter(answer, "ceiling")
    (table,), (curve,) = blocks(found, Table), blocks(found, Curve)
    for z, a, rest, slope, measured in table.rows:
        assert slope == pytest.approx(a * rest, rel=1e-12)
        assert measured == pytest.approx(slope, rel=1e-6)
        assert slope <= 0.25
        assert (slope == 0.25) == (z == 0.0)
    assert max(curve.slopes) == curve.ceiling == 0.25
    assert curve.points[0].slope == pytest.approx(SLOPE)


def test_saturation_repeats_the_published_experiment(answer: Walk) -> None:
    # Nielsen 2015, ch. 3: one sigmoid neuron, input 1, target 0, rate 0.15, from (0.6, 0.9) and from (2, 2)
    (table,) = blocks(chapter(answer, "saturation"), Table)
    listening, deaf = (row[3:] for row in table.rows)
    assert listening == pytest.approx((0.817574476, 0.152739886, 0.093955695), abs=1e-9)
    assert deaf == pytest.approx((0.982013790, 0.933417473, 0.202848424), abs=1e-9)


def test_cross_entropy_cancels_the_slope(answer: Walk) -> None:
    (table,) = blocks(chapter(answer, "cross_entropy"), Table)
    for label, error, slope, delta in table.rows:
        assert delta == pytest.approx(error * slope, rel=1e-12)
        output = A if label.startswith("our") else 1.0 / (1.0 + math.exp(-4.0))
        assert delta == pytest.approx(output if label.endswith("cross-entropy") else output * output * (1.0 - output))


def test_depth_starves_the_sigmoid_and_only_the_sigmoid(answer: Walk) -> None:
    ledger, comparison = blocks(chapter(answer, "depth"), Table)
    so_far = 1.0
    for row in ledger.rows[1:]:
        so_far *= row[1]
        assert row[1] < 0.25
        assert row[2] == pytest.approx(so_far)
    norms = [row[-1] for row in ledger.rows]
    assert norms == sorted(norms, reverse=True)
    _, sigmoid, tanh, relu = comparison.rows[-1]
    assert sigmoid < 0.01
    assert min(tanh, relu) > 0.1


def test_each_step_of_the_argument_is_guessed_first(answer: Walk) -> None:
    def asked(key: str) -> Question:
        (question,) = blocks(chapter(answer, key), Question)
        return question

    assert f"*{A:.4g}*" in asked("forward").answer
    assert f"rises, by *{A * SLOPE * 2.0 * 1e-3:.4g}*: less" in asked("nudge").answer
    assert f"the slope: *{SLOPE:.4g}*; the others are {A:.4g} and 2" in asked("backward").answer
    (table,) = blocks(chapter(answer, "step"), Table)
    fall = table.rows[-1][2] - table.rows[-1][3]
    promised = 0.5 * (GRADIENT**2 + (A * SLOPE) ** 2)
    assert f"falls by {promised:.4g}" in asked("step").ask
    assert asked("step").answer == f"By more: *{fall:.4g}*."
    assert fall > promised
    assert f"*{1.0 / SLOPE:.4g} times*" in asked("why").answer
    assert "without 1/N" in asked("slips").answer
    (ledger, _) = blocks(chapter(answer, "depth"), Table)
    assert asked("depth").answer.startswith(f"*{ledger.rows[-1][-1] / ledger.rows[0][-1]:.4g}*")
    unasked = {c.key for c in answer.chapters if not blocks(c, Question)}
    told = {"answer", "instrument", "summary"}  # the first says what is to come, the last what was found
    assert {key for key in unasked if not key.startswith("two_layers_")} == told


def test_the_instrument_has_its_states_computed(answer: Walk) -> None:
    (instrument,) = blocks(chapter(answer, "instrument"), Instrument)
    own, undecided, right, wrong, deaf = instrument.states
    assert (own.w, own.x, own.b, own.y) == (0.6, 2.0, 0.3, 0.0)
    assert own.product == pytest.approx(GRADIENT)
    assert own.new_w == pytest.approx(0.6 - 0.5 * GRADIENT)
    assert (undecided.z, undecided.slope) == (0.0, 0.25)
    assert right.slope == wrong.slope
    assert abs(right.error) < 0.05 < 0.95 < wrong.error
    assert deaf.error > 0.99
    assert deaf.product < 0.001
    for state in instrument.states:
        assert state.product == pytest.approx(state.error * state.slope * state.input)
        assert state.new_cost <= state.cost
