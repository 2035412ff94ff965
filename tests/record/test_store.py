import contextlib
import errno
import json
import os
import sqlite3
from pathlib import Path

import pytest

from chainrule.errors import InputError
from chainrule.record import address, sqlite_schema
from chainrule.record.client_writer import ClientWriter
from chainrule.record.database_writer import DatabaseWriter
from chainrule.record.parquet_files import CURVES_FILE
from chainrule.record.store import Store, open_store, store_errors
from record_examples import config, run_record, write_curves


def test_an_experiment_is_made_once(store: Store) -> None:
    assert store.experiment("moons") == store.experiment("moons")
    assert store.experiment("moons") != store.experiment("iris")


def test_artifacts_lie_beside_the_database_in_the_experiments_folder(store: Store) -> None:
    experiment = store.client.get_experiment(store.experiment("rates / inits"))
    root = address.database_file(store.uri).parent / "mlartifacts"
    assert experiment.artifact_location == (root / "rates___inits").as_uri()


def test_an_experiment_in_the_trash_comes_back_with_its_runs(store: Store) -> None:
    experiment = store.experiment("moons")
    (run_id,) = store.write(experiment, None, [run_record()])
    store.client.delete_experiment(experiment)
    assert store.experiment("moons") == experiment
    assert [run.info.run_id for run in store.client.search_runs([experiment])] == [run_id]


def test_a_name_mlflow_refuses_is_told(store: Store) -> None:
    with pytest.raises(InputError, match=r"^study=: MLflow refuses this name"):
        store.experiment("")


def test_a_sweeps_own_run(store: Store, tmp_path: Path) -> None:
    run_id = store.start_parent(store.experiment("moons"), "rates", {"learning_rate": "[0.1, 1]"}, {"mine": "1"})
    assert store.client.get_run(run_id).info.status == "RUNNING"
    picture = tmp_path / "heatmap.txt"
    picture.write_text("hot")
    store.log_artifact(run_id, picture)
    store.finish(run_id, "FINISHED", {"runs": 3}, note="# Rates")
    run = store.client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params == {"learning_rate": "[0.1, 1]"}
    assert run.data.metrics == {"runs": 3}
    expected = {"mine": "1", "mlflow.note.content": "# Rates", "chainrule.role": "sweep"}
    assert expected.items() <= run.data.tags.items()
    assert [file.path for file in store.client.list_artifacts(run_id)] == ["heatmap.txt"]


def test_a_directory_of_artifacts(store: Store, tmp_path: Path) -> None:
    run_id = store.start_parent(store.experiment("moons"), "rates", {}, {})
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    store.log_artifacts(run_id, tmp_path)
    assert {file.path for file in store.client.list_artifacts(run_id)} == {"a.txt", "b.txt"}


def test_the_curves_file_holds_every_point(store: Store) -> None:
    import pyarrow.parquet as pq

    experiment = store.experiment("moons")
    parent = store.start_parent(experiment, "rates", {}, {})
    records = [run_record(0, points=3), run_record(1, points=5, diverged=True)]
    ids = store.write(experiment, parent, records)
    write_curves(store, parent, ids, records)
    frame = pq.read_table(store.client.download_artifacts(parent, CURVES_FILE)).to_pandas()
    assert frame.groupby("run", observed=True).size().to_dict() == {ids[0]: 3 * 6, ids[1]: 5 * 6}
    first = frame[(frame["run"] == ids[0]) & (frame["metric"] == "cost/test")]
    assert first["value"].tolist() == records[0].values[:, 1].tolist()
    assert first["epoch"].tolist() == [0, 1, 2]
    assert frame["value"].isna().sum() == 2


def test_bulk_rows_only_into_a_schema_the_tests_cover(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(store.writer, DatabaseWriter)  # fails when MLflow's schema moves on: see KNOWN_REVISIONS
    monkeypatch.setattr(sqlite_schema, "KNOWN_REVISIONS", ("another",))
    assert isinstance(open_store(store.uri).writer, ClientWriter)


def test_a_database_of_another_mlflow_is_refused_with_its_remedy(store: Store) -> None:
    with contextlib.closing(sqlite3.connect(address.database_file(store.uri))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'a5b4c3d2e1f0'")
        connection.commit()
    other = Path(f"{address.database_file(store.uri)}2")
    address.database_file(store.uri).rename(other)
    with pytest.raises(InputError, match="mlflow db upgrade"):
        open_store(f"sqlite:///{other}")


def test_the_configuration_can_be_read_from_the_run(store: Store) -> None:
    (run_id,) = store.write(store.experiment("moons"), None, [run_record(3)])
    assert json.loads(store.client.get_run(run_id).data.tags["chainrule.config"]) == config(3)


def test_an_artifact_folder_that_is_a_file_is_told_in_one_line(store: Store, tmp_path: Path) -> None:
    folder = address.database_file(store.uri).parent / "mlartifacts"
    run_id = store.start_parent(store.experiment("moons"), "rates", {}, {})
    folder.write_text("a file")
    (tmp_path / "a.txt").write_text("a")
    with (
        pytest.raises(InputError, match=rf"the store failed: {folder}.*: Not a directory") as caught,
        store_errors(store.uri),
    ):
        store.log_artifact(run_id, tmp_path / "a.txt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_an_artifact_folder_that_is_full_or_read_only_is_told(
    store: Store, tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    folder = address.database_file(store.uri).parent / "mlartifacts"
    run_id = store.start_parent(store.experiment("moons"), "rates", {}, {})
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.setattr("shutil.copyfileobj", refuse)
    with (
        pytest.raises(InputError, match=rf"the store failed: {folder}: {os.strerror(code)}$"),
        store_errors(store.uri),
    ):
        store.log_artifact(run_id, tmp_path / "a.txt")
