"""The variance of a score, split among what was swept: against an example worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chainrule.reading.importance import importance


def frame(scores: dict[tuple[object, ...], list[float]], keys: tuple[str, ...] = ("init", "learning_rate")):
    rows = [
        {**dict(zip(keys, levels, strict=True)), "seed": seed, "accuracy/test": score, "cost/train": 0.1}
        for levels, own in scores.items()
        for seed, score in enumerate(own)
    ]
    runs = pd.DataFrame(rows)
    runs["outcome"] = np.where(runs["accuracy/test"].isna(), "diverged", "finished")
    runs.attrs["swept"] = (*keys, "seed")
    return runs


HALF = {("zeros", 0.1): [1.0, 3.0], ("zeros", 1.0): [5.0, 7.0]}
BY_HAND = {**HALF, ("normal", 0.1): [2.0, 4.0], ("normal", 1.0): [10.0, 12.0]}


def test_two_keys_by_hand() -> None:
    """Means 2, 6, 3, 11 around 5.5: rows 4 and 7, columns 2.5 and 8.5; what is left of each is 1; within each, 1."""
    found = importance(frame(BY_HAND))
    assert found is not None
    assert found.score == "accuracy/test"
    assert found.variance == pytest.approx(2.25 + 9.0 + 1.0 + 1.0)
    assert list(found.shares) == [("learning_rate",), ("init",), ("init", "learning_rate")]
    assert list(found.shares.values()) == pytest.approx([9 / 13.25, 2.25 / 13.25, 1 / 13.25])
    assert found.seeds == pytest.approx(1 / 13.25)
    assert (found.higher, found.settings, found.left_out) == (0.0, 4, ())
    assert found.variance == pytest.approx(np.var([score for own in BY_HAND.values() for score in own]))


def test_a_setting_counts_alike_however_many_seeds_it_has() -> None:
    uneven = {**BY_HAND, ("zeros", 0.1): [2.0], ("normal", 1.0): [10.0, 11.0, 12.0]}
    found = importance(frame(uneven))
    assert found is not None
    assert found.variance == pytest.approx(12.25 + (0 + 1 + 1 + 2 / 3) / 4)


def test_three_keys_add_up_and_the_rest_is_higher() -> None:
    rng = np.random.default_rng(0)
    levels = [(a, b, c) for a in (1, 2, 3) for b in (0.0, 0.1) for c in ("x", "y", "z")]
    runs = frame({each: list(rng.normal(size=2)) for each in levels}, ("batch_size", "l2", "schedule"))
    found = importance(runs)
    assert found is not None
    assert len(found.shares) == 6
    assert sum(found.shares.values()) + found.higher + found.seeds == pytest.approx(1.0)
    assert found.higher > 0
    assert found.variance == pytest.approx(np.var(runs["accuracy/test"]))


def test_values_without_a_score_are_left_out_and_named() -> None:
    nan = float("nan")
    wide = {**BY_HAND, ("zeros", 10.0): [nan, nan], ("normal", 10.0): [9.0, nan], ("normal", 100.0): [nan, nan]}
    found = importance(frame({**wide, ("zeros", 100.0): [nan, nan]}))
    assert found is not None
    assert found.left_out == (
        "7 runs diverged or failed and have no score: their settings count by the other seeds",
        "learning rate 10, 100: without a score in some combination, left out",
    )
    assert found.variance == pytest.approx(13.25)


def test_what_is_no_grid_has_no_importance() -> None:
    apart = {(f"name{k}", k / 7, k): [float(k)] for k in range(1, 9)}
    assert importance(frame(apart, ("activation", "learning_rate", "batch_size"))) is None
    assert importance(frame({("zeros", 0.1): [1.0, 2.0]})) is None
    gone = {levels: [float("nan")] for levels in BY_HAND}
    assert importance(frame(gone)) is None


def test_where_nothing_varies_nothing_matters() -> None:
    found = importance(frame({levels: [0.5, 0.5] for levels in BY_HAND}))
    assert found is not None
    assert (found.variance, found.shares, found.seeds) == (0.0, {}, 0.0)
