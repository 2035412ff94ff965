"""Stores in folders with odd names: written by the real command, read back whole, or refused in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chainrule import cli
from chainrule.reading.client_source import ClientSource
from chainrule.reading.curves import load_curves
from chainrule.reading.parameters import load_parameters
from chainrule.reading.runs import load_runs

NAMES = ["with space, 100% & a#b", "a'b\"c;d$e", "ünï-日本+=", "a:b@c"]  # a store takes seconds: several oddities each


def train(uri: str) -> int:
    return cli.main(["train", "epochs=2", "record.parameters=all", f"tracking.uri={quoted(uri)}"])


def quoted(uri: str) -> str:
    """The URI as Hydra's command line takes any text."""
    return "'" + uri.replace("'", "\\'") + "'"


@pytest.mark.parametrize("name", NAMES)
def test_a_store_in_a_folder_of_any_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / name
    folder.mkdir()
    uri = f"sqlite:///{folder}/mlflow.db"
    assert train(uri) == 0
    runs = load_runs(uri=uri)
    assert len(runs) == 1
    curves = load_curves(runs)
    assert curves["epoch"].max() == 2
    (snapshots,) = load_parameters(runs).values()
    assert [snapshot.epoch for snapshot in snapshots] == [0, 1, 2]
    monkeypatch.setattr("chainrule.reading.parameters.open_source", ClientSource)
    assert len(load_parameters(runs)) == 1
    assert os.listdir(tmp_path) == [name]
    assert sorted(os.listdir(folder)) == ["mlartifacts", "mlflow.db"]


@pytest.mark.parametrize("name", ["a?b", "a%41b", "%2F", "x" * 300, "missing/deeper"])
def test_a_name_no_store_can_have_is_refused_in_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if len(name) < 200 and "/" not in name:
        (tmp_path / name).mkdir()
    before = os.listdir(tmp_path)
    assert train(f"sqlite:///{tmp_path}/{name}/mlflow.db") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("chainrule: tracking.uri=sqlite:///")
    assert os.listdir(tmp_path) == before
