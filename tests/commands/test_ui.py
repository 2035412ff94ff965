"""`chainrule ui` serves the store on this machine only, and ends in good order."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.commands.ui import PAGE


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


def test_the_pages_are_served_until_interrupted(tmp_path: Path, port: int):
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    command = [sys.executable, "-m", "chainrule", "ui", "--port", str(port), "--uri", store]
    ui = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # it is ignored where tests run by nohup
    )
    assert ui.stdout is not None
    try:
        assert ui.stdout.readline() == f"http://127.0.0.1:{port}/{PAGE} shows {store}\n"  # waits until it answers
        assert ui.stdout.readline() == "Ctrl-C ends it.\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert "MLflow" in page.read().decode()
    finally:
        ui.send_signal(signal.SIGINT)
        out, err = ui.communicate(timeout=60)
    assert (ui.returncode, out, err) == (0, "", "")
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))
    assert {name for name in os.listdir(tmp_path) if not name.startswith("mlflow.db")} <= {"mlartifacts"}
