"""`chainrule ui` serves the store on this machine only, and ends in good order."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.commands import ui as command
from chainrule.record.pages import EXPERIMENTS

PATIENCE = 120  # seconds, for a machine that is busy with other things


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(["ui", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line.removeprefix("chainrule: ")


@pytest.mark.parametrize("wrong", ["0", "-1", "65536"])
def test_a_port_is_a_number_in_range(capsys, wrong):
    assert refused(capsys, f"--port={wrong}") == f"--port={wrong}: must be a whole number from 1 to 65535"


def test_a_taken_port_is_refused_with_a_free_one(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        line = refused(capsys, "--port", str(taken))
    assert line.startswith(f"--port={taken}: something listens there already; ")
    assert line.endswith(" is free")


def test_wrong_options_are_one_line(capsys):
    assert refused(capsys, "--port", "many").startswith("options=--port many: ")
    assert refused(capsys, "--host", "0.0.0.0").startswith("option=--host: ")


def test_a_store_that_answers_nothing_is_refused(capsys, port):
    address = f"http://127.0.0.1:{port}"
    assert refused(capsys, "--uri", address).startswith(f"tracking.uri={address}: nothing answers")


def test_the_view_of_the_newest_sweep_that_has_one_is_opened(store):
    assert command._page(store.uri) == EXPERIMENTS
    experiment = store.experiment("some study")
    store.start_parent(experiment, "older", {}, {"chainrule.view": "earlier"})
    store.start_parent(experiment, "newer", {}, {"chainrule.view": "now"})
    store.start_parent(experiment, "running", {}, {})
    page = f"#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey=now"
    assert command._page(store.uri) == page


@contextlib.contextmanager
def serving(here: Path, store: str, port: int) -> Iterator[subprocess.Popen[str]]:
    """The command as it is typed in the folder `here`, answering."""
    script = Path(sys.executable).with_name("chainrule")
    command = [str(script), "ui", "--port", str(port), "--uri", store]
    with subprocess.Popen(
        command,
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # it is ignored where tests run by nohup
    ) as ui:
        try:
            assert ui.stdout is not None
            assert (
                ui.stdout.readline() == f"http://127.0.0.1:{port}/{EXPERIMENTS} shows {store}\n"
            )  # waits until it answers
            assert ui.stdout.readline() == "Ctrl-C ends it.\n"
            yield ui
        finally:
            ui.send_signal(signal.SIGINT)


def is_served(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_pages_are_served_until_interrupted(tmp_path: Path, port: int):
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    here = tmp_path / "here"
    here.mkdir()
    for name in ("secrets", "pandas", "uvicorn", "chainrule"):  # none of the current folder's files is run
        (here / f"{name}.py").write_text(f"open({str(here / 'was-run')!r}, 'a').write(__name__)\n")
    files = sorted(os.listdir(here))
    with serving(here, store, port) as ui:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as page:
            assert "MLflow" in page.read().decode()
        ui.send_signal(signal.SIGINT)
        out, err = ui.communicate(timeout=PATIENCE)
    assert (ui.returncode, out, err) == (0, "", "")
    assert not is_served(port)
    assert sorted(os.listdir(here)) == files
    assert {name for name in os.listdir(tmp_path) if not name.startswith("mlflow.db")} <= {"mlartifacts", "here"}


def test_the_server_ends_when_the_command_is_killed(tmp_path: Path, port: int):
    with serving(tmp_path, f"sqlite:///{tmp_path / 'mlflow.db'}", port) as ui:
        ui.send_signal(signal.SIGKILL)
        ui.wait()
        deadline = time.monotonic() + PATIENCE
        while is_served(port):
            assert time.monotonic() < deadline, "the server listens still"
            time.sleep(0.1)
