"""Whatever network and sample is explained: the factors are measured facts, and their product is the gradient."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import chainrule
from chainrule.components import create, names
from chainrule.errors import InputError
from chainrule.explain.explanation import network_walk
from chainrule.explain.factors import bias_chain, weight_chain
from chainrule.explain.paths import strongest_path
from chainrule.explain.request import Request
from chainrule.explain.subject import Subject
from chainrule.explain.walk import as_json
from chainrule.formats import number
from random_cases import cases

SMOOTH = ("sigmoid", "tanh", "lecun_tanh", "softplus", "gelu", "silu", "sine", "identity")
CLASSES = ("xor", "moons", "circles", "iris", "blobs")
NUMBERS = ("linnerud", "diabetes")


def asked(given: dict[str, Any]) -> Request:
    """A request, or a discarded example where the dataset has no such sample or the pair makes no sense."""
    try:
        return Request.of(given)
    except InputError:
        assume(False)
        raise


@st.composite
def networks(draw: st.DrawFn, activations: tuple[str, ...] = SMOOTH) -> dict[str, Any]:
    regression = draw(st.booleans())
    return {
        "dataset": draw(st.sampled_from(NUMBERS if regression else CLASSES)),
        "output": "identity" if regression else draw(st.sampled_from(["sigmoid", "softmax", "tanh"])),
        "cost": draw(st.sampled_from(names("cost"))),
        "hidden": draw(st.lists(st.integers(1, 5), max_size=3)),
        "activation": draw(st.sampled_from(activations)),
        "init": {"name": draw(st.sampled_from(["xavier_normal", "he_uniform", "normal"])), "bias": "normal"},
        "seed": draw(st.integers(0, 1000)),
        "sample": draw(st.integers(0, 60)),
        "learning_rate": draw(st.sampled_from([0.001, 0.5])),
    }


def cost_of(subject: Subject, weights: list[np.ndarray], biases: list[np.ndarray]) -> float:
    probe = subject.probe
    functions = {"activation": probe.activation, "output": probe.output, "cost": probe.cost}
    return chainrule.backprop(weights, biases, probe.X, probe.y, **functions).cost


def chains(subject: Subject) -> list[Any]:
    units = strongest_path(subject.probe).units
    pairs = list(enumerate(itertools.pairwise(units)))
    return [weight_chain(subject, layer, unit, source) for layer, (source, unit) in pairs] + [
        bias_chain(subject, layer, unit) for layer, (_, unit) in pairs
    ]


@settings(max_examples=cases(40), deadline=None)
@given(networks())
def test_every_factor_is_what_its_finite_difference_measures(wanted: dict[str, Any]) -> None:
    for chain in chains(asked(wanted).subject()):
        for factor in (*chain.factors, chain.product):
            assume(abs(factor.finite_difference.by) > 1e-9)  # a saturated output moves by rounding only
            assert factor.confirmed
            # what the finite step itself is off by shows where a long product of curved functions is nearly flat
            assert factor.finite_difference.ratio == pytest.approx(factor.value, rel=1e-4, abs=1e-8)


@settings(max_examples=cases(40), deadline=None)
@given(networks(tuple(names("activation"))))
def test_the_factors_multiply_to_the_gradient(wanted: dict[str, Any]) -> None:
    for chain in chains(asked(wanted).subject()):
        product = math.prod(factor.value for factor in chain.factors)
        assert product == pytest.approx(chain.product.value, rel=1e-9, abs=1e-15)


@settings(max_examples=cases(25), deadline=None)
@given(networks())
def test_the_gradient_is_that_of_finite_differences(wanted: dict[str, Any]) -> None:
    subject = asked(wanted).subject()
    probe, units = subject.probe, strongest_path(subject.probe).units
    for layer, (source, unit) in enumerate(itertools.pairwise(units)):
        costs = []
        for by in (1e-6, -1e-6):
            weights = [w.copy() for w in probe.weights]
            weights[layer][unit, source] += by
            costs.append(cost_of(subject, weights, probe.biases))
        measured = (costs[0] - costs[1]) / 2e-6
        assert weight_chain(subject, layer, unit, source).product.value == pytest.approx(measured, rel=1e-4, abs=1e-8)


@settings(max_examples=cases(40), deadline=None)
@given(networks(tuple(names("activation"))))
def test_no_other_path_counts_more_and_all_paths_add_up(wanted: dict[str, Any]) -> None:
    probe = asked(wanted).subject().probe
    run, path = probe.result, strongest_path(probe)
    contributions: dict[tuple[int, ...], float] = {}
    for units in itertools.product(*(range(a.shape[1]) for a in run.activations)):
        value = run.activations[0][0, units[0]] * run.deltas[-1][0, units[-1]]
        for layer in range(1, probe.depth):
            value *= probe.weights[layer][units[layer + 1], units[layer]] * run.slopes[layer - 1][0, units[layer]]
        contributions[units] = float(value)
    largest = max(map(abs, contributions.values()))
    assert abs(path.contribution) == pytest.approx(largest, rel=1e-9, abs=1e-300)
    assert contributions[path.units] == pytest.approx(path.contribution, rel=1e-9)
    sharing = [value for units, value in contributions.items() if units[:2] == path.units[:2]]
    gradient = run.weight_gradients[0][path.units[1], path.units[0]]
    assert sum(sharing) == pytest.approx(gradient, rel=1e-9, abs=1e-12)
    assert path.ways == len(sharing)


@settings(max_examples=cases(30), deadline=None)
@given(networks())
def test_a_small_step_lowers_the_cost(wanted: dict[str, Any]) -> None:
    subject = asked(wanted).subject()
    run = subject.probe.result
    slope = sum(float((g**2).sum()) for g in [*run.weight_gradients, *run.bias_gradients])
    assume(slope > 1e-8)
    after = subject.probe.stepped(1e-4 / max(slope, 1.0))
    weights = [w - 1e-4 / max(slope, 1.0) * g for w, g in zip(subject.probe.weights, run.weight_gradients, strict=True)]
    biases = [b - 1e-4 / max(slope, 1.0) * g for b, g in zip(subject.probe.biases, run.bias_gradients, strict=True)]
    assert after.result.cost == cost_of(subject, weights, biases)
    assert after.result.cost < run.cost


@settings(max_examples=cases(15), deadline=None)
@given(networks(tuple(names("activation"))), st.sampled_from([80, 100, 120]))
def test_text_and_json_hold_the_same_numbers_and_the_text_fits(
    text_of: Callable[..., str], wanted: dict[str, Any], width: int
) -> None:
    walk = network_walk(asked(wanted))
    text = text_of(walk, width)
    assert max(map(len, text.splitlines())) <= width
    flowing = " ".join(text.split())
    for chapter in json.loads(as_json(walk))["chapters"]:
        for block in chapter["blocks"]:
            if block["kind"] == "chain":
                for factor in (*block["factors"], block["product"]):
                    assert f"= {number(factor['value'])} " in flowing
                    measured = factor["finite_difference"]
                    assert f"{measured['moved']} by {number(measured['by'])}" in flowing
            if block["kind"] == "table":
                cells = [cell for row in block["rows"] for cell in row if isinstance(cell, float)]
                assert all(f" {number(cell)}" in flowing for cell in cells)
            if block["kind"] == "working":
                assert all(f"= {number(line['value'])} " in flowing for line in block["lines"])


def test_a_corner_is_told_and_not_hidden(text_of: Callable[..., str]) -> None:
    subject = Request.of({"dataset": "xor", "activation": "relu", "init": "zeros", "hidden": [1]}).subject()
    slope = weight_chain(subject, 0, 0, 0).factors[1]
    assert subject.probe.result.z[0][0, 0] == 0.0
    assert not slope.confirmed
    walk = network_walk(Request.of({"dataset": "xor", "activation": "relu", "init": "zeros", "hidden": [1]}))
    assert "the two need not agree" in " ".join(text_of(walk).split())


@pytest.mark.parametrize("activation", names("activation"))
def test_the_slope_has_no_factor_where_it_is_known_to_be_one(activation: str) -> None:
    subject = Request.of({"dataset": "diabetes", "hidden": [2], "activation": activation}).subject()
    error, slope, leverage = weight_chain(subject, 1, 0, 0).factors  # the output of a regression is the sum itself
    assert slope.value == 1.0
    assert error.value == pytest.approx(float(subject.probe.result.outputs[0, 0] - subject.probe.y[0, 0]))
    assert leverage.value == create("activation", activation).value(subject.probe.result.z[0][0, 0])
