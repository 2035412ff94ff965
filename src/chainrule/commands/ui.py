"""`chainrule ui`: MLflow's user interface over the recorded runs, on this machine only."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from chainrule import end_with_parent
from chainrule.arguments import Parser
from chainrule.errors import InputError

SUMMARY = "open the recorded runs in MLflow's user interface, on this machine only"
ORDER = 7
HOST = "127.0.0.1"  # never another: whoever reaches the server can change and delete runs
PORT = 5000
START_UP = 60.0  # seconds; the server takes about three


def main(argv: Sequence[str]) -> int:
    """Serve the store until Ctrl-C; raises InputError for a store or a port that can't be used."""
    from chainrule.record import address
    from chainrule.terminal import say

    args = _parse(argv)
    if address.scheme(address.resolve(args.uri)) in address.SERVERS:
        served = address.check_reachable(args.uri)
        say(f"this store is a server with pages of its own: {served}/{_page(served)}")
        return 0
    uri = address.check_reachable(args.uri)
    _check_port(args.port)
    with _server(uri, str(address.artifact_root(uri)), args.port) as server:
        say(f"http://{HOST}:{args.port}/{_page(uri)} shows {uri}", "Ctrl-C ends it.")
        with contextlib.suppress(KeyboardInterrupt):
            return server.wait()
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser("ui", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"the port on {HOST} (default {PORT})")
    parser.add_argument("--uri", help="the store (default: MLFLOW_TRACKING_URI, else mlflow.db of the project)")
    return parser.read(argv)


def _page(uri: str) -> str:
    """The prepared view of the newest sweep; without one, all experiments."""
    from chainrule.reading.open_source import open_source
    from chainrule.record.pages import EXPERIMENTS, experiment_page
    from chainrule.record.run_record import VIEW

    source = open_source(uri)
    studies = source.studies()
    shown = [each for each in source.sweeps(list(studies)) if VIEW in each.tags] if studies else []
    return experiment_page(shown[-1].experiment_id, shown[-1].tags[VIEW]) if shown else EXPERIMENTS


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise InputError("--port", port, "must be a whole number from 1 to 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just given back is free
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise InputError("--port", port, "this port is not open to you; take one above 1023") from None
        except OSError:
            raise InputError("--port", port, f"something listens there already; {_free_port()} is free") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _server(uri: str, artifacts: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """MLflow's server, answering; ended with all its processes when the context is left."""
    from chainrule.record.tracker import prepare

    prepare()
    environment = os.environ | {
        # That is for MLflow's hosted evaluations: eight more processes and 1.5 GB that nothing here uses.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONSAFEPATH": "1",  # a module of the current folder is not meant to be run
    }
    command = [
        *(sys.executable, "-P", end_with_parent.__file__),
        *(sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", uri, "--registry-store-uri", uri),
        *("--default-artifact-root", artifacts, "--artifacts-destination", artifacts),
        *("--uvicorn-opts", "--log-level warning"),
    ]
    # Uvicorn imports from the folder it is started in: that is the root, where a person's files are not.
    root = Path.cwd().anchor
    with (
        tempfile.TemporaryFile() as log,
        # A session of its own: Ctrl-C then reaches this process only, which ends the server in good order.
        subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        ) as server,
    ):
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            _wait_until_answering(server, port, log)
            yield server
        finally:
            signal.signal(signal.SIGTERM, before)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait()


def _wait_until_answering(server: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_UP
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    log.seek(0)
    raise RuntimeError(f"MLflow's server did not start:\n{log.read().decode(errors='replace')}")
