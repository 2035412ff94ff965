"""The columnar artifacts of a sweep's own run: all curves, and the kept weights and biases."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.record.run_record import RunRecord

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from chainrule.record.store import Store

CURVES_FILE = "curves.parquet"
PARAMETERS_FOLDER = "parameters"  # of a file for all runs that were stored at once,
PARAMETERS_FILE = "parameters.parquet"  # where earlier versions kept those of the whole sweep
_DICTIONARIES = ["run", "metric", "epoch"]  # columns whose values are kept once a group
_RUNS_A_GROUP = 256  # few enough to bound the memory, many enough to be read fast


class CurvesFile:
    """`curves.parquet` in the making: run (id), metric, epoch, value, one row a point, runs as they were added."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._file = Path(self._folder.name) / CURVES_FILE
        self._waiting: list[tuple[str, RunRecord]] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, run_ids: Sequence[str], records: Sequence[RunRecord]) -> None:
        """Append the curves of these runs."""
        self._waiting += zip(run_ids, records, strict=True)
        while len(self._waiting) >= _RUNS_A_GROUP:
            self._write_group()

    def log_to(self, store: Store, parent_id: str) -> None:
        """End the file and make it an artifact of the run `parent_id`, unless no run was added."""
        if self._waiting:
            self._write_group()
        if self._writer:
            self._writer.close()
            store.log_artifact(parent_id, self._file)
        self._folder.cleanup()

    def _write_group(self) -> None:
        import pyarrow.parquet as pq

        group, self._waiting = self._waiting[:_RUNS_A_GROUP], self._waiting[_RUNS_A_GROUP:]
        schema = _curves_schema()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._file, schema, use_dictionary=_DICTIONARIES)
        self._writer.write_table(_curves_table([run for run, _ in group], [record for _, record in group], schema))


def log_curves(frames: Iterable[pd.DataFrame], store: Store, parent_id: str) -> None:
    """Make `curves.parquet` of frames with its columns, a group of rows each, an artifact of the run `parent_id`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _curves_schema()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / CURVES_FILE
        with pq.ParquetWriter(file, schema, use_dictionary=_DICTIONARIES) as writer:
            for frame in frames:
                writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))
        store.log_artifact(parent_id, file)


def runs_in(file: Path) -> set[str]:
    """The ids of the runs that a columnar file has rows of; none if it is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        column = pq.read_table(file, columns=["run"], read_dictionary=["run"])["run"]
    except (pa.ArrowInvalid, OSError):  # cut off while it was copied
        return set()
    return {run for chunk in column.chunks for run in chunk.dictionary.to_pylist()}


def _curves_schema() -> pa.Schema:
    import pyarrow as pa

    names = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([("run", names), ("metric", names), ("epoch", pa.int64()), ("value", pa.float64())])


def _curves_table(run_ids: Sequence[str], records: Sequence[RunRecord], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    metrics = list(dict.fromkeys(itertools.chain.from_iterable(record.metrics for record in records)))
    number = {key: code for code, key in enumerate(metrics)}
    run_codes: NDArray[np.int64] = np.repeat(np.arange(len(records)), [record.values.size for record in records])
    metric_codes = np.concatenate([np.repeat([number[key] for key in r.metrics], len(r.epochs)) for r in records])
    values = np.concatenate([record.values.T.ravel() for record in records])
    columns = [
        pa.DictionaryArray.from_arrays(run_codes.astype(np.int32), pa.array(run_ids, pa.string())),
        pa.DictionaryArray.from_arrays(metric_codes.astype(np.int32), pa.array(metrics, pa.string())),
        pa.array(np.concatenate([np.tile(record.epochs, len(record.metrics)) for record in records])),
        pa.array(np.where(np.isfinite(values), values, np.nan)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def write_parameters(file: Path, run_ids: Sequence[str], records: Sequence[RunRecord]) -> bool:
    """Write the parameters that these runs keep, one row a snapshot; False if they keep none.

    Columns: run (id), epoch, sizes, parameters. The numbers stay float64 or float32 as they were trained; where runs
    of both meet, all are float64.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[tuple[str, int, list[int], NDArray[Any]]] = []
    for run_id, record in zip(run_ids, records, strict=True):
        if record.parameters is not None:
            epochs = record.epochs[-len(record.parameters) :].tolist()
            kept = zip(epochs, record.parameters, strict=True)
            rows += [(run_id, epoch, list(record.sizes), values) for epoch, values in kept]
    if not rows:
        return False
    runs, epochs, sizes, values = zip(*rows, strict=True)
    dtype = np.result_type(*{each.dtype for each in values})
    parameters = [each.astype(dtype, copy=False) for each in values]
    pq.write_table(pa.table({"run": runs, "epoch": epochs, "sizes": sizes, "parameters": parameters}), file)
    return True
