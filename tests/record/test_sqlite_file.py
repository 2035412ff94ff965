"""A new store: made by several processes at once, interrupted, on a poor disk."""

import subprocess
import sys
from pathlib import Path

import pytest

from chainrule.record.sqlite_file import ensure_database
from chainrule.record.store import open_store

JOB = """
import logging, sys
logging.basicConfig(level=logging.INFO)  # as Hydra sets it: a chatty library would be heard
from record_examples import run_record
from chainrule.record.client_writer import ClientWriter
from chainrule.record.store import open_store
store = open_store(sys.argv[1])
experiment = store.experiment("shared")
client_writer = ClientWriter(store.client, 1)
for number in range(3):
    store.write(experiment, None, [run_record(number)] * 8)
    client_writer.write(experiment, None, [run_record(number)])
"""


def test_processes_share_a_new_store_without_a_word(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    here = Path(__file__).parents[1]  # where the examples are
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", JOB, uri], cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    said = [job.communicate()[0] for job in jobs]
    assert said == ["", ""]
    assert [job.returncode for job in jobs] == [0, 0]
    client = open_store(uri).client
    runs = client.search_runs([client.get_experiment_by_name("shared").experiment_id])
    assert len(runs) == 2 * 3 * 9
    assert {len(run.data.metrics) for run in runs} == {8}
    assert [file.name for file in tmp_path.iterdir()] == ["mlflow.db"]


def test_an_interrupted_creation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlflow.store.tracking.sqlalchemy_store.SqlAlchemyStore._initialize_store_state", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ensure_database(tmp_path / "mlflow.db", tmp_path / "mlartifacts")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", unsupported)
    ensure_database(tmp_path / "mlflow.db", tmp_path / "mlartifacts")
    assert [file.name for file in tmp_path.iterdir()] == ["mlflow.db"]
    assert open_store(f"sqlite:///{tmp_path / 'mlflow.db'}").experiment("any") == "1"
