import dataclasses
import json
import math

import numpy as np

from record_examples import CURVES, config, run_record


def test_points_are_dated_from_start_to_end_in_proportion_to_their_epoch() -> None:
    record = dataclasses.replace(run_record(points=5), started=100.0, ended=110.0)  # epochs 0, 1, 2, 5, 10
    curve = next(record.curves())
    assert curve.times == [100_000, 101_000, 102_000, 105_000, 110_000]
    assert curve.steps == [0, 1, 2, 5, 10]


def test_what_is_not_finite_becomes_nan_and_nothing_else_changes() -> None:
    record = run_record(points=5, diverged=True)
    first, second, *_ = record.curves()
    assert [math.isnan(value) for value in first.values] == [False, False, False, True, True]
    assert first.values[:3] == record.values[:3, 0].tolist()
    assert second.values == record.values[:, 1].tolist()


def test_single_values_follow_the_curves() -> None:
    keys = [curve.key for curve in run_record().curves()]
    assert keys == [*CURVES, "accuracy/test_best", "gradient_check"]


def test_a_run_that_failed_at_once_has_single_values_only() -> None:
    record = dataclasses.replace(run_record(), epochs=np.empty(0, np.int64), values=np.empty((0, len(CURVES))))
    assert [curve.key for curve in record.curves()] == ["accuracy/test_best", "gradient_check"]


def test_the_whole_configuration_travels_with_the_run() -> None:
    record = run_record()
    tags = record.stored_tags("parent")
    assert json.loads(tags["chainrule.config"]) == config()
    assert json.loads(tags["chainrule.swept"]) == ["learning_rate", "seed"]
    assert tags["mlflow.parentRunId"] == "parent"
    assert "mlflow.parentRunId" not in record.stored_tags(None)


def test_a_configuration_that_no_tag_can_hold_stays_json() -> None:
    long = {**config(), "hidden": [8] * 4000, "learning_rate_scale": [0.1] * 1000}
    record = dataclasses.replace(run_record(), tags={"chainrule.config": json.dumps(long)})
    stored = record.stored_tags(None)["chainrule.config"]
    assert len(stored) <= 8000
    assert json.loads(stored) == {**long, "hidden": "..."}  # the keys keep their order
    assert list(json.loads(stored)) == list(long)
