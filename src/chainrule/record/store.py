"""One place that opens a tracking URI: experiments, parent runs, the fitting writer, artifacts."""

from __future__ import annotations

import functools
import importlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.record import address, logged_model, sqlite_file, tracker
from chainrule.record.client_writer import ClientWriter, log_datasets
from chainrule.record.database_writer import DatabaseWriter, open_engine
from chainrule.record.run_files import log_run_files
from chainrule.record.run_record import (
    ROLE,
    DatasetRecord,
    RunRecord,
    cut_params,
    cut_tags,
    milliseconds,
    with_mlflow_tags,
)
from chainrule.study import Study

if TYPE_CHECKING:
    from mlflow import MlflowClient

_KIND = {"mlflow.experimentKind": "custom_model_development"}  # otherwise its pages ask for traces of agents
_WORKERS = 8  # each call waits for a server; more at once only queue there


def import_packages() -> None:
    """Import MLflow and what else recording needs, which takes a second or two; `open_store` would do it later."""
    tracker.prepare()
    for package in ("mlflow.store.tracking.sqlalchemy_store", "pandas", "pyarrow.parquet"):
        importlib.import_module(package)


def open_store(uri: str | None = None) -> Store:
    """The store at `uri`, else MLFLOW_TRACKING_URI, else the project's own SQLite file, created if need be.

    Raises InputError if it can't be used. Loads MLflow (over a second) and makes a new file in about another.
    """
    resolved = address.check_reachable(uri)
    tracker.prepare()
    with store_errors(resolved, "MLflow refuses this store"):
        if address.scheme(resolved) == "sqlite":
            file = address.database_file(resolved)
            sqlite_file.ensure_database(file, file.parent / "mlartifacts")
        store = Store(resolved)
        store.client.search_experiments(max_results=1)
    return store


@contextmanager
def store_errors(uri: str, what: str = "the store failed") -> Iterator[None]:
    """Turn what MLflow, the database or the artifacts' folder raises into an InputError that names the store."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error) as error:
        raise address.unusable(uri, f"{what}: {_reason(error)}") from error
    except OSError as error:  # the folder of the artifacts is full, write-protected or a file
        where = error.filename or address.artifact_root(uri)  # of a full disk only the system knows which file it was
        raise address.unusable(uri, f"{what}: {where}: {error.strerror or error}") from error


def _reason(error: Exception) -> str:
    """What the database itself said, if it was that; what libraries add is the statement with all its values."""
    said = getattr(error.__cause__, "orig", None) or getattr(error, "orig", None) or error
    return str(said).partition("\n")[0]


class Store:
    """An open store; made by `open_store`. Safe to open in several processes at once."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.client: MlflowClient = tracker.client(uri)
        self._folders: dict[str, str] = {}  # for artifacts, of sweeps' own runs

    def experiment(self, name: str, question: str | None = None) -> str:
        """The id of the experiment `name`, created or, with its runs, restored from the trash if need be.

        A new one gets `question` as its description.
        """
        from mlflow.exceptions import MlflowException
        from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

        found = self.client.get_experiment_by_name(name)
        if found is None:
            tags = _KIND | ({MLFLOW_RUN_NOTE: question.strip()} if question else {})
            try:
                return str(self.client.create_experiment(name, self._artifact_location(name), tags))
            except MlflowException as error:
                found = self.client.get_experiment_by_name(name)
                if found is None:
                    raise InputError("study", name, f"MLflow refuses this name: {error}") from error
        if found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def _artifact_location(self, name: str) -> str | None:
        root = address.artifact_root(self.uri)
        # A folder a person can find; characters that paths or URIs give a meaning are replaced.
        folder = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
        return None if root is None else (root / folder).as_uri()

    def start_parent(self, experiment_id: str, name: str, params: Mapping[str, str], tags: Mapping[str, str]) -> str:
        """Open the run that stands for a whole sweep; returns its id. It is RUNNING until `finish`."""
        from mlflow.entities import Param

        own_tags = with_mlflow_tags(name, {**tags, ROLE: "sweep"})
        run_id: str = self.client.create_run(experiment_id, tags=own_tags, run_name=name).info.run_id
        if params:
            self.client.log_batch(run_id, params=[Param(k, v) for k, v in cut_params(params).items()])
        return run_id

    def finish(
        self,
        run_id: str,
        status: str,
        metrics: Mapping[str, float],
        note: str | None = None,
        *,
        ended: float | None = None,
    ) -> None:
        """Close a parent run as FINISHED, FAILED or KILLED, now or at `ended` in unix seconds; see `sum_up`."""
        self.sum_up(run_id, metrics, note)
        self.client.set_terminated(run_id, status, milliseconds(time.time() if ended is None else ended))

    def sum_up(self, run_id: str, metrics: Mapping[str, float], note: str | None = None) -> None:
        """Leave single values on a parent run; `note` is Markdown for its page."""
        from mlflow.entities import Metric, RunTag
        from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

        now = milliseconds(time.time())
        tags = cut_tags({MLFLOW_RUN_NOTE: note} if note else {})
        self.client.log_batch(
            run_id,
            metrics=[Metric(key, value, now, 0) for key, value in metrics.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )

    def study(self, experiment_id: str) -> Study:
        """The study whose experiment this is: its name and its question."""
        from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

        found = self.client.get_experiment(experiment_id)
        return Study(found.name, found.tags.get(MLFLOW_RUN_NOTE))

    def trash(self, run_ids: Iterable[str]) -> None:
        """Put runs into MLflow's trash, from where its interface can restore them."""
        for run_id in run_ids:
            self.client.delete_run(run_id)

    def write(self, experiment_id: str, parent_id: str | None, records: Sequence[RunRecord]) -> list[str]:
        """Store finished runs below `parent_id`, or on their own; returns their ids, in order."""
        if not records:
            return []
        parent = self._artifact_folder(parent_id) if parent_id else None

        def log_files(folders: Mapping[str, str]) -> None:
            log_run_files(records, folders, parent, self.uri)

        return self.writer.write(experiment_id, parent_id, records, log_files)

    def _artifact_folder(self, run_id: str) -> str:
        if run_id not in self._folders:
            self._folders[run_id] = str(self.client.get_run(run_id).info.artifact_uri)
        return self._folders[run_id]

    def write_statistics(self) -> None:
        """See `DatabaseWriter`; other stores look after themselves."""
        if isinstance(self.writer, DatabaseWriter):
            self.writer.write_statistics()

    @functools.cached_property
    def writer(self) -> DatabaseWriter | ClientWriter:
        """Bulk rows where the tests vouch for them, else MLflow's client; both leave the same."""
        if sqlite_file.is_known(self.uri):
            return DatabaseWriter(open_engine(self.uri))
        return ClientWriter(self.client, 1 if address.scheme(self.uri) == "sqlite" else _WORKERS)

    def set_tag(self, run_id: str, key: str, value: str) -> None:
        """Give a run a tag."""
        self.client.set_tag(run_id, key, cut_tags({key: value})[key])

    def log_datasets(self, run_id: str, datasets: Sequence[DatasetRecord]) -> None:
        """Tell what data the runs of a sweep learn from."""
        if datasets:
            log_datasets(self.client, run_id, datasets)

    def model_of(self, run_id: str) -> str | None:
        """The id of the logged model that a run's page lists."""
        return logged_model.model_of(self.client, run_id)

    def log_model(self, run_id: str, saved: Path) -> str:
        """Make the network saved in a folder a logged model of the run that trained it; returns the model's id."""
        experiment: str = self.client.get_run(run_id).info.experiment_id
        return logged_model.log_model(self.client, experiment, run_id, saved)

    def link_model(self, run_id: str, model_id: str) -> None:
        """Have a run's page list a logged model."""
        logged_model.link_model(self.client, run_id, model_id)

    def set_experiment_tags(self, experiment_id: str, tags: Mapping[str, str]) -> None:
        """Give an experiment tags."""
        for key, value in tags.items():
            self.client.set_experiment_tag(experiment_id, key, value)

    def artifacts(self, run_id: str) -> set[str]:
        """The names of a run's artifacts."""
        return {each.path for each in self.client.list_artifacts(run_id)}

    def log_text(self, run_id: str, text: str, name: str) -> None:
        """Put a text file among a run's artifacts."""
        self.client.log_text(run_id, text, name)

    def log_artifact(self, run_id: str, file: Path) -> None:
        """Put one local file among a run's artifacts."""
        self.client.log_artifact(run_id, str(file))

    def log_artifacts(self, run_id: str, directory: Path) -> None:
        """Put everything in a local directory among a run's artifacts."""
        self.client.log_artifacts(run_id, str(directory))
