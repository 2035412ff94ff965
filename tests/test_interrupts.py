"""A sweep that is stopped half-way, or loses one of its processes: what was recorded is whole, and says so."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

import chainrule as cr
from chainrule import cli
from random_cases import IS_THOROUGH
from sweep_process import SweepProcess, is_running, wait_until

RUNS = 800
LONG = [f"seed=range({RUNS})", "learning_rate=0.1", "epochs=5000", "record.points=20"]
SHORT_RUNS = 64
SHORT = [f"seed=range({SHORT_RUNS})", "learning_rate=0.1", "epochs=3000", "record.points=20"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


class Sweep(SweepProcess):
    """A sweep into a store of its own, and what it has recorded there."""

    def parent(self) -> Run:
        client = MlflowClient(self.uri)
        (experiment,) = client.search_experiments(filter_string="name = 'adhoc'")
        (run,) = client.search_runs([experiment.experiment_id], "tags.`chainrule.role` = 'sweep'")
        return run

    def assert_whole(self) -> int:
        """Every recorded run is complete; how many there are."""
        runs = cr.load_runs(uri=self.uri)
        assert set(runs["outcome"]) == {"finished"}
        assert runs["seed"].is_unique
        client = MlflowClient(self.uri)
        below = f"tags.`mlflow.parentRunId` = '{self.parent().info.run_id}'"
        children = client.search_runs([self.parent().info.experiment_id], below, max_results=RUNS)
        assert [child.info.status for child in children] == ["FINISHED"] * len(runs)
        points = cr.load_curves(runs, ["cost/train"]).groupby("run", observed=True).size()
        assert len(points) == len(runs)
        assert set(points) == {20}
        return len(runs)


Start = Callable[..., Sweep]


@pytest.fixture
def start(tmp_path: Path, empty_store: str) -> Iterator[Start]:
    """Starts a sweep in a store of the test's own; whatever is left of it at the end of the test is killed."""
    started: list[Sweep] = []

    for name in ("secrets", "pandas", "mlflow", "numpy", "queue", "matplotlib"):  # none of its folder's files is run
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'a').write({name!r})\n")

    def begin(overrides: list[str], uri: str = empty_store) -> Sweep:
        started.append(Sweep(tmp_path, overrides, uri))
        return started[-1]

    yield begin
    for sweep in started:
        sweep.clear()
    assert not (tmp_path / "was-run").exists()


# As a terminal, a service manager and a closed terminal end it. All three are one interrupt with another exit code: by
# default each is sent at one of three moments, `make test-all` sends each at each.
SIGNALS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def signals(usual: str) -> pytest.MarkDecorator:
    """The signals to send at a moment, `usual` the one by default."""
    return pytest.mark.parametrize(("name", "code"), SIGNALS.items() if IS_THOROUGH else [(usual, SIGNALS[usual])])


@signals("SIGINT")
def test_a_signal_to_all_ends_the_sweep_in_time_and_says_what_is_kept(start: Start, name: str, code: int) -> None:
    sweep = start(LONG)
    assert sweep.wait_for(f"/{RUNS} runs")
    all_of_them = sweep.children()
    sweep.send(getattr(signal, name))
    said = sweep.end()
    assert sweep.process.returncode == code
    wait_until(lambda: not any(map(is_running, all_of_them)))  # the recorder may need longer than the command waits
    recorded = sweep.assert_whole()
    assert 0 < recorded < RUNS
    assert sweep.parent().info.status == "KILLED"
    assert cli.main(["doctor", sweep.uri]) == 0
    assert sweep.parent().data.metrics["runs"] == recorded
    *_, first, last, closing = said.splitlines()
    assert first == "interrupted: writing what is trained ..."
    compare = f"chainrule compare --uri {sweep.uri}"
    assert last in (
        f"{recorded} of {RUNS} runs are recorded; `{compare}` shows them",
        f"what is trained is still being written, up to {RUNS} runs; `{compare}` will show them",
    )
    assert closing == "chainrule: interrupted"
    assert not list(sweep.temporary.iterdir())


def test_five_times_ctrl_c_leave_no_traceback(start: Start) -> None:
    sweep = start(LONG)
    assert sweep.wait_for(f"/{RUNS} runs")
    all_of_them = sweep.children()
    for _ in range(5):
        sweep.send(signal.SIGINT)
    said = sweep.end()
    assert sweep.process.returncode == 130
    assert "Traceback" not in said
    wait_until(lambda: not any(map(is_running, all_of_them)))
    assert sweep.parent().info.status == "KILLED"
    assert sweep.assert_whole() > 0


@signals("SIGTERM")
def test_a_signal_while_mlflow_is_loaded_leaves_nothing(start: Start, tmp_path: Path, name: str, code: int) -> None:
    sweep = start(LONG, f"sqlite:///{tmp_path / 'mlflow.db'}")  # which is made when MLflow is loaded
    wait_until(lambda: bool(sweep.children("chainrule.sweep.recorder")))
    all_of_them = sweep.children()
    sweep.send(getattr(signal, name))
    said = sweep.end()
    assert sweep.process.returncode == code
    assert "Traceback" not in said
    wait_until(lambda: not any(map(is_running, all_of_them)))
    assert not list(sweep.temporary.iterdir())


@signals("SIGHUP")
def test_a_signal_while_pictures_are_drawn_is_not_swallowed(start: Start, name: str, code: int) -> None:
    sweep = start(SHORT)
    assert sweep.wait_for(f"{SHORT_RUNS}/{SHORT_RUNS} runs")
    wait_until(lambda: any(sweep.temporary.glob("tmp*")))  # the folder that they are drawn in
    sweep.send(getattr(signal, name))
    said = sweep.end()
    assert sweep.process.returncode == code
    assert "Traceback" not in said
    wait_until(lambda: sweep.parent().info.status == "KILLED")
    assert sweep.assert_whole() == SHORT_RUNS
    assert not list(sweep.temporary.glob("tmp*"))


def test_a_sweep_whose_process_is_killed_is_closed_all_the_same_and_leaves_no_process(start: Start) -> None:
    sweep = start(LONG)
    assert sweep.wait_for(f"/{RUNS} runs")
    all_of_them = sweep.children()
    assert len(sweep.children("chainrule.sweep.recorder")) == 1
    sweep.process.kill()
    wait_until(lambda: not any(map(is_running, all_of_them)))
    assert sweep.parent().info.status == "KILLED"
    assert 0 < sweep.assert_whole() < RUNS
    assert not list(sweep.temporary.iterdir())


def test_a_sweep_goes_on_when_a_worker_and_the_recorder_are_killed(start: Start) -> None:
    sweep = start([*SHORT, "record.parameters=none", "hydra.launcher.pictures=false"])
    assert sweep.wait_for(f"/{SHORT_RUNS} runs")
    for module in ("workers", "recorder"):
        for pid in sweep.children(f"chainrule.sweep.{module}")[:1]:
            os.kill(pid, signal.SIGKILL)
    said = sweep.end()
    assert sweep.process.returncode == 0
    assert "Traceback" not in said
    assert sweep.parent().info.status == "FINISHED"
    assert sweep.assert_whole() == SHORT_RUNS
    assert not list(sweep.temporary.iterdir())
