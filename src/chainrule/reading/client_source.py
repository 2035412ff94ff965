"""Reads any store through MLflow's public client."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.reading.points import Points
from chainrule.reading.source import Identity, RunningRun, StoredRun, StoredSweep, identity
from chainrule.record import tracker
from chainrule.record.run_record import PARENT, ROLE, SWEEP

if TYPE_CHECKING:
    from mlflow.entities import Run

_PAGE = 1000
_IDS_A_CALL = 200
_WORKERS = 8


class ClientSource:
    """See `chainrule.reading.source.Source`."""

    def __init__(self, uri: str) -> None:
        self._client = tracker.client(uri)

    def studies(self) -> dict[str, str]:
        found = _pages(lambda token: self._client.search_experiments(page_token=token))
        return {experiment.experiment_id: experiment.name for experiment in found}

    def runs(
        self, experiments: Sequence[str], sweep: str | None, where: str | None, ids: Sequence[str] = ()
    ) -> list[StoredRun]:
        from mlflow.exceptions import MlflowException

        conditions = [f"tags.`{ROLE}` = 'run'", "attributes.status != 'RUNNING'", *([where] if where else [])]
        chosen = [f"tags.`{SWEEP}` = '{sweep}'"] if sweep else []
        chosen += [f"attributes.run_id IN ({quoted})" for quoted in _quoted(ids)] if sweep else []
        searches = [" and ".join([*conditions, each]) for each in chosen] or [" and ".join(conditions)]
        try:
            found = (self._search(experiments, condition) for condition in searches)
            return [_stored(run) for run in itertools.chain.from_iterable(found)]
        except MlflowException as error:
            if where is None or error.error_code != "INVALID_PARAMETER_VALUE":
                raise
            raise InputError("where", where, f"no filter MLflow can read: {error.message}") from error

    def _search(self, experiments: Sequence[str], condition: str) -> Iterator[Run]:
        return _pages(
            lambda token: self._client.search_runs(list(experiments), condition, max_results=_PAGE, page_token=token)
        )

    def sweeps(self, experiments: Sequence[str], sweep: str | None = None) -> list[StoredSweep]:
        chosen = f" and tags.`{SWEEP}` = '{sweep}'" if sweep else ""
        found = [
            StoredSweep(run.info.run_id, run.info.experiment_id, run.info.start_time, run.info.status, run.data.tags)
            for run in self._search(experiments, f"tags.`{ROLE}` = 'sweep'{chosen}")
        ]
        return sorted(found, key=_age)

    def identities(self, experiments: Sequence[str]) -> list[Identity]:
        return [
            identity(run.info.run_id, run.data.tags, run.info.status)
            for run in self._search(experiments, f"tags.`{ROLE}` = 'run'")
        ]

    def running(self) -> list[RunningRun]:
        experiments = list(self.studies())
        roles = (f"tags.`{ROLE}` = '{role}' and attributes.status = 'RUNNING'" for role in ("sweep", "run"))
        found = [run for condition in roles for run in self._search(experiments, condition)] if experiments else []
        tags = {run.info.run_id: run.data.tags for run in found}
        for parent in {own[PARENT] for own in tags.values() if PARENT in own} - tags.keys():
            tags[parent] = self._client.get_run(parent).data.tags
        return [
            RunningRun(
                run.info.run_id,
                run.info.run_name,
                run.info.experiment_id,
                run.info.start_time,
                run.data.tags,
                tags.get(run.data.tags.get(PARENT, ""), {}),
            )
            for run in found
        ]

    def parents(self, ids: Sequence[str]) -> dict[str, str | None]:
        experiments, found = list(self.studies()), {}
        for quoted in _quoted(ids):
            for run in self._search(experiments, f"attributes.run_id IN ({quoted})"):
                found[run.info.run_id] = run.data.tags.get(PARENT)
        return found

    @contextlib.contextmanager
    def artifact(self, run_id: str, name: str) -> Iterator[Path | None]:
        if name not in [file.path for file in self._client.list_artifacts(run_id)]:
            yield None
            return
        with tempfile.TemporaryDirectory() as folder:
            yield Path(self._client.download_artifacts(run_id, name, folder))

    def read_curves(self, points: Points) -> None:
        ids = points.missing()
        with ThreadPoolExecutor(_WORKERS) as pool:
            runs = pool.map(self._client.get_run, ids)
            curves = [(run.info.run_id, key) for run in runs for key in points.select(run.data.metrics)]
            histories = pool.map(lambda curve: self._client.get_metric_history(*curve), curves)
            for (run_id, key), history in zip(curves, histories, strict=True):
                history.sort(key=lambda point: (point.step, point.timestamp))
                epochs = np.array([point.step for point in history], dtype=np.int64)
                values = np.array([point.value for point in history], dtype=np.float64)
                points.add_curve(run_id, key, epochs, values)
        points.mark_read(ids)


def _pages(search: Callable[[str | None], Any]) -> Iterator[Any]:
    """All that `search` finds; it is given the token of the page it is to return."""
    token = None
    while True:
        page = search(token)
        yield from page
        token = page.token
        if not token:
            return


def _age(sweep: StoredSweep) -> tuple[int, str]:
    return sweep.started, sweep.run_id


def _quoted(ids: Sequence[str]) -> Iterator[str]:
    """Lists for a filter, as many ids in each as a call takes."""
    for start in range(0, len(ids), _IDS_A_CALL):
        yield ", ".join(f"'{run_id}'" for run_id in ids[start : start + _IDS_A_CALL])


def _stored(run: Run) -> StoredRun:
    info, data = run.info, run.data
    return StoredRun(
        info.run_id,
        info.run_name,
        info.experiment_id,
        info.start_time,
        info.end_time,
        data.params,
        data.metrics,
        data.tags,
    )
