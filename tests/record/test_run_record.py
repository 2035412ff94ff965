import dataclasses
import json
import math

import numpy as np
import pytest

from chainrule.record import run_record as run_records
from chainrule.record.run_record import milliseconds
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


def test_a_run_of_one_point_is_dated_at_its_start() -> None:
    record = dataclasses.replace(run_record(points=1), started=100.0, ended=110.0, scalars={"best": (7, np.inf)})
    *_, last, best = record.curves()
    assert (last.times, last.steps) == ([100_000], [0])
    assert (best.key, best.steps, math.isnan(best.values[0])) == ("best", [7], True)


def test_times_are_kept_in_whole_milliseconds() -> None:
    assert [milliseconds(seconds) for seconds in (1.2344, 1.2346, 1_700_000_000.25)] == [1234, 1235, 1_700_000_000_250]


def test_mlflows_interface_finds_the_tags_it_looks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_records, "_user", lambda: "somebody")
    own = {"chainrule.sweep": "s1", "mlflow.user": "another"}
    assert run_records.with_mlflow_tags("a run", own) == {
        "chainrule.sweep": "s1",
        "mlflow.runName": "a run",
        "mlflow.user": "somebody",
        "mlflow.source.name": "chainrule",
        "mlflow.source.type": "LOCAL",
    }


def test_a_user_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(run_records.getpass, "getuser", nobody)
    assert run_records._user.__wrapped__() == "unknown"


def test_texts_are_cut_to_what_mlflow_takes() -> None:
    assert run_records.cut_params({"a": "x" * 6001, "b": "y" * 6000}) == {"a": "x" * 6000, "b": "y" * 6000}
    assert run_records.cut_tags({"a": "x" * 8001, "b": "y" * 8000}) == {"a": "x" * 8000, "b": "y" * 8000}


def test_of_a_configuration_the_longest_values_go_until_it_fits() -> None:
    config = {"a": "x" * 40, "b": "y" * 30, "c": "z" * 20}
    whole = json.dumps(config)
    assert run_records._shorten(whole, len(whole)) == whole
    assert json.loads(run_records._shorten(whole, len(whole) - 1)) == {**config, "a": "..."}
    assert json.loads(run_records._shorten(whole, len(whole) - 37)) == {**config, "a": "..."}
    assert json.loads(run_records._shorten(whole, len(whole) - 38)) == {**config, "a": "...", "b": "..."}


def test_single_values_follow_the_curves() -> None:
    keys = [curve.key for curve in run_record().curves()]
    assert keys == [*CURVES, "accuracy/test_best", "gradient_check"]


def test_a_run_that_failed_at_once_has_single_values_only() -> None:
    record = dataclasses.replace(run_record(), epochs=np.empty(0, np.int64), values=np.empty((0, len(CURVES))))
    assert [curve.key for curve in record.curves()] == ["accuracy/test_best", "gradient_check"]


def test_the_whole_configuration_travels_with_the_run() -> None:
    record = run_record()
    tags = record.stored_tags("7", "parent")
    assert json.loads(tags["chainrule.config"]) == config()
    assert json.loads(tags["chainrule.swept"]) == ["learning_rate", "seed"]
    assert tags["mlflow.parentRunId"] == "parent"
    assert "mlflow.parentRunId" not in record.stored_tags("7", None)


def test_a_run_describes_itself_in_a_line() -> None:
    record = dataclasses.replace(run_record(points=3), values=np.arange(18.0).reshape(3, 6) / 8)
    told = "finished, 2 epochs: cost/train 1.5, cost/test 1.625, accuracy/test 1.75"
    assert record.stored_tags("7", None)["mlflow.note.content"] == told
    page = "#/experiments/7/runs/parent?workflowType=machine_learning"
    assert record.stored_tags("7", "parent")["mlflow.note.content"] == f"{told} · [its sweep]({page})"
    assert run_record(diverged=True).result().startswith("diverged, at epoch 7: cost/test ")
    reason = {"chainrule.outcome": "failed", "chainrule.error": "ValueError: <b>\nno"}
    failed = dataclasses.replace(record, tags=reason, epochs=np.zeros(0, np.int64), values=np.zeros((0, 0)))
    assert failed.result() == "failed: ValueError: <b> no"
    assert failed.stored_tags("7", None)["mlflow.note.content"] == "failed: ValueError: &lt;b> no"


def test_a_configuration_that_no_tag_can_hold_stays_json() -> None:
    long = {**config(), "hidden": [8] * 4000, "learning_rate_scale": [0.1] * 1000}
    record = dataclasses.replace(run_record(), tags={"chainrule.config": json.dumps(long)})
    stored = record.stored_tags("7", None)["chainrule.config"]
    assert len(stored) <= 8000
    assert json.loads(stored) == {**long, "hidden": "..."}  # the keys keep their order
    assert list(json.loads(stored)) == list(long)
