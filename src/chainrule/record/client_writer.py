"""Writes runs through MLflow's public client: any store, one run at a time or several at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, TypeVar

from chainrule.record.run_files import LogFiles
from chainrule.record.run_record import CONTEXT, SOURCE_TYPE, DatasetRecord, RunRecord, cut_params, milliseconds

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric

_PARAMS_A_CALL, _METRICS_A_CALL = 100, 900  # MLflow takes 1000 entries at once, 100 of them params

T = TypeVar("T")


class ClientWriter:
    """`workers` runs are written concurrently: worth it where each call waits for a server."""

    def __init__(self, client: MlflowClient, workers: int) -> None:
        self._client, self._workers = client, workers

    def write(
        self,
        experiment_id: str,
        parent_id: str | None,
        records: Sequence[RunRecord],
        log_files: LogFiles | None = None,
    ) -> list[str]:
        """Store the runs; returns their ids, in order. A run is RUNNING until all of it is stored, its files too."""
        with ThreadPoolExecutor(self._workers) as pool:
            started = dict(pool.map(lambda record: self._write(experiment_id, parent_id, record), records))
            if log_files:
                log_files(started)
            for _ in pool.map(self._end, started, records):
                pass
        return list(started)

    def _end(self, run_id: str, record: RunRecord) -> None:
        self._client.set_terminated(run_id, record.status, milliseconds(record.ended))

    def _write(self, experiment_id: str, parent_id: str | None, record: RunRecord) -> tuple[str, str]:
        """Its id, and where its artifacts go."""
        from mlflow.entities import Param

        run = self._client.create_run(
            experiment_id,
            start_time=milliseconds(record.started),
            tags=record.stored_tags(experiment_id, parent_id),
            run_name=record.name,
        )
        run_id: str = run.info.run_id
        log_datasets(self._client, run_id, [record.dataset])
        entries = (Param(key, value) for key, value in cut_params(record.params).items())
        calls = zip_longest(_batches(entries, _PARAMS_A_CALL), _batches(_points(record), _METRICS_A_CALL), fillvalue=())
        for params, metrics in calls:
            self._client.log_batch(run_id, metrics=metrics, params=params)
        return run_id, run.info.artifact_uri


def log_datasets(client: MlflowClient, run_id: str, datasets: Sequence[DatasetRecord]) -> None:
    """Tell what data a run, or those of a sweep, learned from."""
    from mlflow.exceptions import MlflowException

    inputs = [_dataset_input(each) for each in datasets]
    try:
        client.log_inputs(run_id, inputs)
    except MlflowException:
        # MLflow looks for the dataset's row, then inserts it: of several writers one wins, and for the
        # others the row is there the second time they look.
        client.log_inputs(run_id, inputs)


def _points(record: RunRecord) -> Iterator[Metric]:
    from mlflow.entities import Metric

    for curve in record.curves():
        for value, time, step in zip(curve.values, curve.times, curve.steps, strict=True):
            yield Metric(curve.key, value, time, step)


def _dataset_input(dataset: DatasetRecord) -> DatasetInput:
    from mlflow.entities import Dataset, DatasetInput, InputTag
    from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

    entity = Dataset(
        name=dataset.name,
        digest=dataset.digest,
        source_type=SOURCE_TYPE,
        source=dataset.source,
        schema=dataset.schema,
        profile=dataset.profile,
    )
    return DatasetInput(entity, [InputTag(MLFLOW_DATASET_CONTEXT, CONTEXT)])


def _batches(entries: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(entries, size)):
        yield batch
