"""The pivots: what a cell means, and which setting is the best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.reading import tables
from random_cases import cases


def sweep(
    scores: dict[tuple[str, float], list[float]], score: str = "accuracy/test", swept: tuple[str, ...] | None = None
) -> pd.DataFrame:
    """Runs from (init, rate) -> one score a seed; NaN is a run that diverged."""
    rows = [
        {"init": init, "learning_rate": rate, "seed": seed, score: value, "cost/train": 1 - value}
        for (init, rate), values in scores.items()
        for seed, value in enumerate(values)
    ]
    runs = pd.DataFrame(rows)
    runs.insert(0, "run", [f"run{i}" for i in range(len(runs))])
    runs["outcome"] = np.where(runs[score].isna(), "diverged", "finished")
    runs.attrs["swept"] = swept or ("learning_rate", "init", "seed")
    return runs


ANY_SCORE = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, float("nan")])
CELL = st.lists(ANY_SCORE, min_size=1, max_size=5)
SWEEPS = st.dictionaries(
    st.tuples(st.sampled_from(["zeros", "he_normal", "orthogonal"]), st.sampled_from([0.01, 0.3, 1.0, 30.0])),
    CELL,
    min_size=1,
).map(sweep)


def by_hand(runs: pd.DataFrame) -> dict[tuple[str, float], float]:
    """The median of each cell, written out: NaN where more than half diverged."""
    cells: dict[tuple[str, float], list[float]] = {}
    for init, rate, value in zip(runs["init"], runs["learning_rate"], runs["accuracy/test"], strict=True):
        cells.setdefault((init, rate), []).append(value)
    medians = {}
    for key, values in cells.items():
        kept = sorted(v for v in values if v == v)
        enough = len(kept) >= len(values) / 2
        medians[key] = (kept[(len(kept) - 1) // 2] + kept[len(kept) // 2]) / 2 if enough else float("nan")
    return medians


@settings(max_examples=cases(30), deadline=None)
@given(SWEEPS)
def test_a_cell_is_the_median_of_what_finished_unless_most_of_it_diverged(runs: pd.DataFrame) -> None:
    grid, expected = tables.grid(runs, "init", "learning_rate"), by_hand(runs)
    for init in grid.median.index:
        for rate in grid.median.columns:
            value = expected.get((init, rate), float("nan"))
            assert grid.median.loc[init, rate] == pytest.approx(value, nan_ok=True)
            ran = (init, rate) in expected
            assert bool(grid.is_diverged.loc[init, rate]) == (ran and np.isnan(value))
            assert (grid.runs.loc[init, rate] > 0) == ran


@settings(max_examples=cases(30), deadline=None)
@given(SWEEPS, st.randoms(use_true_random=False))
def test_the_order_of_the_runs_does_not_matter(runs: pd.DataFrame, random) -> None:
    order = list(range(len(runs)))
    random.shuffle(order)
    one, other = (tables.grid(frame, "init", "learning_rate") for frame in (runs, runs.iloc[order]))
    pd.testing.assert_frame_equal(one.median, other.median.loc[one.median.index])
    pd.testing.assert_frame_equal(one.diverged, other.diverged.loc[one.median.index])


@settings(max_examples=cases(30), deadline=None)
@given(SWEEPS)
def test_the_best_of_a_row_is_the_largest_cell_and_of_equals_the_safest(runs: pd.DataFrame) -> None:
    medians = tables.grid(runs, "init", "learning_rate").median
    best = tables.best_by(runs, "init").set_index("init")
    finished = runs[runs["outcome"].eq("finished")]
    assert set(best.index) == set(medians.index)
    for init, row in medians.iterrows():
        if row.notna().any():
            these = finished[(finished["init"] == init) & finished["learning_rate"].isin(row.index[row == row.max()])]
            most = these.groupby("learning_rate").size().idxmax()
            assert best.loc[init].get("learning_rate", most) == most
            assert best.loc[init, "median"] == row.max()
        else:
            assert np.isnan(best.loc[init, "median"])
        of_this = runs[runs["init"].eq(init)]
        assert best.loc[init, "all_runs"] == len(of_this)
        assert best.loc[init, "all_diverged"] == of_this["outcome"].eq("diverged").sum()


@settings(max_examples=cases(30), deadline=None)
@given(SWEEPS)
def test_settings_come_best_first_with_ordered_quartiles(runs: pd.DataFrame) -> None:
    table = tables.over_seeds(runs, ["init", "learning_rate"])
    known = table.dropna(subset="median")
    assert known["median"].is_monotonic_decreasing
    assert list(table.index[: len(known)]) == list(known.index)
    assert (np.diff(known[list(tables.QUARTILES)].to_numpy(), axis=1) >= 0).all()


def test_a_setting_has_the_quartiles_and_the_range_of_its_seeds() -> None:
    (row,) = tables.over_seeds(sweep({("zeros", 1.0): [0.4, 0.0, 0.1, 0.8, 0.2]}), ["init"]).to_dict("records")
    assert [row[name] for name in ("low", "lower", "median", "upper", "high")] == [0.0, 0.1, 0.2, 0.4, 0.8]
    assert (row["runs"], row["diverged"], row["within_noise"]) == (5, 0, True)


def test_of_costs_the_smallest_is_best() -> None:
    runs = sweep({("zeros", 1.0): [0.5], ("he_normal", 1.0): [0.1]}, score="cost/test").drop(columns="cost/test")
    runs["cost/train"] = [0.5, 0.1]
    grid = tables.grid(runs)
    assert grid.score == "cost/train"
    assert list(grid.median.index[grid.is_best.any(axis=1)]) == ["he_normal"]
    assert tables.best_run(runs)["init"] == "he_normal"


def test_equally_good_cells_share_being_best_and_a_lone_cell_is_none() -> None:
    shared = tables.grid(sweep({("zeros", 1.0): [0.9], ("zeros", 2.0): [0.9], ("zeros", 3.0): [0.1]}))
    assert shared.is_best.to_numpy().tolist() == [[True, True, False]]
    assert not tables.grid(sweep({("zeros", 1.0): [0.9]})).is_best.any(axis=None)
    assert not tables.grid(sweep({("a", 1.0): [np.nan], ("a", 2.0): [np.nan]})).is_best.any(axis=None)


def test_exactly_half_diverged_is_a_share_and_no_verdict() -> None:
    grid = tables.grid(sweep({("he_normal", 1.0): [0.8, np.nan, 0.6, np.nan]}), "init", "learning_rate")
    assert grid.median.to_numpy().tolist() == [[0.7]]
    assert (grid.diverged.iat[0, 0], grid.runs.iat[0, 0], grid.is_diverged.iat[0, 0]) == (2, 4, False)


def test_other_swept_keys_are_taken_at_their_best_and_named() -> None:
    weak, strong = (sweep({("zeros", 1.0): [s], ("he_normal", 3.0): [s + 0.1]}) for s in (0.3, 0.6))
    runs = pd.concat([weak.assign(l2=0.1), strong.assign(l2=0.0)], ignore_index=True)
    runs.attrs["swept"] = ("learning_rate", "init", "l2", "seed")
    grid = tables.grid(runs)
    assert grid.others == ("l2",)
    assert grid.median.loc["zeros", 1.0] == 0.6
    assert grid.title == "test accuracy, at the best l2 of each cell"
    best = tables.best_by(runs, "init").iloc[0]
    assert (best["init"], best["learning_rate"], best["l2"]) == ("he_normal", 3.0, 0.0)
    assert list(tables.runs_of(runs, best)["accuracy/test"]) == [0.7]


def test_a_title_names_seeds_and_all_that_is_taken_at_its_best() -> None:
    parts = [sweep({("zeros", 1.0): [s, s], ("zeros", 3.0): [s, s]}) for s in (0.3, 0.4, 0.5, 0.6)]
    rest = [{"l2": l2, "batch_size": size} for l2 in (0.0, 0.1) for size in (8, 16)]
    runs = pd.concat([part.assign(**own) for part, own in zip(parts, rest, strict=True)], ignore_index=True)
    runs.attrs["swept"] = ("learning_rate", "l2", "batch_size", "seed")
    title = tables.grid(runs, "init", "learning_rate").title
    assert title == "median test accuracy over 2 seeds, at the best l2 and batch size of each cell"


def test_settings_that_were_not_run_together_do_not_lend_each_other_their_noise() -> None:
    """The grid has holes; best_by has a row for each value and no column for what it counted them by."""
    high, low = [0.9, 0.91, 0.92, 0.93, 0.94], [0.1, 0.11, 0.12, 0.13, 0.14]
    runs = sweep({("zeros", 1.0): low, ("zeros", 3.0): low, ("he_normal", 2.0): high, ("orthogonal", 3.0): high})
    table = tables.over_seeds(runs, ["init", "learning_rate"])
    assert dict(zip(table["init"], table["within_noise"], strict=True)) == {
        "he_normal": True,
        "orthogonal": True,
        "zeros": False,
    }
    best = tables.best_by(runs, "init")
    counts = ["runs", *tables.LOST]
    seeds = [*counts, *tables.QUARTILES, "within_noise"]
    assert list(best.columns) == ["init", "learning_rate", *seeds, *(f"all_{count}" for count in counts)]
    assert best[["init", "runs", "all_runs"]].to_numpy().tolist() == [
        ["he_normal", 5, 5],
        ["orthogonal", 5, 5],
        ["zeros", 5, 10],
    ]


def test_the_best_run_has_the_best_score_and_of_equals_the_lowest_cost() -> None:
    runs = sweep({("zeros", 1.0): [0.9, 0.9, 0.2], ("he_normal", 1.0): [np.nan]})
    runs["cost/train"] = [0.3, 0.1, 0.0, 0.0]
    assert tables.best_run(runs)["run"] == "run1"
    assert tables.best_run(runs[runs["outcome"].eq("diverged")]) is None


def test_stuck_runs_count_as_what_they_are_and_beside_it() -> None:
    runs = sweep({("zeros", 1.0): [0.5, 0.5, 0.9, np.nan], ("zeros", 2.0): [0.8, 0.8, 0.8, 0.8]})
    runs.loc[[0, 1], "outcome"] = "stuck"
    runs.loc[7, "outcome"] = "failed"
    first, second = tables.over_seeds(runs, ["learning_rate"]).to_dict("records")
    assert (second["median"], second["runs"], second["stuck"], second["diverged"], second["failed"]) == (
        0.5,
        4,
        2,
        1,
        0,
    )
    assert (first["runs"], first["failed"]) == (3, 1)
    grid = tables.grid(runs)
    assert grid.is_stuck.to_numpy().tolist() == [[True, False]]
    best = tables.best_by(runs).iloc[0]
    assert [best[f"all_{outcome}"] for outcome in tables.LOST] == [1, 2, 1]


def test_what_seeds_can_not_tell_from_the_best_is_within_noise() -> None:
    scores = {
        ("zeros", 1.0): [0.50, 0.96, 0.50, 0.96, 0.9],
        ("zeros", 2.0): [0.93, 0.94, 0.95, 0.96, 0.97],
        ("zeros", 3.0): [0.80, 0.81, 0.82, 0.83, 0.84],
        ("zeros", 4.0): [0.99, np.nan, np.nan, np.nan, 0.99],
    }
    grid = tables.grid(sweep(scores))
    assert grid.within_noise.to_numpy().tolist() == [[True, True, False, False]]
    assert grid.is_best.to_numpy().tolist() == [[False, True, False, False]]
    assert grid.is_near_best.to_numpy().tolist() == [[True, False, False, False]]
    costs = sweep(scores).drop(columns="accuracy/test")  # 1 - the score: the smallest is best
    assert tables.grid(costs).within_noise.to_numpy().tolist() == [[True, True, False, False]]


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([0.5, 0.7, 0.9], ["the best learning rate, 3, is the largest one swept: the optimum may lie beyond"]),
        ([0.9, 0.7, 0.5], ["the best learning rate, 1, is the smallest one swept: the optimum may lie beyond"]),
        ([0.5, 0.9, 0.7], []),
        ([0.5, 0.9, 0.9], []),  # no better than one inside
        ([0.5, 0.7, np.nan], []),  # what lies beyond has been looked at, and diverged
        ([np.nan, np.nan, np.nan], []),
    ],
)
def test_a_best_on_the_edge_of_the_grid_is_said(scores: list[float], said: list[str]) -> None:
    runs = sweep({("zeros", 1.0 + i): [score] for i, score in enumerate(scores)})

    assert tables.edges(runs) == said


def test_nothing_lies_below_a_decay_of_zero() -> None:
    runs = sweep({("zeros", 1.0): [0.9], ("zeros", 2.0): [0.5]}).rename(columns={"learning_rate": "l2"})
    runs["l2"] -= 1.0
    runs["learning_rate"] = 1.0
    runs.attrs["swept"] = ("l2",)
    assert tables.edges(runs) == []


def test_failed_runs_count_neither_as_results_nor_as_diverged() -> None:
    runs = sweep({("zeros", 1.0): [0.5, 0.7, 0.9]})
    runs.loc[2, "outcome"] = "failed"
    grid = tables.grid(runs, "init", "learning_rate")
    assert (grid.runs.iat[0, 0], grid.diverged.iat[0, 0]) == (2, 0)
    assert grid.median.iat[0, 0] == pytest.approx(0.6)


def test_the_score_is_the_one_more_runs_have() -> None:
    runs = sweep({("zeros", 1.0): [0.5, 0.7, 0.9]})
    assert tables.score_column(runs.assign(**{"r2/test": [np.nan, np.nan, 0.1]})) == "accuracy/test"
    assert tables.score_column(runs.rename(columns={"accuracy/test": "r2/test"})) == "r2/test"
    assert tables.score_column(runs.drop(columns="accuracy/test")) == "cost/train"


def validated(**columns: list[float]) -> pd.DataFrame:
    """Three rates, two seeds each: validation data prefer the second, test data the third, training data the first."""
    runs = sweep({("zeros", rate): [0.0, 0.0] for rate in (1.0, 2.0, 3.0)}, swept=("learning_rate", "seed"))
    return runs.assign(
        **{
            "accuracy/validation": [0.5, 0.6, 0.9, 0.8, 0.7, 0.6],
            "accuracy/test": [0.1, 0.2, 0.4, 0.3, 0.9, 1.0],
            "cost/train": [0.1, 0.1, 0.2, 0.2, 0.3, 0.3],
            "dataset.validation_size": 0.2,
            **columns,
        }
    )


def test_what_the_validation_data_prefer_is_chosen_and_the_test_score_told_of_it() -> None:
    runs = validated()
    assert tables.score_column(runs) == "accuracy/validation"
    assert tables.told_scores(runs) == ["accuracy/validation", "accuracy/test"]
    table = tables.over_seeds(runs, ["learning_rate"])
    assert table["learning_rate"].tolist() == [2.0, 3.0, 1.0]
    np.testing.assert_allclose(table["median"], [0.85, 0.65, 0.55])
    np.testing.assert_allclose(table["test"], [0.35, 0.95, 0.15])
    best = tables.best_run(runs)
    assert best is not None
    assert (best["accuracy/validation"], best["accuracy/test"]) == (0.9, 0.4)
    grid = tables.grid(runs)
    assert grid.title == "median validation accuracy over 2 seeds"
    assert grid.how_chosen == "chosen on the validation data: test accuracy 0.350"
    assert tables.edges(runs) == []
    assert tables.edges(runs.drop(columns="dataset.validation_size")) == [
        "the best learning rate, 3, is the largest one swept: the optimum may lie beyond"
    ]


def test_equally_good_cells_tell_how_far_their_test_scores_lie_apart() -> None:
    runs = validated(**{"accuracy/validation": [0.5, 0.6, 0.9, 0.9, 0.9, 0.9]})
    assert tables.grid(runs).how_chosen == "chosen on the validation data: test accuracy 0.350 to 0.950"
    assert tables.grid(runs.drop(columns="accuracy/test")).how_chosen == "chosen on the validation data"


@pytest.mark.parametrize("sizes", [[0.0, 0.2], [None, 0.2], ["none", "0.2"]])
def test_validation_data_choose_only_where_every_run_has_some(sizes: list[object]) -> None:
    runs = validated().assign(**{"dataset.validation_size": sizes * 3})
    assert tables.score_column(runs) == "accuracy/test"
    assert "test" not in tables.over_seeds(runs, ["learning_rate"])
    assert tables.grid(runs).how_chosen == "chosen on the test data"


def test_without_a_score_on_validation_data_their_cost_chooses() -> None:
    runs = validated(**{"cost/validation": [0.3, 0.3, 0.2, 0.1, 0.4, 0.4], "cost/test": [0.5, 0.5, 0.6, 0.8, 0.1, 0.1]})
    runs = runs.drop(columns=["accuracy/validation", "accuracy/test"])
    table = tables.over_seeds(runs, ["learning_rate"])
    assert table["learning_rate"].tolist() == [2.0, 1.0, 3.0]
    np.testing.assert_allclose(table["test"], [0.7, 0.5, 0.1])
    assert tables.grid(runs).how_chosen == "chosen on the validation data: test cost 0.700"


def test_a_cell_that_diverged_has_no_test_score_either() -> None:
    runs = validated().assign(outcome=["finished", "finished", "diverged", "diverged", "finished", "diverged"])
    table = tables.over_seeds(runs, ["learning_rate"]).set_index("learning_rate")
    assert table["test"].isna().to_dict() == {1.0: False, 2.0: True, 3.0: False}
    assert table.loc[3.0, "test"] == 0.9
