"""A real MLflow server: written through its interface, read back the same as a database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pandas as pd
import pytest

from chainrule.errors import InputError
from chainrule.reading.curves import load_curves
from chainrule.reading.runs import load_runs
from chainrule.record.address import check_reachable
from chainrule.record.client_writer import ClientWriter
from chainrule.record.store import Store, open_store
from record_examples import run_record, write_curves

PATIENCE = 120.0  # seconds, for a machine that is busy with other things


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", f"{folder}/files"]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        uri = f"http://127.0.0.1:{port}"
        try:
            wait_for(uri)
            yield uri
        finally:
            process.terminate()
            process.wait()


def wait_for(uri: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            check_reachable(uri)
        except InputError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.2)
        else:
            return


def record_sweep(store: Store) -> None:
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": "s1"})
    records = [run_record(seed, diverged=seed == 1) for seed in range(3)]
    write_curves(store, parent, store.write(experiment, parent, records[:2]), records[:2])
    store.write(experiment, parent, records[2:])
    store.finish(parent, "FINISHED", {})


def test_a_server_keeps_what_a_database_keeps(server: str, store: Store) -> None:
    served = open_store(server)
    assert isinstance(served.writer, ClientWriter)
    record_sweep(served)
    record_sweep(store)
    runs = [load_runs("rates", uri=uri) for uri in (server, store.uri)]
    ids = ["run", "parent"]
    pd.testing.assert_frame_equal(runs[0].drop(columns=ids), runs[1].drop(columns=ids))
    curves = [load_curves(frame) for frame in runs]
    for one, frame in zip(curves, runs, strict=True):
        assert one["run"].cat.categories.tolist() == frame["run"].tolist()
        one["run"] = one["run"].cat.rename_categories(frame["name"].tolist())
    pd.testing.assert_frame_equal(*curves)
    assert len(curves[0]) == 3 * 5 * 6


def test_two_experiments_of_one_name_are_one(server: str) -> None:
    assert open_store(server).experiment("same") == open_store(server).experiment("same")
