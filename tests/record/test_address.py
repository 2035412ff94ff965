import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from chainrule import cli, paths
from chainrule.errors import InputError
from chainrule.record import address


class Answer(BaseHTTPRequestHandler):
    """A web server that is not MLflow's: the code it answers with is the first part of the path."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.split("/")[1]))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def web_server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_store_is_the_argument_else_the_environments_else_the_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert address.resolve(None) == f"sqlite:///{paths.project_root() / 'mlflow.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere/")
    assert address.resolve(None) == "http://elsewhere"
    assert address.resolve("postgresql://u@h/db") == "postgresql://u@h/db"


def test_the_projects_root_is_the_checkout() -> None:
    assert (paths.project_root() / "pyproject.toml").is_file()
    assert paths.default_artifacts() == address.artifact_root(paths.default_store_uri())


def test_a_relative_file_is_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert address.resolve("sqlite:///runs.db") == f"sqlite:///{tmp_path / 'runs.db'}"


def test_a_store_that_can_be_made_passes_and_nothing_is_made(tmp_path: Path) -> None:
    assert address.check_reachable(f"sqlite:///{tmp_path}/runs.db") == f"sqlite:///{tmp_path}/runs.db"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("ftp://host/x", "allowed: sqlite:///<file>, http"),
        ("nonsense", "MLflow no longer writes to folders"),
        ("file:///tmp/mlruns", "MLflow no longer writes to folders"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///{here}", "this is a folder"),
        ("sqlite:///{here}/missing/runs.db", "does not exist"),
        ("sqlite:///{here}/text.db", "no usable SQLite database"),
        ("http://", "nothing answers there"),
        ("http://127.0.0.1:99999", "nothing answers there"),
        ("http://[::1", "nothing answers there"),
        ("http://a b", "nothing answers there"),
        ("http://ada:secret@[::1", "nothing answers there"),
        ("postgresql://[::1/runs", "nothing answers there"),
        ("postgresql://host:port/runs", "nothing answers there"),
        ("sqlite:///{here}/a?b.db", "must not hold"),
        ("sqlite:///{here}/a%41b.db", "must not hold"),
    ],
)
def test_an_unusable_store_is_refused_in_one_line(tmp_path: Path, uri: str, why: str) -> None:
    (tmp_path / "text.db").write_text("This is a text, and rather longer than the header of a database would be. " * 9)
    with pytest.raises(InputError, match=why) as caught:
        address.check_reachable(uri.format(here=tmp_path))
    assert str(caught.value).startswith("tracking.uri=")
    assert "\n" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == ["text.db"]


@pytest.mark.parametrize("uri", [0, "", " ", False, [], {}, 5, ["sqlite:///runs.db"]])
def test_what_is_no_text_is_not_taken_for_the_default_store(uri: Any) -> None:
    with pytest.raises(InputError, match=r"^tracking\.uri=.*: must be a text, one of sqlite:///<file>, "):
        address.check_reachable(uri)


@pytest.mark.parametrize("value", ["0", "[]", "{}", "''"])
def test_such_a_value_on_the_command_line_is_one_line(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "epochs=1", f"tracking.uri={value}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"chainrule: tracking.uri={value.strip(chr(39))}: must be a text")


def test_a_folder_that_can_not_be_written_does_for_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(address.tempfile, "TemporaryFile", refuse)
    uri = f"sqlite:///{tmp_path}/runs.db"
    with pytest.raises(InputError, match="can't be written"):
        address.check_reachable(uri)
    assert address.check_reachable(uri, writing=False) == uri


def test_a_server_that_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(InputError, match="nothing answers there"):
            address.check_reachable(uri)
    with pytest.raises(InputError, match="nothing answers there"):  # now the port is closed
        address.check_reachable(uri)


def test_a_server_that_is_not_mlflows(web_server: str) -> None:
    with pytest.raises(InputError, match="not as an MLflow server"):
        address.check_reachable(f"{web_server}/404")
    assert address.check_reachable(f"{web_server}/401") == f"{web_server}/401"  # the client has the password


def test_a_database_server_that_answers_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(InputError, match="nothing answers there"):
        address.check_reachable(f"postgresql://127.0.0.1:{port}/runs")


def test_a_password_is_not_shown() -> None:
    error = address.unusable("http://ada:secret@host:80", "why")
    assert str(error) == "tracking.uri=http://ada:***@host:80: why"
    assert "secret" not in str(address.unusable("http://ada:secret@[::1", "why"))
