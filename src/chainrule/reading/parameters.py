"""Recorded weights and biases, as the arrays that `chainrule.backprop` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.core.parameters import Parameters
from chainrule.errors import InputError
from chainrule.reading.open_source import open_source
from chainrule.record.parquet_files import PARAMETERS_FILE

if TYPE_CHECKING:
    import pandas as pd


class Snapshot(NamedTuple):
    """A run's network after `epoch` epochs: weights (fan_out, fan_in) and biases (fan_out,) a layer."""

    epoch: int
    weights: list[NDArray[Any]]
    biases: list[NDArray[Any]]


def load_parameters(runs: pd.DataFrame) -> dict[str, list[Snapshot]]:
    """The recorded snapshots of `runs`, a frame from `load_runs`, by run id, oldest first.

    Raises InputError if a run kept none (record.parameters=none), or belongs to a sweep of another launcher.
    """
    import pyarrow.parquet as pq

    source = open_source(runs.attrs.get("uri"))
    wanted = set(runs["run"])
    found: dict[str, list[Snapshot]] = {}
    for holder in dict.fromkeys(runs["parent"].fillna(runs["run"])):
        with source.artifact(holder, PARAMETERS_FILE) as file:
            if file is not None:
                table = pq.read_table(file, filters=[("run", "in", wanted)])
                for row in table.to_pylist():
                    found.setdefault(row["run"], []).append(_snapshot(row))
    for run in runs["run"]:
        if run not in found:
            raise InputError("runs", run, "kept no parameters; see record.parameters")
    return {run: found[run] for run in runs["run"]}


def _snapshot(row: dict[str, Any]) -> Snapshot:
    flat = np.asarray(row["parameters"])
    weights, biases = Parameters(row["sizes"], flat[None]).run(0)
    return Snapshot(row["epoch"], weights, biases)
