import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chainrule.errors import InputError
from chainrule.reading.client_source import ClientSource
from chainrule.reading.curves import load_curves
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.points import Points
from chainrule.reading.runs import load_runs
from chainrule.record import parquet_files
from chainrule.record.store import Store
from record_examples import CURVES, run_record, write_curves

RECORDS = [run_record(seed, points=3 + seed, diverged=seed == 1) for seed in range(4)]


class FileOnly(DatabaseSource):
    """A store whose rows must not be needed."""

    def read_curves(self, points: Points) -> None:
        assert points.missing() == []


def record_sweep(store: Store, *, in_file: slice = slice(None)) -> list[str]:
    """Four runs below one parent, those of `in_file` in its curves file as well."""
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": "s1"})
    ids = store.write(experiment, parent, RECORDS)
    write_curves(store, parent, ids[in_file], RECORDS[in_file])
    return ids


@pytest.fixture
def hide_the_file(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Once called, curves come from the rows of the store, read as told."""

    @contextlib.contextmanager
    def none(*_: object) -> Iterator[Path | None]:
        yield None

    def use(source: type) -> None:
        monkeypatch.setattr(source, "artifact", none)
        monkeypatch.setattr("chainrule.reading.curves.open_source", source)

    return use


def test_every_point_is_there_in_order(store: Store) -> None:
    ids = record_sweep(store)
    curves = load_curves(load_runs("rates", uri=store.uri))
    assert curves.columns.tolist() == ["run", "metric", "epoch", "value"]
    assert curves["run"].cat.categories.tolist() == ids
    assert curves["metric"].cat.categories.tolist() == list(CURVES)
    expected = np.concatenate([np.where(np.isfinite(r.values), r.values, np.nan).T.ravel() for r in RECORDS])
    np.testing.assert_array_equal(curves["value"], expected)
    assert curves["epoch"].tolist() == [epoch for r in RECORDS for _ in CURVES for epoch in r.epochs]


@pytest.mark.parametrize("group", [256, 3, 1])
@pytest.mark.parametrize("metrics", [None, ["cost/test"], ["slope/layer_2", "cost/train"]])
def test_all_three_ways_give_the_same(
    store: Store,
    hide_the_file: Callable[[type], None],
    monkeypatch: pytest.MonkeyPatch,
    metrics: list[str] | None,
    group: int,
) -> None:
    monkeypatch.setattr(parquet_files, "_RUNS_A_GROUP", group)
    record_sweep(store)
    runs = load_runs("rates", uri=store.uri)[::-1].iloc[:3]  # another order, not all
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chainrule.reading.curves.open_source", FileOnly)
        from_file = load_curves(runs, metrics)
    hide_the_file(DatabaseSource)
    from_tables = load_curves(runs, metrics)
    hide_the_file(ClientSource)
    from_client = load_curves(runs, metrics)
    pd.testing.assert_frame_equal(from_file, from_tables)
    pd.testing.assert_frame_equal(from_file, from_client)
    assert from_file["run"].cat.categories.tolist() == runs["run"].tolist()
    assert from_file["metric"].unique().tolist() == (metrics or list(CURVES))


def test_what_the_file_lacks_comes_from_the_store(store: Store) -> None:
    record_sweep(store, in_file=slice(0, 4))
    whole = load_curves(load_runs("rates", uri=store.uri))
    other = record_sweep(store, in_file=slice(1, 3))
    runs = load_runs("rates", uri=store.uri)
    parts = load_curves(runs[runs["run"].isin(other)])
    np.testing.assert_array_equal(parts["value"], whole["value"])


def test_ids_do_as_well_as_a_frame(store: Store) -> None:
    ids = record_sweep(store)
    pd.testing.assert_frame_equal(load_curves(ids, uri=store.uri), load_curves(load_runs(uri=store.uri)))
    with pytest.raises(InputError, match=r"^runs=deadbeef: the store has no such run"):
        load_curves([ids[0], "deadbeef"], uri=store.uri)


def test_an_unknown_metric_is_told_with_the_nearest(store: Store) -> None:
    record_sweep(store)
    runs = load_runs(uri=store.uri)
    with pytest.raises(InputError, match=r"^metrics=cost/tset: did you mean cost/test"):
        load_curves(runs, ["cost/tset"])
    with pytest.raises(InputError, match=r"^metrics=accuracy/test_best: did you mean accuracy/test"):
        load_curves(runs, ["accuracy/test_best"])


def test_no_runs_no_points(store: Store) -> None:
    curves = load_curves(load_runs(uri=store.uri))
    assert curves.columns.tolist() == ["run", "metric", "epoch", "value"]
    assert len(curves) == 0


def test_a_store_without_a_file_has_no_runs_and_gets_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^runs=deadbeef: the store has no such run"):
        load_curves(["deadbeef"], uri=f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []
