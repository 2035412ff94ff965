"""All curves of a sweep as one columnar artifact of its parent run: the fast way to read them back."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from chainrule.record.records import RunRecord

if TYPE_CHECKING:
    import pyarrow as pa

    from chainrule.record.store import Store

CURVES_FILE = "curves.parquet"
_RUNS_A_GROUP = 256  # bounds the memory taken on top of the records


def write_curves(store: Store, parent_id: str, run_ids: Sequence[str], records: Sequence[RunRecord]) -> None:
    """Put `curves.parquet` on the parent: run (id), metric, epoch, value, one row a point, runs in order."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / CURVES_FILE
        _write_file(file, run_ids, records)
        store.log_artifact(parent_id, file)


def _write_file(file: Path, run_ids: Sequence[str], records: Sequence[RunRecord]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("run", names), ("metric", names), ("epoch", pa.int64()), ("value", pa.float64())])
    repetitive = ["run", "metric", "epoch"]
    with pq.ParquetWriter(file, schema, use_dictionary=repetitive) as writer:
        for start in range(0, len(records), _RUNS_A_GROUP):
            group = slice(start, start + _RUNS_A_GROUP)
            writer.write_table(_table(run_ids[group], records[group], schema))


def _table(run_ids: Sequence[str], records: Sequence[RunRecord], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    metrics = list(dict.fromkeys(key for record in records for key in record.metrics))
    number = {key: code for code, key in enumerate(metrics)}
    points = [len(record.epochs) for record in records]
    run_codes = np.repeat(np.arange(len(records)), [record.values.size for record in records])
    metric_codes = np.concatenate(
        [np.repeat([number[key] for key in r.metrics], n) for r, n in zip(records, points, strict=True)]
    )
    values = np.concatenate([record.values.T.ravel() for record in records])
    columns = [
        pa.DictionaryArray.from_arrays(run_codes.astype(np.int32), pa.array(run_ids, pa.string())),
        pa.DictionaryArray.from_arrays(metric_codes.astype(np.int32), pa.array(metrics, pa.string())),
        pa.array(np.concatenate([np.tile(record.epochs, len(record.metrics)) for record in records])),
        pa.array(np.where(np.isfinite(values), values, np.nan)),
    ]
    return pa.Table.from_arrays(columns, schema=schema)
