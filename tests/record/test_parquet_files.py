"""The columnar files of a sweep, without a store: whose points they hold, in which order and type."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chainrule.record import parquet_files
from chainrule.record.parquet_files import CurvesFile, write_parameters
from chainrule.record.run_record import RunRecord
from record_examples import run_record


class Kept:
    """Stands for a store: what became an artifact of which run."""

    def __init__(self) -> None:
        self.files: list[tuple[str, str, pa.Table]] = []

    def log_artifact(self, run_id: str, file: Path) -> None:
        self.files.append((run_id, file.name, pq.read_table(file)))


def record(metrics: str, epochs: list[int], values: list[list[float]], **more: Any) -> RunRecord:
    shape = (len(epochs), len(metrics))
    return dataclasses.replace(
        run_record(),
        metrics=tuple(metrics),
        epochs=np.array(epochs, np.int64),
        values=np.array(values, float).reshape(shape),
        **more,
    )


@pytest.mark.parametrize("group", [1, 2, 256])
def test_curves_are_run_by_run_metric_by_metric(monkeypatch: pytest.MonkeyPatch, group: int) -> None:
    monkeypatch.setattr(parquet_files, "_RUNS_A_GROUP", group)
    store, file = Kept(), CurvesFile()
    file.add(["a"], [record("mk", [0, 3], [[1.0, 2.0], [3.0, np.inf]])])
    file.add(["b", "c"], [record("", [], []), record("nk", [5], [[4.0, 5.0]])])
    file.log_to(store, "parent")
    ((run_id, name, table),) = store.files
    assert (run_id, name) == ("parent", "curves.parquet")
    assert [field.name for field in table.schema] == ["run", "metric", "epoch", "value"]
    columns = [column.to_pylist() for column in table.columns]
    assert list(zip(*columns[:3], strict=True)) == [
        ("a", "m", 0),
        ("a", "m", 3),
        ("a", "k", 0),
        ("a", "k", 3),
        ("c", "n", 5),
        ("c", "k", 5),
    ]
    np.testing.assert_array_equal(columns[3], [1.0, 3.0, 2.0, np.nan, 4.0, 5.0])


def test_parameters_are_those_of_the_last_recorded_epochs(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    values = np.arange(4.0).reshape(2, 2)
    records = [record("m", [0, 3, 9], [[1.0]] * 3, sizes=(1, 1), parameters=values), run_record()]
    assert write_parameters(file, ["a", "b"], records)
    assert pq.read_table(file).to_pylist() == [
        {"run": "a", "epoch": 3, "sizes": [1, 1], "parameters": [0.0, 1.0]},
        {"run": "a", "epoch": 9, "sizes": [1, 1], "parameters": [2.0, 3.0]},
    ]


@pytest.mark.parametrize(("other", "kept"), [("float32", pa.float32()), ("float64", pa.float64())])
def test_single_precision_stays_single_unless_both_meet(tmp_path: Path, other: str, kept: pa.DataType) -> None:
    dtypes = ["float32", other]
    own = [record("m", [0], [[1.0]], sizes=(1, 1), parameters=np.ones((1, 2), each)) for each in dtypes]
    assert write_parameters(tmp_path / "a.parquet", ["a", "b"], own)
    assert pq.read_table(tmp_path / "a.parquet").schema.field("parameters").type.value_type == kept


def test_no_runs_no_files(tmp_path: Path) -> None:
    store = Kept()
    CurvesFile().log_to(store, "parent")
    assert not write_parameters(tmp_path / "a.parquet", ["b"], [run_record()])
    assert store.files == list(tmp_path.iterdir()) == []
