"""A real MLflow server: what its interface shows is looked at and mended, what it does not show is said."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from mlflow import MlflowClient

import chainrule as cr
from chainrule import cli
from chainrule.record.run_record import PROCESS
from chainrule.sweep.owner import owner_tags
from doctor.conftest import QUICK
from mlflow_server import mlflow_server


def test_a_server_is_looked_at_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with mlflow_server(tmp_path) as uri:
        for seeds in ("seed=0,1", "seed=0,1,2", "seed=0,1"):
            assert cli.main(["sweep", *QUICK, seeds, f"tracking.uri={uri}"]) == 0
        assert doctor(uri, capsys)[0] == 0
        client = MlflowClient(uri)
        runs = cr.load_runs(uri=uri)
        first, second = dict.fromkeys(runs["parent"])
        half = runs["run"].iloc[0]
        held = json.loads(owner_tags()[PROCESS])
        with subprocess.Popen(["true"]) as ended:
            client.set_tag(first, PROCESS, json.dumps({**held, "processes": {str(ended.pid): "1"}}))
        for run in (first, half):
            client.update_run(run, "RUNNING")
        client.delete_run(runs["run"].iloc[2])  # the only one of the second sweep
        code, said = doctor(uri, capsys)
        assert code == 1
        assert "(i) Of each run's curves the cost alone was looked at" in said
        assert "(!) Left RUNNING by a process that is gone: 1 sweep" in said
        assert f"1 half-recorded run ({half})" in said
        assert client.get_run(first).info.status == "RUNNING"
        code, said = doctor(uri, capsys, "--fix")
        assert (code, said.count("mended: ")) == (0, 1)
        assert doctor(uri, capsys)[0] == 0
        assert client.get_run(first).info.status == "KILLED"
        assert client.get_run(first).data.metrics["runs"] == 1
        assert client.get_run(half).info.lifecycle_stage == "deleted"
        assert client.get_run(second).info.lifecycle_stage == "active"  # it has the runs it found recorded


def doctor(uri: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.main(["doctor", uri, *arguments])
    return code, capsys.readouterr().out
