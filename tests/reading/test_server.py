"""A real MLflow server: written through its interface, read back the same as a database."""

from collections.abc import Iterator

import pandas as pd
import pytest

from chainrule.reading.curves import load_curves
from chainrule.reading.runs import load_runs
from chainrule.record.client_writer import ClientWriter
from chainrule.record.store import Store, open_store
from mlflow_server import mlflow_server
from record_examples import run_record, write_curves


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mlflow_server(tmp_path_factory.mktemp("server")) as uri:
        yield uri


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
