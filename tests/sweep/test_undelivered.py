"""What is trained and not taken by its store is kept, and recorded by the next sweep: the real command, real stores."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule import cli, paths
from chainrule.components import component, registry
from chainrule.components.initializers import Initializer
from chainrule.errors import InputError
from chainrule.record.address import database_file
from chainrule.record.store import open_store
from chainrule.sweep import undelivered
from mlflow_server import end_server, start_server

SWEEP = ["sweep", "dataset.samples=40", "hidden=[3]", "epochs=4", "hydra.launcher.pictures=false", "seed=range(4)"]
FULL = "database or disk is full"


@pytest.fixture
def uri(empty_store: str) -> Iterator[str]:
    yield empty_store
    for file in undelivered.waiting(empty_store):
        file.unlink()


@contextlib.contextmanager
def full(uri: str, table: str = "metrics") -> Iterator[None]:
    """Nothing can be added to a table of the store; SQLite says of a full disk what is said here."""
    with contextlib.closing(sqlite3.connect(database_file(uri), isolation_level=None)) as database:
        database.execute(f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{FULL}'); END")
        try:
            yield
        finally:
            database.execute("DROP TRIGGER full")


def numbers(uri: str) -> pd.DataFrame:
    """All that is recorded of the runs but when, in which sweep, and under which id."""
    runs = cr.load_runs(uri=uri)
    runs = runs.sort_values(["hidden", "seed"], key=lambda column: column.astype(str), ignore_index=True)
    return runs.drop(columns=["run", "sweep", "parent", "started", "seconds"])


def statuses(uri: str) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(database_file(uri))) as database:
        query = (
            "SELECT value, status FROM runs JOIN tags USING (run_uuid) WHERE key = 'chainrule.role' ORDER BY start_time"
        )
        return database.execute(query).fetchall()


def test_the_next_sweep_records_what_the_store_did_not_take(
    uri: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = [*SWEEP, f"tracking.uri={uri}", "hidden=[3],[4]"]
    with full(uri):
        assert cli.main(command) == 2
    said = capsys.readouterr().err
    assert f" trained runs are kept in {paths.undelivered_folder()}: the next sweep into this store, or" in said
    kept = int(re.search(rf"the store failed: {FULL}; (\d+) trained runs", said)[1])
    assert statuses(uri) == [("sweep", "FAILED")]
    assert undelivered.waiting(uri)

    assert cli.main(command) == 0
    said = capsys.readouterr().err
    told = re.findall(r"recorded now: runs of an earlier sweep that waited for this store: (\d+)", said)
    assert sum(map(int, told)) == kept
    assert f"{kept} runs are recorded already and not trained again" in said
    assert undelivered.waiting(uri) == []
    assert sorted(statuses(uri)) == [("run", "FINISHED")] * 8 + [("sweep", "FAILED"), ("sweep", "FINISHED")]
    first = open_store(uri).client.get_run(cr.load_runs(uri=uri)["parent"].iloc[0])
    assert first.data.metrics["runs"] == kept  # it is summed up anew

    undisturbed = f"sqlite:///{tmp_path}/other.db"
    assert cli.main([*SWEEP, f"tracking.uri={undisturbed}", "hidden=[3],[4]"]) == 0
    pd.testing.assert_frame_equal(numbers(uri), numbers(undisturbed))
    for runs, others in zip(parameters(uri), parameters(undisturbed), strict=True):
        assert runs == others


def parameters(uri: str) -> list[Any]:
    runs = cr.load_runs(uri=uri)
    runs = runs.sort_values(["hidden", "seed"], key=lambda column: column.astype(str))
    return [[weight.tolist() for s in own for weight in s.weights] for own in cr.load_parameters(runs).values()]


@pytest.mark.parametrize("command", [["train", *SWEEP[1:4]], [*SWEEP[:4], "seed=range(1)", "hydra/launcher=basic"]])
def test_so_it_is_with_single_runs_and_other_launchers(
    uri: str, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    command = [*command, f"tracking.uri={uri}"]
    with full(uri):
        assert cli.main(command) == 2
    assert "1 trained run is kept" in capsys.readouterr().err
    assert cli.main([*SWEEP, f"tracking.uri={uri}", "seed=range(2)"]) == 0
    assert "1 run is recorded already" in capsys.readouterr().err
    assert len(cr.load_runs(uri=uri)) == 2


def test_what_had_been_recorded_is_not_recorded_twice(uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As after a writer that died between its commit and the answer."""
    with full(uri):
        cli.main([*SWEEP, f"tracking.uri={uri}"])
    (file,) = undelivered.waiting(uri)
    copy = file.with_name(file.name.replace(".npz", "-copy.npz"))
    copy.write_bytes(file.read_bytes())
    kept, again = (undelivered.deliver(each, uri) for each in (file, copy))
    assert kept == again == len(cr.load_runs(uri=uri))
    assert undelivered.waiting(uri) == []


def test_a_file_that_another_process_is_at_is_left_to_it(uri: str) -> None:
    with full(uri):
        cli.main([*SWEEP, f"tracking.uri={uri}"])
    (file,) = undelivered.waiting(uri)
    with undelivered._locked(file) as is_ours:
        assert is_ours
        assert undelivered.deliver(file, uri) == 0
    assert undelivered.deliver(file, uri) == len(cr.load_runs(uri=uri)) > 0
    assert undelivered.deliver(file, uri) == 0


def test_a_store_that_still_refuses_and_a_damaged_file_stop_no_sweep(
    uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with full(uri):
        cli.main([*SWEEP, f"tracking.uri={uri}"])
        (file,) = undelivered.waiting(uri)
        with pytest.raises(InputError, match=FULL):
            undelivered.deliver(file, uri)
    file.write_bytes(file.read_bytes()[:1000])
    capsys.readouterr()
    assert cli.main([*SWEEP, f"tracking.uri={uri}"]) == 0
    assert f"not recorded: file={file}: holds no runs that can be read" in capsys.readouterr().err
    assert undelivered.waiting(uri) == [file]


def test_a_server_that_is_gone_gets_the_runs_when_it_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    copy: dict[str, Any] = {kind: dict(classes) for kind, classes in registry._REGISTRY.items()}
    monkeypatch.setattr(registry, "_REGISTRY", copy)
    server, uri = start_server(tmp_path)
    pid = server.pid  # the class is pickled

    @component("last", equation="0.5", reference="none")
    class Last(Initializer):
        """Ends the server when a run begins to train."""

        def weight(self, fan_out: int, fan_in: int, rng: np.random.Generator) -> np.ndarray:
            os.kill(pid, signal.SIGTERM)
            return rng.normal(size=(fan_out, fan_in))

    command = [*SWEEP, f"tracking.uri={uri}", "init=last"]
    assert cli.main(command) == 2
    end_server(server)
    said = capsys.readouterr().err
    assert "the store failed: " in said
    kept = int(re.search(r"; (\d+) trained runs are kept in ", said)[1])
    assert len(undelivered.waiting(uri)) == 1
    server, uri = start_server(tmp_path, int(uri.rpartition(":")[2]))
    try:
        assert sum(undelivered.deliver(file, uri) for file in undelivered.waiting(uri)) == kept
        runs = cr.load_runs(uri=uri)
        assert runs["outcome"].tolist() == ["finished"] * kept
        assert set(cr.load_parameters(runs)) == set(runs["run"])
    finally:
        end_server(server)


def test_where_nothing_can_be_kept_the_loss_is_told(
    uri: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setattr(undelivered, "undelivered_folder", lambda: blocked)
    with full(uri):
        assert cli.main(["train", *SWEEP[1:4], f"tracking.uri={uri}"]) == 2
    assert f"outputs={blocked}: can't be written (File exists): 1 trained runs are lost" in capsys.readouterr().err
