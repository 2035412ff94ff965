"""Sweeps that were killed: ended by the next sweep or by the doctor, while those of others go on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import chainrule as cr
from chainrule import cli
from chainrule.record.run_record import HOST, PROCESS
from chainrule.sweep import owner
from chainrule.sweep.owner import owner_state, owner_tags
from doctor.conftest import QUICK, Patient, copied

COMMAND = Path(sys.executable).with_name("chainrule")
LONG = ["seed=range(200)", "learning_rate=0.1", "epochs=5000", "record.points=20", "hydra.launcher.pictures=false"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc for processes")


def killed_in(folder: Path, overrides: list[str]) -> Path:
    """The folder, with a store whose sweep was killed with all its processes when some of its runs were recorded."""
    file = folder / "mlflow.db"
    command = [COMMAND, "sweep", *overrides, f"tracking.uri=sqlite:///{file}"]
    with (
        subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True) as process,
    ):
        try:
            wait_until(lambda: recorded(file) > 0)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    return folder


def recorded(file: Path) -> int:
    """How many runs the store has, which may be about to be made."""
    query = "SELECT count(*) FROM tags WHERE key = 'chainrule.role' AND value = 'run'"
    with (
        contextlib.suppress(sqlite3.OperationalError),
        contextlib.closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection,
    ):
        return int(connection.execute(query).fetchone()[0])
    return 0


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def _killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return killed_in(tmp_path_factory.mktemp("killed"), LONG)


@pytest.fixture
def killed(_killed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Patient:
    """A store whose sweep was killed with all its processes."""
    copied(_killed, tmp_path)
    return Patient(tmp_path, capsys)


def status(patient: Patient) -> list[str]:
    return [found for (found,) in patient.sql("SELECT status FROM runs WHERE lifecycle_stage = 'active'")]


def test_a_killed_sweep_is_ended_with_what_it_recorded(killed: Patient) -> None:
    (sweep,) = killed.ids("sweep")
    runs = killed.below(sweep)
    before = killed.rows()
    assert status(killed).count("RUNNING") == 1
    code, said = killed.doctor("--fix")
    assert code == 0
    assert f"    mended: 1 sweep ended as KILLED, with {len(runs)} recorded run" in said
    assert "curves.parquet written for 1 sweep" in said
    ((state, started, ended),) = killed.sql("SELECT status, start_time, end_time FROM runs WHERE run_uuid = ?", sweep)
    assert state == "KILLED"
    latest = f"SELECT max(end_time) FROM runs WHERE run_uuid IN ({', '.join('?' * len(runs))})"
    ((last,),) = killed.sql(latest, *runs)
    assert ended == max(started, last)  # the first runs may be trained before the store is open
    counts = dict(killed.sql("SELECT key, value FROM latest_metrics WHERE run_uuid = ?", sweep))
    assert (counts["runs"], counts["runs/finished"]) == (len(runs), len(runs))
    ((note,),) = killed.sql("SELECT value FROM tags WHERE key = 'mlflow.note.content' AND run_uuid = ?", sweep)
    assert f"{len(runs)} runs: " in note
    assert {run for _, run in killed.changed(before)} == {sweep}
    assert killed.doctor()[0] == 0
    assert len(cr.load_curves(cr.load_runs(uri=killed.uri), ["cost/train"])) == 20 * len(runs)


@pytest.mark.parametrize("launcher", ["chainrule", "basic"])
def test_the_next_sweep_ends_what_was_killed(
    killed: Patient, launcher: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (sweep,) = killed.ids("sweep")
    before = killed.rows()
    own = QUICK if launcher == "chainrule" else [*QUICK[:3], "hydra/launcher=basic"]
    assert cli.main(["sweep", *own, "seed=0,1", "study.name=other", f"tracking.uri={killed.uri}"]) == 0
    number = len(killed.below(sweep))
    told = f"ended as KILLED: 1 sweep left RUNNING by a process that is gone; runs recorded before: {number}\n"
    assert told in capsys.readouterr().err
    assert "RUNNING" not in status(killed)
    new = set(killed.ids("sweep")) - {sweep}
    gone = before["runs"] - killed.rows()["runs"]
    assert [row[0] for row in gone] == [sweep]
    assert len(new) == 1


def test_a_killed_launcher_of_another_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = ["hydra/launcher=basic", "seed=range(50)", "epochs=20", "learning_rate=0.1"]
    patient = Patient(killed_in(tmp_path, overrides), capsys)
    number = len(patient.ids("run"))
    code, said = patient.doctor("--fix")
    assert code == 0
    assert f"1 sweep ended as KILLED, with {number} recorded run" in said
    assert "RUNNING" not in status(patient)
    assert patient.doctor()[0] == 0


def running(whole: Patient, tags: dict[str, str], hours: float) -> str:
    """Let a sweep of the store be RUNNING, recorded by whom the tags tell; it and its runs are `hours` old."""
    (sweep, *_) = whole.ids("sweep")
    whole.sql("UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE run_uuid = ?", sweep)
    then = round(1000 * (time.time() - 3600 * hours))
    for run in [sweep, *whole.below(sweep)]:
        whole.sql(
            "UPDATE runs SET start_time = ?, end_time = end_time - end_time + ? WHERE run_uuid = ?", then, then, run
        )
    for key in (HOST, PROCESS):
        whole.sql("DELETE FROM tags WHERE key = ? AND run_uuid = ?", key, sweep)
        if key in tags:
            whole.sql("INSERT INTO tags VALUES (?, ?, ?)", key, tags[key], sweep)
    return sweep


def test_what_goes_on_here_is_left_alone(whole: Patient) -> None:
    sweep = running(whole, owner_tags(), 100)
    before = whole.rows()
    code, said = whole.doctor("--fix")
    assert code == 0
    assert "is being recorded at this moment, on this machine" in said
    assert whole.rows() == before
    assert sweep in whole.ids("sweep", "status = 'RUNNING'")


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("hours", [1, 30])
def test_what_can_not_be_seen_counts_as_left_after_a_day(whole: Patient, elsewhere: bool, hours: int) -> None:
    running(whole, {**owner_tags(), HOST: "far-away"} if elsewhere else {}, hours)
    code, said = whole.doctor()
    if hours == 30:
        assert code == 1
        assert "(!) Left RUNNING without a sign of life for 24 hours: 1 sweep" in said
        assert whole.doctor("--fix")[0] == 0
        assert whole.ids("sweep", "status = 'KILLED'")
    else:
        assert code == 0
        where = "on far-away, which can't be seen from here" if elsewhere else "and does not say where"
        assert f"is RUNNING {where}; its last sign of life was 1 hour ago" in said
    assert whole.doctor()[0] == 0


def test_a_run_that_lives_keeps_its_sweep_alive(whole: Patient) -> None:
    sweep = running(whole, {**owner_tags(), HOST: "far-away"}, 30)
    whole.sql("UPDATE runs SET end_time = ? WHERE run_uuid = ?", round(1000 * time.time()), whole.below(sweep)[0])
    assert whole.doctor()[0] == 0


def gone_tags() -> dict[str, str]:
    """The tags of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        held = json.loads(owner_tags()[PROCESS])
    return {HOST: socket.gethostname(), PROCESS: json.dumps({**held, "processes": {str(process.pid): "1"}})}


def test_half_runs_are_thrown_away_and_half_single_ones(whole: Patient) -> None:
    sweep = running(whole, gone_tags(), 0)
    half = whole.below(sweep)[0]
    (single,) = whole.ids("run", "run_uuid NOT IN (SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId')")
    whole.sql("UPDATE runs SET status = 'RUNNING', end_time = NULL WHERE run_uuid IN (?, ?)", half, single)
    whole.sql("UPDATE tags SET value = ? WHERE key = ? AND run_uuid = ?", gone_tags()[PROCESS], PROCESS, single)
    foreign = "9" * 32  # a run that another client of MLflow is recording
    columns = "status, start_time, lifecycle_stage, experiment_id"
    whole.sql(f"INSERT INTO runs (run_uuid, {columns}) SELECT ?, {columns} FROM runs WHERE run_uuid = ?", foreign, half)
    before = whole.rows()
    whole.mended("Left RUNNING by a process that is gone: 1 sweep (")
    assert set(whole.sql("SELECT run_uuid FROM runs WHERE lifecycle_stage = 'deleted'")) == {(half,), (single,)}
    assert {run for _, run in whole.changed(before)} == {sweep, half, single}
    assert whole.sql("SELECT value FROM latest_metrics WHERE key = 'runs' AND run_uuid = ?", sweep) == [(3.0,)]
    assert whole.sql("SELECT run_uuid FROM runs WHERE status = 'RUNNING' AND lifecycle_stage = 'active'") == [
        (foreign,)
    ]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def test_who_owns_a_run_is_told_by_host_process_and_start(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAINRULE_STARTED_BY", str(child.pid))
    tags = owner_tags()
    held = json.loads(tags[PROCESS])
    assert set(held["processes"]) == {str(os.getpid()), str(child.pid)}

    def state(**changed: Any) -> str:
        return owner_state({**tags, PROCESS: json.dumps({**held, **changed})})

    only = {str(child.pid): held["processes"][str(child.pid)]}
    assert state() == "alive"
    assert state(processes=only) == "alive"
    assert state(processes={str(child.pid): "1"}) == "gone"  # the id was given to another
    assert state(boot="before") == "gone"
    assert state(namespace="pid:[1]") == "elsewhere"
    assert owner_state({**tags, HOST: "other"}) == "elsewhere"
    for odd in ("", "[]", "{}", '{"processes": [1]}', '{"processes": {"x": 1}}', "[" * 100_000):
        assert owner_state({**tags, PROCESS: odd}) == "unknown"
    child.kill()
    while Path(f"/proc/{child.pid}/stat").read_text().split()[2] != "Z":
        time.sleep(0.01)
    assert state(processes=only) == "gone"  # nobody has asked yet how it ended


def test_without_proc_a_process_is_told_by_ps(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(owner, "Path", lambda path: tmp_path / str(path).lstrip("/"))
    started = owner._started(child.pid)
    if started is None:
        pytest.skip("there is no ps")
    assert started == owner._started(child.pid)
    child.kill()
    child.wait()
    assert owner._started(child.pid) is None
