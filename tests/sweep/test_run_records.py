"""Trained runs as they are stored: what each keeps, how it ended, what it is called."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.core.history import History
from chainrule.record.run_record import RunRecord
from chainrule.settings import Settings
from chainrule.sweep.execute import StackResult, train
from chainrule.sweep.plan import make_plan
from chainrule.sweep.run_records import dataset_record, run_name, run_records

Make = Callable[..., Settings]
SWEEP = {"chainrule.sweep": "s1"}


def records_of(settings: list[Settings], swept: tuple[str, ...] = ()) -> list[RunRecord]:
    """What is stored of runs that fit in one stack."""
    (stack,) = make_plan(settings, 1)
    (result,) = train(stack)
    return run_records(result, settings, dataset_record(settings[0].dataset), swept, SWEEP)


def test_each_run_keeps_the_parameters_it_asked_for(make: Make, default_config: dict[str, Any]) -> None:
    none, final, every = (
        make(record={**default_config["record"], "parameters": kept}) for kept in ("none", "final", "all")
    )
    nothing, last = records_of([none, final])
    (single,) = records_of([dataclasses.replace(final, dtype="float32")])
    (snapshots,) = records_of([every])
    assert nothing.parameters is None
    assert last.sizes == (2, 3, 1)
    assert last.parameters is not None
    assert last.parameters.shape == (1, 13)
    assert single.parameters is not None
    assert (last.parameters.dtype, single.parameters.dtype) == ("float64", "float32")
    assert snapshots.parameters is not None
    assert snapshots.parameters.shape == (5, 13)  # epochs 0 to 4
    np.testing.assert_array_equal(snapshots.parameters[-1:], last.parameters)
    (stack,) = make_plan([none], 1)
    assert train(stack)[0].parameters is None  # they don't even leave the process that trained


def test_the_tags_tell_how_a_run_ended_and_what_it_was(make: Make) -> None:
    linear = {"activation": "identity", "output": "identity"}
    settings = [make(learning_rate=rate, **linear) for rate in (0.1, 1e200)]
    finished, diverged = records_of(settings, ("learning_rate",))
    assert [each.tags["chainrule.outcome"] for each in (finished, diverged)] == ["finished", "diverged"]
    assert "chainrule.diverged_at" not in finished.tags
    assert 1 <= int(diverged.tags["chainrule.diverged_at"]) <= 4
    for each, own in zip((finished, diverged), settings, strict=True):
        assert each.status == "FINISHED"
        assert each.tags["chainrule.role"] == "run"
        assert each.tags["chainrule.sweep"] == "s1"
        assert each.tags["chainrule.position"] == str(settings.index(own))
        assert json.loads(each.tags["chainrule.swept"]) == ["learning_rate"]
        assert json.loads(each.tags["chainrule.config"]) == own.config()
        assert list(each.params) == ["learning_rate", *(key for key in own.params() if key != "learning_rate")]
        assert [each.params[key] for key in ("init", "hidden", "batch_size")] == ["xavier_normal", "[3]", "null"]
        assert each.params["learning_rate"] == json.dumps(own.learning_rate)
        assert each.name == f"{own.learning_rate}"
    assert finished.tags["chainrule.fingerprint"] != diverged.tags["chainrule.fingerprint"]


def test_the_best_score_is_the_largest_at_the_first_epoch_that_has_it(make: Make) -> None:
    epochs = np.array([0, 1, 5, 9])
    scores = [[0.5, 0.9, 0.9, 0.7], [np.nan] * 4, [0.4, np.nan, np.nan, np.nan]]
    values = np.stack([np.ones((3, 4)), np.array(scores)], axis=2)  # (runs, epochs, metrics)
    history = History(("cost/train", "r2/test"), epochs, values, np.array([-1, 0, 1]), np.array([False, False, False]))
    checks = np.array([1e-9, 2e-9, 3e-9])
    result = StackResult((4, 0, 2), 1.0, 2.0, history, None, (2, 3, 1), checks)
    own = make()
    records = run_records(result, [own] * 3, dataset_record(own.dataset), (), {})
    assert [record.scalars for record in records] == [
        {"r2/test_best": (1, 0.9), "gradient_check": (0, 1e-9)},
        {"gradient_check": (0, 2e-9)},
        {"r2/test_best": (0, 0.4), "gradient_check": (0, 3e-9)},
    ]
    assert [record.tags.get("chainrule.diverged_at") for record in records] == [None, "0", "1"]
    assert [record.tags["chainrule.position"] for record in records] == ["4", "0", "2"]
    np.testing.assert_array_equal(records[2].values, values[2])


def test_the_data_are_described_as_mlflow_shows_them(make: Make) -> None:
    record = dataset_record(make(dataset={"name": "moons", "samples": 40}).dataset)
    assert (record.name, record.source) == ("moons", "chainrule:moons")
    assert record.digest == chainrule.load_dataset("moons", samples=40).digest()
    columns = [{"type": "double", "name": name, "required": True} for name in ("x1", "x2")]
    assert json.loads(record.schema) == {"mlflow_colspec": columns}
    assert json.loads(record.profile) == {
        "training samples": 30,
        "test samples": 10,
        "features": 2,
        "targets": ["upper", "lower"],
    }


def test_a_failed_run_has_its_error_and_no_curves(make: Make) -> None:
    failed = StackResult((0,), 1.0, 2.0, error="ValueError: no")
    own = make()
    (record,) = run_records(failed, [own], dataset_record(own.dataset), (), {})
    assert record.status == "FAILED"
    assert record.tags["chainrule.outcome"] == "failed"
    assert record.tags["chainrule.error"] == "ValueError: no"
    assert list(record.curves()) == []
    assert record.parameters is None
    assert record.name == "moons · hidden [3] · sigmoid · xavier_normal · 1"


def test_the_best_validation_score_stands_beside_the_best_test_score(make: Make) -> None:
    (record,) = records_of([make(dataset={"name": "moons", "samples": 60, "validation_size": 0.25})])
    for key in ("accuracy/validation", "accuracy/test"):
        curve = record.values[:, record.metrics.index(key)]
        assert record.scalars[f"{key}_best"] == (int(record.epochs[np.argmax(curve)]), curve.max())
    profile = json.loads(record.dataset.profile)
    samples = [profile[f"{which} samples"] for which in ("training", "validation", "test")]
    assert samples == [33, 12, 15]
    assert record.params["dataset.validation_size"] == "0.25"


@pytest.mark.parametrize(
    ("swept", "name"),
    [
        ({"learning_rate": 0.1, "init": "he_normal", "seed": 3}, "0.1 · he_normal · seed 3"),
        ({"seed": 3, "init": "zeros", "learning_rate": 1e200}, "zeros · 1e+200 · seed 3"),
        ({"hidden": [8, 8], "learning_rate": 1.0}, "hidden [8,8] · 1"),
        ({"hidden": [], "l2": 0.0, "batch_size": None}, "hidden [] · l2 0 · batch_size null"),
        ({"init": "normal", "init.scale": 0.5, "dataset.samples": 40}, "normal · scale 0.5 · samples 40"),
        ({"dataset.seed": 1, "seed": 2}, "dataset.seed 1 · seed 2"),  # what a field's name alone could mean twice
        ({"backward.hidden": "one", "backward.output": "exact"}, "backward.hidden one · backward.output exact"),
        ({"init.scale": 1.0, "optimizer.scale": 2.0}, "init.scale 1 · optimizer.scale 2"),
    ],
)
def test_a_name_tells_first_what_differs(swept: dict[str, Any], name: str) -> None:
    params = {"dataset": "moons", **swept}
    assert run_name(params, [*swept, "of.another"]) == name


def test_runs_that_differ_have_names_that_differ(make: Make) -> None:
    rates = [0.1, 0.1 + 2**-50, 1.0, 1e-300]
    settings = [make(learning_rate=rate, hidden=hidden) for rate in rates for hidden in ([3], [3, 3], [33])]
    names = {run_name(each.params(), ("hidden", "learning_rate")) for each in settings}
    assert len(names) == len(settings)
