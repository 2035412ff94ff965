"""The flat array and its views, and the samples' layout."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.components import create
from chainrule.core.data import Split, encode_labels
from chainrule.core.parameters import Parameters, is_trained, parameter_count
from chainrule.core.streams import streams

SIZES = (3, 2, 4)


def test_count_is_weights_and_biases() -> None:
    assert parameter_count(SIZES) == (3 * 2 + 2) + (2 * 4 + 4)
    assert parameter_count((5, 1)) == 6


def test_views_share_the_flat_array() -> None:
    parameters = Parameters(SIZES, np.arange(40.0).reshape(2, 20))
    assert [W.shape for W in parameters.weights] == [(2, 2, 3), (2, 4, 2)]
    assert [b.shape for b in parameters.biases] == [(2, 2, 1), (2, 4, 1)]
    np.testing.assert_array_equal(parameters.blocks[0][1], [[20.0, 21.0, 22.0, 23.0], [24.0, 25.0, 26.0, 27.0]])
    parameters.weights[1][1, 0, 0] = -1.0
    parameters.biases[0][0, 1, 0] = -2.0
    assert parameters.flat[1, 8] == -1.0
    assert parameters.flat[0, 7] == -2.0


def test_of_and_run_are_each_others_inverse() -> None:
    rng = np.random.default_rng(0)
    W, b = [rng.normal(size=(2, 3)), rng.normal(size=(4, 2))], [rng.normal(size=2), rng.normal(size=4)]
    weights, biases = Parameters.of(W, b).run(0)
    for ours, theirs in zip([*weights, *biases], [*W, *b], strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("trained", "kept"), [("all", [True, True]), ("hidden", [True, False]), ("none", [False] * 2)])
def test_freeze_holds_biases_only(trained: str, kept: list[bool]) -> None:
    gradient = Parameters(SIZES, np.ones((2, 20)))
    gradient.freeze(trained)
    assert all((W == 1.0).all() for W in gradient.weights)
    assert [bool((b == 1.0).all()) for b in gradient.biases] == kept
    assert [bool((b == 0.0).all()) for b in gradient.biases] == [not one for one in kept]


@pytest.mark.parametrize(
    ("trained", "marks"), [("all", "1111 1111 111"), ("hidden", "1111 1111 110"), ("none", "1110 1110 110")]
)
def test_which_entries_are_trained(trained: str, marks: str) -> None:
    assert is_trained((3, 2, 1), trained).tolist() == [mark == "1" for mark in marks.replace(" ", "")]


def test_a_part_carries_its_ones_and_turns_to_columns() -> None:
    part = Split.of(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([[0.0], [1.0], [0.0]]), "float32")
    inputs, targets = part.columns()
    assert len(part) == 3
    np.testing.assert_array_equal(inputs, [[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0], [1.0, 1.0, 1.0]]])
    np.testing.assert_array_equal(targets, [[[0.0, 1.0, 0.0]]])
    assert inputs.dtype == targets.dtype == np.float32


@pytest.mark.parametrize(
    ("output", "classes", "units", "expected"),
    [
        ("sigmoid", 2, 1, [[0.0], [1.0], [1.0]]),
        ("tanh", 2, 1, [[-1.0], [1.0], [1.0]]),
        ("softmax", 2, 2, [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
        ("tanh", 3, 3, [[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]]),
        ("sigmoid", 3, 3, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]),
    ],
)
def test_labels_become_the_outputs_own_yes_and_no(
    output: str, classes: int, units: int, expected: list[list[float]]
) -> None:
    encoded = encode_labels(np.array([0, 1, 1]), classes, create("output", output), units)
    np.testing.assert_array_equal(encoded, expected)
    assert encoded.dtype == np.float64


def test_the_streams_of_a_seed_are_three_and_its_own() -> None:
    def draw(sequence: np.random.SeedSequence) -> float:
        return float(np.random.default_rng(sequence).random())

    first, again, other = streams(3), streams(3), streams(4)
    drawn = [draw(s) for each in (first, other) for s in (each.weights, each.batches, each.directions)]
    assert len(set(drawn)) == 6
    assert draw(again.batches) == drawn[1]
    # drawing weights, however many, leaves the order of the batches alone
    np.random.default_rng(again.weights).random(1000)
    assert draw(again.batches) == drawn[1]
