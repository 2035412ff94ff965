"""Recorded weights and biases come back as they were trained, from a store that can't be written as well."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from chainrule.errors import InputError
from chainrule.reading.curves import load_curves
from chainrule.reading.parameters import load_parameters
from chainrule.reading.runs import load_runs
from chainrule.record import address
from chainrule.record.store import Store
from record_examples import run_record, write_curves

SIZES = (2, 3, 1)  # 3 * (2 + 1) + 1 * (3 + 1) = 13 parameters
FINAL = np.arange(13.0)[None] / 7
SNAPSHOTS = np.random.default_rng(0).normal(size=(5, 13))


def record_sweep(store: Store) -> list[str]:
    """A run that kept its final parameters, one that kept those of every recorded epoch, and one that kept none."""
    experiment = store.experiment("rates")
    parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": "s1"})
    kept = [FINAL, SNAPSHOTS, None]
    records = [dataclasses.replace(run_record(i), sizes=SIZES, parameters=each) for i, each in enumerate(kept)]
    ids = store.write(experiment, parent, records)
    write_curves(store, parent, ids, records)
    return ids


def test_each_snapshot_is_the_layers_one_after_the_other(store: Store) -> None:
    final, all_of_them, _ = record_sweep(store)
    found = load_parameters(load_runs(uri=store.uri).iloc[:2])
    assert list(found) == [final, all_of_them]
    (last,) = found[final]
    assert last.epoch == 10  # the last of 0, 1, 2, 5, 10
    first_layer, second_layer = FINAL[0, :9].reshape(3, 3), FINAL[0, 9:].reshape(1, 4)
    for got, wanted in zip(last.weights, (first_layer[:, :2], second_layer[:, :3]), strict=True):
        np.testing.assert_array_equal(got, wanted)
    for got, wanted in zip(last.biases, (first_layer[:, 2], second_layer[:, 3]), strict=True):
        np.testing.assert_array_equal(got, wanted)
    assert [snapshot.epoch for snapshot in found[all_of_them]] == [0, 1, 2, 5, 10]
    assert [snapshot.biases[1][0] for snapshot in found[all_of_them]] == SNAPSHOTS[:, 12].tolist()


def test_runs_of_both_precisions_share_the_file(store: Store) -> None:
    parent = store.start_parent(store.experiment("rates"), "sweep", {}, {"chainrule.sweep": "s1"})
    kept = [FINAL, FINAL.astype(np.float32)]
    records = [dataclasses.replace(run_record(i), sizes=SIZES, parameters=each) for i, each in enumerate(kept)]
    ids = store.write(store.experiment("rates"), parent, records)
    found = load_parameters(load_runs(uri=store.uri))
    for run_id, each in zip(ids, kept, strict=True):
        (last,) = found[run_id]
        assert last.biases[1].tolist() == each[0, 12:].tolist()


def test_a_run_that_kept_none_is_named(store: Store) -> None:
    none = record_sweep(store)[2]
    with pytest.raises(InputError, match=rf"^runs={none}: kept no parameters"):
        load_parameters(load_runs(uri=store.uri))


def test_reading_needs_no_right_to_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    record_sweep(store)

    def refuse(**_: Any) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(address.tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(address.os, "access", lambda *_: False)
    with pytest.raises(InputError, match="can't be written"):
        address.check_reachable(store.uri)
    runs = load_runs(uri=store.uri)
    assert len(load_curves(runs)) == 3 * 5 * 6
    assert len(load_parameters(runs.iloc[:2])) == 2
