"""Points of several sources in one order, without a store."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.reading.points import Points


def rows(points: Points, metrics: list[str]) -> list[tuple[Any, ...]]:
    return list(points.frame(metrics).itertuples(index=False, name=None))


def add(points: Points, runs: list[str], *found: tuple[int, int, int, float]) -> None:
    """Add (run, metric, epoch, value), the first two as numbers in `runs` and in cost, slope and a single value."""
    run, metric, epoch, value = (np.array(column) for column in zip(*found, strict=True))
    points.add_columns(runs, run, ["cost/train", "slope/layer_1", "accuracy/test_best"], metric, epoch, value)


def test_runs_and_metrics_come_as_asked_whatever_the_source_has() -> None:
    points = Points(["b", "a"], None)
    add(points, ["a", "x", "b"], (0, 0, 0, 1.0), (0, 0, 3, 2.0), (1, 0, 0, 9.0), (2, 1, 0, 4.0), (2, 0, 0, 3.0))
    assert points.missing() == []
    assert points.known == {"cost/train", "slope/layer_1"}
    assert rows(points, ["slope/layer_1", "cost/train"]) == [
        ("b", "slope/layer_1", 0, 4.0),
        ("b", "cost/train", 0, 3.0),
        ("a", "cost/train", 0, 1.0),
        ("a", "cost/train", 3, 2.0),
    ]


def test_a_frame_without_rows_has_the_types_of_one_with_some() -> None:
    empty, frame = Points(["a"], None), Points(["a"], None)
    add(frame, ["a"], (0, 0, 0, 1.0))
    frames = [empty.frame([]), Points([], None).frame([]), frame.frame(["cost/train"])]
    for each in frames:
        assert each.columns.tolist() == ["run", "metric", "epoch", "value"]
        assert [each[name].cat.categories.dtype for name in ("run", "metric")] == ["str", "str"]
        assert [each[name].dtype for name in ("epoch", "value")] == ["int64", "float64"]
    assert [len(each) for each in frames] == [0, 0, 1]


def test_known_are_the_curves_of_the_runs_asked_for_wanted_or_not() -> None:
    points = Points(["a"], ["cost/train"])
    add(points, ["x", "a"], (0, 1, 0, 9.0), (1, 0, 0, 1.0), (1, 2, 0, 0.5))
    assert points.known == {"cost/train"}  # only x has a slope, and a single value is no curve
    assert points.select(["slope/layer_2", "gradient_check", "cost/train"]) == ["cost/train"]
    assert points.known == {"cost/train", "slope/layer_2"}
    assert rows(points, ["cost/train"]) == [("a", "cost/train", 0, 1.0)]


def test_the_first_source_that_has_a_run_counts() -> None:
    points = Points(["a", "b", "c"], None)
    add(points, ["a"], (0, 0, 0, 1.0))
    add(points, ["b", "a"], (0, 0, 0, 2.0), (1, 0, 0, 9.0), (1, 0, 1, 9.0))
    assert points.missing() == ["c"]
    points.mark_read(["c", "x"])
    assert points.missing() == []
    assert rows(points, ["cost/train"]) == [("a", "cost/train", 0, 1.0), ("b", "cost/train", 0, 2.0)]


def test_of_an_epoch_logged_twice_the_later_point_counts() -> None:
    points = Points(["a", "b"], None)
    points.add_curve("b", "cost/train", np.array([0, 2, 2, 5]), np.array([1.0, 2.0, 3.0, 4.0]))
    points.add_curve("a", "cost/train", np.array([5]), np.array([0.5]))
    assert rows(points, ["cost/train"]) == [
        ("a", "cost/train", 5, 0.5),
        ("b", "cost/train", 0, 1.0),
        ("b", "cost/train", 2, 3.0),
        ("b", "cost/train", 5, 4.0),
    ]
