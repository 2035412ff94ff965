"""Mazur (2015), "A Step by Step Backpropagation Example", with its arithmetic written out.

Two inputs, two sigmoid hidden units, two sigmoid outputs, C = sum of (target - out)^2 / 2, rate 0.5, biases kept.
"""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from chainrule import backprop, train

X, Y = [[0.05, 0.10]], [[0.01, 0.99]]
W = [np.array([[0.15, 0.20], [0.25, 0.30]]), np.array([[0.40, 0.45], [0.50, 0.55]])]
B = [np.array([0.35, 0.35]), np.array([0.60, 0.60])]

# forwards
NET_H1 = 0.15 * 0.05 + 0.20 * 0.10 + 0.35
NET_H2 = 0.25 * 0.05 + 0.30 * 0.10 + 0.35
OUT_H1, OUT_H2 = 1.0 / (1.0 + exp(-NET_H1)), 1.0 / (1.0 + exp(-NET_H2))
NET_O1 = 0.40 * OUT_H1 + 0.45 * OUT_H2 + 0.60
NET_O2 = 0.50 * OUT_H1 + 0.55 * OUT_H2 + 0.60
OUT_O1, OUT_O2 = 1.0 / (1.0 + exp(-NET_O1)), 1.0 / (1.0 + exp(-NET_O2))
COST = (0.01 - OUT_O1) ** 2 / 2.0 + (0.99 - OUT_O2) ** 2 / 2.0
# backwards: output error, then upstream error times slope
DELTA_O1 = (OUT_O1 - 0.01) * OUT_O1 * (1.0 - OUT_O1)
DELTA_O2 = (OUT_O2 - 0.99) * OUT_O2 * (1.0 - OUT_O2)
DELTA_H1 = (0.40 * DELTA_O1 + 0.50 * DELTA_O2) * OUT_H1 * (1.0 - OUT_H1)
DELTA_H2 = (0.45 * DELTA_O1 + 0.55 * DELTA_O2) * OUT_H2 * (1.0 - OUT_H2)


def test_the_arithmetic_above_is_the_published_one() -> None:
    np.testing.assert_allclose(
        [NET_H1, NET_H2, NET_O1, NET_O2], [0.3775, 0.3925, 1.105905967, 1.224921404], rtol=0.0, atol=1e-9
    )
    np.testing.assert_allclose(
        [OUT_H1, OUT_H2, OUT_O1, OUT_O2], [0.593269992, 0.596884378, 0.75136507, 0.772928465], rtol=0.0, atol=1e-9
    )
    ours = [COST, DELTA_O1, DELTA_O1 * OUT_H1, DELTA_H1 * 0.05]
    np.testing.assert_allclose(ours, [0.298371109, 0.138498562, 0.082167041, 0.000438568], rtol=0.0, atol=1e-9)


def test_every_factor_of_the_pass() -> None:
    found = backprop(W, B, X, Y)
    assert found.cost == pytest.approx(COST, abs=1e-15)
    for arrays, expected in (
        (found.z, [NET_H1, NET_H2, NET_O1, NET_O2]),
        (found.activations, [0.05, 0.10, OUT_H1, OUT_H2, OUT_O1, OUT_O2]),
        (found.slopes, [a * (1.0 - a) for a in (OUT_H1, OUT_H2, OUT_O1, OUT_O2)]),
        (found.deltas, [DELTA_H1, DELTA_H2, DELTA_O1, DELTA_O2]),
    ):
        np.testing.assert_allclose(np.concatenate(arrays, axis=1), [expected], rtol=1e-14)
    np.testing.assert_array_equal(found.outputs, found.activations[-1])
    by_hand = [[DELTA_O1 * OUT_H1, DELTA_O1 * OUT_H2], [DELTA_O2 * OUT_H1, DELTA_O2 * OUT_H2]]
    np.testing.assert_allclose(found.weight_gradients[1], by_hand, rtol=1e-14)
    by_hand = [[DELTA_H1 * 0.05, DELTA_H1 * 0.10], [DELTA_H2 * 0.05, DELTA_H2 * 0.10]]
    np.testing.assert_allclose(found.weight_gradients[0], by_hand, rtol=1e-14)
    np.testing.assert_allclose(found.bias_gradients, [[DELTA_H1, DELTA_H2], [DELTA_O1, DELTA_O2]], rtol=1e-14)


def test_one_update_with_the_biases_kept() -> None:
    trained = train(W, B, X, Y, learning_rate=0.5, epochs=1, train_biases=False)
    published = [[0.35891648, 0.408666186], [0.51130127, 0.561370121]]
    np.testing.assert_allclose(trained.weights[1], published, rtol=0.0, atol=1e-9)
    published = [[0.149780716, 0.19956143], [0.24975114, 0.29950229]]
    np.testing.assert_allclose(trained.weights[0], published, rtol=0.0, atol=5e-9)  # half of the last printed digit
    np.testing.assert_allclose(trained.weights[1][0, 0], 0.40 - 0.5 * DELTA_O1 * OUT_H1, rtol=0.0, atol=1e-15)
    np.testing.assert_allclose(trained.weights[0][1, 1], 0.30 - 0.5 * DELTA_H2 * 0.10, rtol=0.0, atol=1e-15)
    np.testing.assert_array_equal(trained.biases, B)
    assert trained.history.loc[0, "cost/train"] == pytest.approx(COST, abs=1e-15)
    assert trained.history.loc[1, "cost/train"] < COST


def test_with_the_biases_trained_they_move_by_rate_times_delta() -> None:
    trained = train(W, B, X, Y, learning_rate=0.5, epochs=1)
    expected = [[0.35 - 0.5 * DELTA_H1, 0.35 - 0.5 * DELTA_H2], [0.60 - 0.5 * DELTA_O1, 0.60 - 0.5 * DELTA_O2]]
    np.testing.assert_allclose(trained.biases, expected, rtol=1e-14)
