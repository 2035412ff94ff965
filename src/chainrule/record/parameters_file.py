"""The weights and biases of a sweep's runs as one columnar artifact of its parent run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.record.records import ParameterRecord

if TYPE_CHECKING:
    from chainrule.record.store import Store

PARAMETERS_FILE = "parameters.parquet"


def write_parameters(store: Store, run_id: str, kept: Mapping[str, ParameterRecord]) -> None:
    """Put `parameters.parquet` on the run `run_id`: run (id), epoch, sizes, parameters, one row a snapshot.

    `kept` maps run ids to what is kept of them. The numbers stay float64 or float32 as they were trained.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        (own, int(epoch), list(record.sizes), values)
        for own, record in kept.items()
        for epoch, values in zip(record.epochs, record.values, strict=True)
    ]
    if not rows:
        return
    runs, epochs, sizes, values = zip(*rows, strict=True)
    table = pa.table({"run": runs, "epoch": epochs, "sizes": sizes, "parameters": values})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / PARAMETERS_FILE
        pq.write_table(table, file)
        store.log_artifact(run_id, file)
