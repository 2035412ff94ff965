"""The process that records, asked directly."""

import contextlib
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.components import component, registry
from chainrule.components.initializers import Initializer
from chainrule.errors import InputError
from chainrule.reading.curves import load_curves
from chainrule.reading.runs import load_runs
from chainrule.record.address import database_file
from chainrule.record.run_record import ROLE, SWEEP
from chainrule.record.store import open_store
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep.child_process import portable
from chainrule.sweep.execute import StackResult, train
from chainrule.sweep.plan import make_plan
from chainrule.sweep.recorder import Recorder
from chainrule.sweep.run_records import dataset_record, run_name
from chainrule.sweep.sweep_record import Request

Trained = tuple[StackResult, list[Settings], Any]

STUDY = Study("rates", "Which rate?")
REQUEST = Request({"learning_rate": "0.1, 1", "init": "zeros"}, (), 2)
BY_SEED = replace(REQUEST, swept=("seed",))


@pytest.fixture
def uri(empty_store: str) -> str:
    return empty_store


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """One for all tests, as a process has one for all its sweeps."""
    recorder = Recorder()
    yield recorder
    recorder.stop()


@pytest.fixture
def trained(make: Callable[..., Settings]) -> Trained:
    """Two runs, as a sweep hands them over."""
    settings = [make(seed=seed) for seed in (0, 1)]
    (stack,) = make_plan(settings, 1)
    (result,) = train(stack)
    return result, settings, dataset_record(settings[0].dataset)


def status(uri: str, run_id: str) -> str:
    return str(open_store(uri).client.get_run(run_id).info.status)


def test_what_it_is_asked_to_record_is_in_the_store(recorder: Recorder, uri: str, trained: Trained) -> None:
    parent = recorder.open(uri, STUDY, BY_SEED)()
    result, settings, dataset = trained
    others = [replace(each, seed=each.seed + 2) for each in settings]
    ids = [*recorder.ask("add", *trained), *recorder.ask("add", result, others, dataset)]
    assert status(uri, parent.run_id) == "RUNNING"
    assert recorder.ask("runs")["run"].tolist() == load_runs(uri=uri)["run"].tolist()
    recorder.close("FINISHED", None)
    assert status(uri, parent.run_id) == "FINISHED"
    runs = load_runs(uri=uri).set_index("run")
    assert sorted(ids) == sorted(runs.index)
    assert [runs.loc[run, "name"] for run in ids] == [run_name(each.params(), ["seed"]) for each in settings + others]
    assert set(runs["sweep"]) == {parent.sweep_tags["chainrule.sweep"]}
    assert result.history is not None
    costs = result.history.values[:, -1, result.history.metrics.index("cost/train")].tolist()
    assert runs.loc[ids, "cost/train"].tolist() == costs * 2


def test_what_goes_wrong_there_is_raised_here(recorder: Recorder, tmp_path: Path, uri: str, trained: Trained) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    with pytest.raises(InputError, match=r"tracking\.uri=.*no usable SQLite database"):
        recorder.open(f"sqlite:///{tmp_path}/mlflow.db", STUDY, REQUEST)()
    recorder.open(uri, STUDY, REQUEST)()  # it is ready for another try
    with pytest.raises(AttributeError):
        recorder.ask("add", "no result", trained[1], None)
    assert len(recorder.ask("add", *trained)) == 2


def test_a_store_that_fails_is_named_and_left_as_it_was(recorder: Recorder, uri: str, trained: Trained) -> None:
    recorder.open(uri, STUDY, REQUEST)()
    file = database_file(uri)
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE metrics RENAME TO elsewhere")
        with pytest.raises(InputError, match=r"^tracking\.uri=sqlite:.* the store failed: .*no such table: metrics$"):
            recorder.ask("add", *trained)
        database.execute("ALTER TABLE elsewhere RENAME TO metrics")
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (1,)  # the parent alone
    assert len(recorder.ask("add", *trained)) == 2


def test_one_that_is_left_open_is_killed(uri: str, trained: Trained) -> None:
    recorder = Recorder()
    first = recorder.open(uri, STUDY, REQUEST)()
    recorder.ask("add", *trained)
    second = recorder.open(uri, STUDY, REQUEST)()
    assert [status(uri, each.run_id) for each in (first, second)] == ["KILLED", "RUNNING"]
    recorder.stop()
    assert status(uri, second.run_id) == "KILLED"


def test_it_sees_the_environment_of_the_moment(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder()
    monkeypatch.setenv("LOGNAME", "grace")
    parent = recorder.open(uri, STUDY, REQUEST)()
    assert open_store(uri).client.get_run(parent.run_id).data.tags["mlflow.user"] == "grace"
    recorder.stop()


def kill(recorder: Recorder) -> None:
    os.kill(recorder._process.pid, signal.SIGKILL)


def halves(trained: Trained) -> list[Trained]:
    result, settings, dataset = trained
    return [(result.only([row]), [settings[row]], dataset) for row in (0, 1)]


def test_another_takes_the_place_of_one_that_dies(
    recorder: Recorder, uri: str, trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = halves(trained)
    parent = recorder.open(uri, STUDY, BY_SEED)()
    ids = recorder.ask("add", *first)
    kill(recorder)
    ids += recorder.ask("add", *second)
    runs = recorder.ask("runs")
    recorder.close("FINISHED", None)
    assert sorted(runs["run"]) == sorted(ids)
    assert status(uri, parent.run_id) == "FINISHED"
    assert "died (code -9), another takes its place" in capsys.readouterr().err
    curves = load_curves(runs, ["cost/train"], uri=uri)
    for (result, _, _), run_id in zip((first, second), ids, strict=True):
        recorded = curves[curves["run"] == run_id]["value"].to_numpy()
        np.testing.assert_array_equal(recorded, result.history.values[0, :, result.history.metrics.index("cost/train")])


def test_what_the_dead_one_has_written_unconfirmed_is_not_written_again(
    recorder: Recorder, uri: str, trained: Trained
) -> None:
    first, _ = halves(trained)
    recorder.open(uri, STUDY, BY_SEED)()
    (known,) = recorder.ask("add", *first)
    kill(recorder)
    ids = recorder.ask("add", *trained)  # as if its answer for the first had been lost
    assert ids[0] == known
    assert len(recorder.ask("runs")) == 2


def test_half_a_run_of_a_client_writer_is_thrown_away(recorder: Recorder, uri: str, trained: Trained) -> None:
    parent = recorder.open(uri, STUDY, BY_SEED)()
    client = open_store(uri).client
    tags = {SWEEP: parent.sweep_tags[SWEEP], "mlflow.parentRunId": parent.run_id, ROLE: "run"}
    half = client.create_run(parent.experiment_id, tags=tags).info.run_id
    kill(recorder)
    recorder.ask("add", *trained)
    assert client.get_run(half).info.lifecycle_stage == "deleted"
    assert len(recorder.ask("runs")) == 2


def test_one_that_dies_before_it_has_opened_the_sweep(recorder: Recorder, uri: str, trained: Trained) -> None:
    opened = recorder.open(uri, STUDY, BY_SEED)
    kill(recorder)
    assert opened().swept == ("seed",)
    assert len(recorder.ask("add", *trained)) == 2


def test_the_second_death_is_told_in_one_line_and_the_sweep_has_failed(uri: str, trained: Trained) -> None:
    recorder = Recorder()
    parent = recorder.open(uri, STUDY, REQUEST)()
    recorder.ask("add", *trained)
    kill(recorder)
    assert len(recorder.ask("runs")) == 2
    kill(recorder)
    with pytest.raises(InputError, match=r"^recorder=code -9: the process that records died twice; .* whole$"):
        recorder.close("FINISHED", None)
    assert status(uri, parent.run_id) == "FAILED"
    assert len(load_runs("rates", uri=uri)) == 2


class UnpicklableError(Exception):
    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{why} ({code})")


def test_an_error_that_cant_be_pickled_is_told_in_words() -> None:
    told = portable(UnpicklableError(5, "disk full"))
    assert type(told) is RuntimeError
    assert "disk full (5)" in str(told)
    known = InputError("study", "x", "no")
    assert portable(known) is known


def test_an_answer_nobody_read_is_not_taken_for_the_next(recorder: Recorder, uri: str, trained: Trained) -> None:
    recorder.open(uri, STUDY, REQUEST)  # and then, say, Ctrl-C
    parent = recorder.open(uri, STUDY, replace(BY_SEED, swept=("init",)))()
    assert parent.swept == ("init",)
    assert len(recorder.ask("add", *trained)) == 2


def test_a_component_that_no_import_finds_is_recorded(
    recorder: Recorder, uri: str, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's own, as in a notebook."""
    copy: dict[str, Any] = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)

    @component("threes", equation="3", reference="none")
    class Threes(Initializer):
        """Weights of 3."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            return np.full((fan_out, fan_in), 3.0)

    result, settings, dataset = trained
    recorder.open(uri, STUDY, REQUEST)()
    recorder.ask("add", result, [replace(each, init=Threes()) for each in settings], dataset)
    assert recorder.ask("runs")["init"].tolist() == ["threes", "threes"]
