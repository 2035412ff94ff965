"""Recorded curves as one tidy table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import InputError, unknown_name
from chainrule.reading.open_source import open_source
from chainrule.reading.points import Points
from chainrule.reading.source import Source
from chainrule.record.metrics import reading_order
from chainrule.record.parquet_files import CURVES_FILE

if TYPE_CHECKING:
    import pandas as pd


def load_curves(
    runs: pd.DataFrame | Iterable[str], metrics: Sequence[str] | None = None, *, uri: str | None = None
) -> pd.DataFrame:
    """Every recorded point of some runs, tidy and long.

    The points come from the sweep's `curves.parquet` where there is one, else from the store, all the same.

    Parameters
    ----------
    runs : DataFrame or iterable of str
        A frame from `load_runs`, or run ids.
    metrics : sequence of str, optional
        The curves wanted, such as "cost/train"; by default all. Single values such as `accuracy/test_best` are no
        curves: they are columns of `load_runs`.
    uri : str, optional
        The store, if `runs` does not remember it.

    Returns
    -------
    DataFrame
        Columns `run`, `metric` (both categorical), `epoch`, `value`. Rows are ordered by run as given, then by metric
        as given (by default in the dictionary's order), then by epoch.

    Raises
    ------
    InputError
        For a metric that none of the runs has, and for a run the store does not have.

    Examples
    --------
    After ``chainrule sweep learning_rate=0.1,1 init=he_normal,zeros``:

    >>> curves = load_curves(load_runs("adhoc"), ["cost/train", "slope/layer_1"])
    >>> curves.groupby("metric", observed=True)["epoch"].agg(["count", "min", "max"]).to_numpy().tolist()
    [[400, 0, 500], [400, 0, 500]]
    """
    ids, parents, remembered = _unpack(runs)
    points = Points(ids, metrics)
    if ids:
        source = open_source(uri or remembered)
        _collect(points, source, _parents(source, ids) if parents is None else parents)
    known = sorted(points.known, key=reading_order)
    wanted = known if metrics is None else list(dict.fromkeys(metrics))
    for key in wanted:
        if key not in known:
            raise unknown_name("metrics", key, known)
    return points.frame(wanted)


def _unpack(runs: pd.DataFrame | Iterable[str]) -> tuple[list[str], list[str] | None, str | None]:
    """Run ids; the ids of the sweeps' own runs if the frame tells them; the frame's store."""
    import pandas as pd

    if not isinstance(runs, pd.DataFrame):
        return list(dict.fromkeys(runs)), None, None
    parents = list(runs["parent"].dropna().unique()) if "parent" in runs else None
    return list(runs["run"].unique()), parents, runs.attrs.get("uri")


def _parents(source: Source, ids: Sequence[str]) -> list[str]:
    found = source.parents(ids)
    for run_id in ids:
        if run_id not in found:
            raise InputError("runs", run_id, "the store has no such run")
    return [parent for parent in dict.fromkeys(found.values()) if parent is not None]


def _collect(points: Points, source: Source, parents: Iterable[str]) -> None:
    for parent in parents:
        with source.artifact(parent, CURVES_FILE) as file:
            if file is not None:
                _read_file(file, points)
    source.read_curves(points)


def _read_file(file: Path, points: Points) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        groups = pq.ParquetFile(file, read_dictionary=["run", "metric"])
    except pa.ArrowInvalid:  # cut off while it was copied: the store has the same points
        return
    with groups:
        for number in range(groups.num_row_groups):  # one at a time: all would be much more memory than what is kept
            table = groups.read_row_group(number).unify_dictionaries()
            run, metric = (table[name].combine_chunks() for name in ("run", "metric"))
            points.add_columns(
                run.dictionary.to_pylist(),
                run.indices.to_numpy(),
                metric.dictionary.to_pylist(),
                metric.indices.to_numpy(),
                table["epoch"].to_numpy(),
                table["value"].to_numpy(),
            )
