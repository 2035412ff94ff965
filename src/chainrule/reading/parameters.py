"""Recorded weights and biases, as the arrays that `chainrule.backprop` takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.core.parameters import Parameters
from chainrule.errors import InputError
from chainrule.reading.open_source import open_source
from chainrule.reading.source import Source
from chainrule.record.parquet_files import PARAMETERS_FILE, PARAMETERS_FOLDER

if TYPE_CHECKING:
    import pandas as pd


class Snapshot(NamedTuple):
    """A run's network after `epoch` epochs: weights (fan_out, fan_in) and biases (fan_out,) a layer."""

    epoch: int
    weights: list[NDArray[Any]]
    biases: list[NDArray[Any]]


def load_parameters(runs: pd.DataFrame) -> dict[str, list[Snapshot]]:
    """The recorded weights and biases of some runs.

    Parameters
    ----------
    runs : DataFrame
        A frame from `load_runs`.

    Returns
    -------
    dict of str to list of Snapshot
        By run id, oldest first: `epoch`, `weights` (fan_out, fan_in) and `biases` (fan_out,) a layer, as `backprop`
        takes them. There is one snapshot a run, or with `record.parameters=all` one a recorded epoch.

    Raises
    ------
    InputError
        If a run kept none (`record.parameters=none`).

    Examples
    --------
    After ``chainrule sweep learning_rate=0.1,1 init=he_normal,zeros``:

    >>> kept = load_parameters(load_runs("adhoc"))
    >>> [[(s.epoch, [w.shape for w in s.weights]) for s in snapshots] for snapshots in kept.values()][0]
    [(500, [(8, 2), (1, 8)])]
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = open_source(runs.attrs.get("uri"))
    wanted = set(runs["run"])
    found: dict[str, list[Snapshot]] = {}
    for holder in dict.fromkeys(runs["parent"].fillna(runs["run"])):
        for file in _files(source, holder):
            try:
                table = pq.read_table(file, filters=[("run", "in", wanted)])
            except pa.ArrowInvalid as error:  # cut off while it was copied
                raise InputError("runs", holder, f"its {file.name} is damaged ({error})") from error
            for row in table.to_pylist():
                found.setdefault(row["run"], []).append(_snapshot(row))
    for run in runs["run"]:
        if run not in found:
            raise InputError("runs", run, "kept no parameters; see record.parameters")
    return {run: found[run] for run in runs["run"]}


def _files(source: Source, holder: str) -> Iterator[Path]:
    """The files with the parameters of a single run, or of a sweep's."""
    with source.artifact(holder, PARAMETERS_FOLDER) as folder:
        if folder is not None:
            yield from sorted(folder.glob("*.parquet"))
    with source.artifact(holder, PARAMETERS_FILE) as file:
        if file is not None:
            yield file


def _snapshot(row: dict[str, Any]) -> Snapshot:
    flat = np.asarray(row["parameters"])
    weights, biases = Parameters(row["sizes"], flat[None]).run(0)
    return Snapshot(row["epoch"], weights, biases)
