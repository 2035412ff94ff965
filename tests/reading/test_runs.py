import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE

from chainrule.errors import InputError
from chainrule.reading import client_source
from chainrule.reading.client_source import ClientSource
from chainrule.reading.database_source import DatabaseSource
from chainrule.reading.runs import load_runs, typed_column
from chainrule.record.run_record import to_text
from chainrule.record.store import Store
from record_examples import CURVES, config, run_record

TAIL = ["outcome", "diverged_at", "error", "study", "part", "sweep", "parent", "name", "started", "seconds"]


def record_sweep(store: Store, study: str, seeds: range, *, sweep: str = "s1") -> tuple[str, list[str]]:
    experiment = store.experiment(study)
    parent = store.start_parent(experiment, "sweep", {"dataset": "moons"}, {"chainrule.sweep": sweep})
    records = [run_record(seed, sweep=sweep, diverged=seed % 3 == 2) for seed in seeds]
    return parent, store.write(experiment, parent, records)


def test_a_row_holds_what_was_recorded(store: Store) -> None:
    parent, ids = record_sweep(store, "rates", range(3))
    frame = load_runs("rates", uri=store.uri)
    assert frame["run"].tolist() == ids  # oldest first
    assert frame["learning_rate"].tolist() == [config(seed)["learning_rate"] for seed in range(3)]
    assert frame["seed"].tolist() == [0, 1, 2]
    assert frame["hidden"].tolist() == [[8, 4]] * 3
    assert frame["train_biases"].tolist() == [True] * 3
    assert frame["init"].tolist() == ["he_normal"] * 3
    assert frame["init.scale"].tolist() == [2.0] * 3
    assert frame["cost/test"].tolist() == [run_record(seed).values[-1, 1] for seed in range(3)]
    assert frame["cost/train"].isna().tolist() == [False, False, True]
    assert frame["accuracy/test_best"].tolist() == [0.9] * 3
    assert frame["outcome"].tolist() == ["finished", "finished", "diverged"]
    assert frame["diverged_at"].tolist() == [pd.NA, pd.NA, 7]
    assert frame["parent"].tolist() == [parent] * 3
    assert frame["seconds"].tolist() == [3.25] * 3
    assert frame["started"].iloc[0] == pd.Timestamp(1_700_000_000.25, unit="s", tz="UTC")
    assert frame.attrs["uri"] == store.uri


def test_a_sweeps_runs_come_in_the_order_typed_whenever_they_were_trained(store: Store) -> None:
    """Recorded as workers finish: the last typed value first. A sweep of an older version has no positions."""
    experiment = store.experiment("rates")
    for sweep, seeds, positions in (("s1", range(3), None), ("s2", range(3, 7), [3, 2, 0, 1])):
        parent = store.start_parent(experiment, "sweep", {}, {"chainrule.sweep": sweep})
        records = [run_record(seed, sweep=sweep) for seed in seeds]
        for record, position in zip(records, positions or [None] * len(records), strict=True):
            tags = {**record.tags, **({} if position is None else {"chainrule.position": str(position)})}
            store.write(experiment, parent, [dataclasses.replace(record, tags=tags)])
    assert load_runs("rates", uri=store.uri)["seed"].tolist() == [0, 1, 2, 5, 6, 4, 3]


def test_swept_settings_lead_and_the_rest_follow_the_configuration(store: Store) -> None:
    record_sweep(store, "rates", range(2))
    settings = ["learning_rate", "seed", "hidden", "init", "init.scale", "batch_size", "train_biases"]
    metrics = [*CURVES, "accuracy/test_best", "gradient_check"]
    assert load_runs("rates", uri=store.uri).columns.tolist() == ["run", *settings, *metrics, *TAIL]


def test_both_ways_of_reading_give_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    record_sweep(store, "rates", range(5))
    record_sweep(store, "inits", range(3), sweep="s2")
    monkeypatch.setattr(client_source, "_PAGE", 2)  # several pages
    for study, sweep in ((None, None), ("rates", None), (None, "s2"), ("rates", "s2")):
        frames = []
        for source in (DatabaseSource, ClientSource):
            monkeypatch.setattr("chainrule.reading.runs.open_source", source)
            frames.append(load_runs(study, sweep=sweep, uri=store.uri))
        pd.testing.assert_frame_equal(*frames)
    assert len(frames[0]) == 0  # the last question has no answer


def test_what_is_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _, ids = record_sweep(store, "rates", range(3))
    store.client.delete_run(ids[0])
    store.client.create_run(store.experiment("rates"), tags={"chainrule.role": "run"})  # RUNNING
    store.client.set_terminated(store.client.create_run("0").info.run_id)  # somebody else's
    record_sweep(store, "trash", range(2))
    store.client.delete_experiment(store.experiment("trash"))
    for source in (DatabaseSource, ClientSource):
        monkeypatch.setattr("chainrule.reading.runs.open_source", source)
        assert load_runs(uri=store.uri)["run"].tolist() == ids[1:]


def test_either_source_answers_every_question_alike(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_source, "_IDS_A_CALL", 2)  # several calls
    other, known = record_sweep(store, "rates", range(4), sweep="s1")
    parent, ids = record_sweep(store, "rates", range(4, 6), sweep="s2")
    alone = store.write(store.experiment("adhoc"), None, [run_record(6)])[0]
    store.client.log_text(parent, "some text", "note.txt")
    both = [source(store.uri) for source in (DatabaseSource, ClientSource)]
    rates, adhoc = store.experiment("rates"), store.experiment("adhoc")
    for source in both:
        with source.artifact(parent, "note.txt") as file, source.artifact(other, "note.txt") as absent:
            assert file.read_text() == "some text"
            assert absent is None
        assert source.studies() == {rates: "rates", adhoc: "adhoc", "0": "Default"}
        found = {run.run_id: run for run in source.runs([rates], "s2", None, known[:3])}
        assert set(found) == {*ids, *known[:3]}  # its own, and those it found recorded by another
        assert found[ids[0]].name == "run 4"
        assert {run.run_id for run in source.runs([rates], None, None, known[:3])} == {*ids, *known}
        (sweep,) = source.sweeps([adhoc, rates], "s1")
        assert (sweep.run_id, sweep.tags["chainrule.role"]) == (other, "sweep")
        assert source.sweeps([rates], "s3") == source.sweeps([adhoc], "s1") == []
        assert {(each.run_id, each.outcome, each.status) for each in source.identities([rates])} == {
            *(
                (run_id, "diverged" if run_id in (known[2], ids[1]) else "finished", "FINISHED")
                for run_id in known + ids
            )
        }
        assert source.parents([alone, ids[1], "nobody", *known]) == {
            alone: None,
            ids[1]: parent,
            **dict.fromkeys(known, other),
        }
    assert both[0].sweeps([rates]) == both[1].sweeps([rates])


def test_only_a_filter_that_was_given_is_to_blame() -> None:
    class Failing:
        def search_runs(self, *_: object, **__: object) -> None:
            raise MlflowException("no", error_code=self.code)

    source = ClientSource.__new__(ClientSource)
    source._client = Failing()
    for where, code, blamed in (
        ("nonsense", INVALID_PARAMETER_VALUE, InputError),
        ("nonsense", INTERNAL_ERROR, MlflowException),
        (None, INVALID_PARAMETER_VALUE, MlflowException),
    ):
        Failing.code = code
        with pytest.raises(blamed):
            source.runs(["1"], None, where)


def test_a_run_on_its_own_is_read_as_well(store: Store) -> None:
    (run_id,) = store.write(store.experiment("adhoc"), None, [run_record(1)])
    frame = load_runs("adhoc", uri=store.uri)
    assert frame["run"].tolist() == [run_id]
    assert frame["parent"].isna().all()


def test_filters(store: Store) -> None:
    _, ids = record_sweep(store, "rates", range(4))
    where = "params.init = 'he_normal' and tags.`chainrule.outcome` = 'diverged'"
    assert load_runs(where=where, uri=store.uri)["run"].tolist() == [ids[2]]
    with pytest.raises(InputError, match=r"^where=nonsense: no filter MLflow can read"):
        load_runs(where="nonsense", uri=store.uri)


def test_an_unknown_study_is_told_with_the_nearest(store: Store) -> None:
    store.experiment("rates")
    with pytest.raises(InputError, match=r"^study=rats: did you mean rates"):
        load_runs("rats", uri=store.uri)


def test_nothing_recorded_gives_the_columns_and_makes_no_store(store: Store, tmp_path: Path) -> None:
    store.experiment("rates")
    absent = load_runs(uri=f"sqlite:///{tmp_path / 'none.db'}")
    for frame in (load_runs(uri=store.uri), load_runs("rates", uri=store.uri), absent):
        assert frame.columns.tolist() == ["run", *TAIL]
        assert len(frame) == 0
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"^study=rates"):
        load_runs("rates", uri=f"sqlite:///{tmp_path / 'none.db'}")


def test_runs_of_different_settings_share_one_table(store: Store) -> None:
    experiment = store.experiment("mixed")
    deep = run_record(1)
    deep = dataclasses.replace(deep, metrics=("slope/layer_3",), values=np.ones((5, 1)), params={"init": "zeros"})
    store.write(experiment, None, [run_record(0), deep])
    frame = load_runs("mixed", uri=store.uri)
    assert frame["init"].tolist() == ["he_normal", "zeros"]
    assert frame["init.scale"].isna().tolist() == [False, True]
    assert frame["seed"].tolist() == [0, pd.NA]
    assert frame["slope/layer_3"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("texts", "dtype", "values"),
    [
        (["1", "-2"], "int64", [1, -2]),
        (["1", "0.5", "1e-05"], "float64", [1.0, 0.5, 1e-05]),
        (["1", "null"], "Int64", [1, pd.NA]),
        (["0.5", None], "float64", [0.5, float("nan")]),
        (["true", "false"], "bool", [True, False]),
        (["true", "null"], "boolean", [True, pd.NA]),
        (["[8, 4]", "[]"], "object", [[8, 4], []]),
        (["null", "null"], "object", [None, None]),
        (["zeros", "he_normal"], "str", ["zeros", "he_normal"]),
        (["zeros", None], "str", ["zeros", float("nan")]),
        (["zeros", "0.5"], "str", ["zeros", "0.5"]),
        (["true", "1"], "str", ["true", "1"]),
        ([], "object", []),
    ],
)
def test_a_column_has_the_type_all_its_values_share(texts: list[str | None], dtype: str, values: list[Any]) -> None:
    pd.testing.assert_series_equal(typed_column(texts), pd.Series(values, dtype=dtype))


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_numbers_come_back_to_the_last_bit(numbers: list[float]) -> None:
    assert typed_column([to_text(number) for number in numbers]).tolist() == numbers


@given(st.text())
def test_text_comes_back_as_it_was(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        assert typed_column([to_text(text)]).tolist() == [text]
