"""A sweep that is stopped half-way, from the keyboard or by force: what was recorded is whole, and says so."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

import chainrule as cr

RUNS = 800
SWEEP = [f"seed=range({RUNS})", "learning_rate=0.1", "epochs=5000", "record.points=20"]
PATIENCE = 120  # seconds, for a machine that is busy with other things


@pytest.fixture
def sweep(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A long sweep whose first runs are recorded, in a session of its own, and its store's URI."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    command = [sys.executable, "-m", "chainrule", "sweep", *SWEEP, f"tracking.uri={uri}"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stderr is not None
        try:
            while f"/{RUNS} runs" not in process.stderr.readline():
                assert process.poll() is None
            yield process, uri
        finally:
            with contextlib.suppress(ProcessLookupError):  # all of them may have ended
                os.killpg(process.pid, signal.SIGKILL)


def parent(uri: str) -> Run:
    client = MlflowClient(uri)
    (experiment,) = client.search_experiments(filter_string="name = 'adhoc'")
    (run,) = client.search_runs([experiment.experiment_id], "tags.`chainrule.role` = 'sweep'")
    return run


def assert_whole(uri: str) -> None:
    """Every recorded run is complete, and there are some, though not all."""
    runs = cr.load_runs(uri=uri)
    assert 0 < len(runs) < RUNS
    assert set(runs["outcome"]) == {"finished"}
    client = MlflowClient(uri)
    children = client.search_runs([parent(uri).info.experiment_id], "tags.`chainrule.role` = 'run'", max_results=RUNS)
    assert [child.info.status for child in children] == ["FINISHED"] * len(runs)
    points = cr.load_curves(runs, ["cost/train"]).groupby("run", observed=True).size()
    assert len(points) == len(runs)
    assert set(points) == {20}


def test_ctrl_c_ends_the_sweep_in_one_line(sweep: tuple[subprocess.Popen[str], str]) -> None:
    process, uri = sweep
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process of the command
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "chainrule: interrupted"
    assert "Traceback" not in said
    run = parent(uri)
    assert run.info.status == "KILLED"
    assert_whole(uri)
    assert run.data.metrics["runs"] == len(cr.load_runs(uri=uri))


def test_a_sweep_whose_process_is_killed_is_closed_all_the_same(sweep: tuple[subprocess.Popen[str], str]) -> None:
    process, uri = sweep
    process.kill()
    end = time.monotonic() + PATIENCE
    while parent(uri).info.status == "RUNNING" and time.monotonic() < end:
        time.sleep(0.2)
    assert parent(uri).info.status == "KILLED"
    assert_whole(uri)
