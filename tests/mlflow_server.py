"""A real MLflow server on a free port of this machine, for tests."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import InputError
from chainrule.record.address import check_reachable

PATIENCE = 120.0  # seconds, for a machine that is busy with other things


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps `server.db` and all artifacts in `folder`, until the block ends."""
    process, uri = start_server(folder)
    try:
        yield uri
    finally:
        end_server(process)


def start_server(folder: Path, port: int | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """The same, until `end_server`; on a free port by default."""
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", f"{folder}/files"]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log.txt").open("a") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    uri = f"http://127.0.0.1:{port}"
    try:
        _wait_for(uri)
    except BaseException:
        end_server(process)
        raise
    return process, uri


def end_server(process: subprocess.Popen[bytes]) -> None:
    """End the server and the process that answers for it."""
    process.terminate()
    process.wait()


def _wait_for(uri: str) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            check_reachable(uri)
        except InputError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.2)
        else:
            return
