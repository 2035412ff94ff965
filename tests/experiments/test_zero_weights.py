"""Equal starts stay equal, on a smaller budget and in hand-made snapshots."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.reading.parameters import Snapshot
from experiments.zero_weights.study import (
    accuracies,
    first,
    group_sizes,
    group_words,
    of,
    pixel_paths,
    second_over_first,
    singular_values,
)


@pytest.fixture(scope="session")
def evidence(reduced):
    return reduced("zero_weights").evidence


def snapshot(*rows: list[float]) -> Snapshot:
    return Snapshot(1, [np.array(rows)], [np.zeros(len(rows))])


def test_groups_are_units_with_the_same_weights() -> None:
    assert group_sizes(snapshot([1, 2], [1, 2], [1, 3], [1, 2 + 1e-9])) == [3, 1]
    assert group_words([3, 1]) == "groups of 3 and 1"
    assert group_words([4]) == "a group of 4"


def test_equal_rows_have_one_singular_value() -> None:
    ratios = second_over_first([snapshot([0, 0], [0, 0]), snapshot([1, 2], [1, 2]), snapshot([3, 0], [0, 1])])
    assert np.isnan(ratios.iloc[0])
    assert ratios.iloc[1] < 1e-15
    assert ratios.iloc[2] == pytest.approx(1 / 3)


def test_xor_from_zeros_never_moves(evidence) -> None:
    zeros = of(evidence, "xor", "zeros")
    assert (evidence.curve(zeros, "cost/train") == 0.125).all(axis=None)
    assert (evidence.curve(zeros, "gradient_norm/total") == 0).all(axis=None)
    assert of(evidence, "xor", "normal")["cost/train"].max() < 0.125


def test_equal_units_move_together_and_random_ones_apart(evidence) -> None:
    for init in ("zeros", "constant"):
        paths = pixel_paths(first(evidence, "equal", init))
        assert np.ptp(paths.iloc[-1]) < 1e-9
        assert paths.nunique().max() > 1
    assert np.ptp(pixel_paths(first(evidence, "random", "xavier_normal")).iloc[-1]) > 0.1
    values = singular_values(evidence)
    assert max(values["zeros"][1], values["constant"][1]) < 1e-3
    assert values["random"][1] > 0.1


def test_equal_units_learn_less(evidence) -> None:
    final = {name: curves.iloc[-1].median() for name, curves in accuracies(evidence).items()}
    assert final["random"] > 2 * max(final["zeros"], final["constant"], final["one unit"])
