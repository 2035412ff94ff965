"""A sweep as it is stored: a parent run, the runs below it, their files, and how it all ended."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import InputError
from chainrule.reading import tables
from chainrule.record.parquet_files import CURVES_FILE, CurvesFile
from chainrule.record.run_record import (
    ASKED,
    COMMAND,
    FILES,
    KNOWN_FILE,
    PART,
    QUESTION,
    STOPPED,
    SWEEP,
    SWEPT,
    VIEW,
    DatasetRecord,
    RunRecord,
    to_text,
)
from chainrule.record.store import open_store, store_errors
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import summary, undelivered
from chainrule.sweep.best_model import MODEL_FOLDER
from chainrule.sweep.execute import StackResult
from chainrule.sweep.note import Place, note
from chainrule.sweep.owner import owner_tags
from chainrule.sweep.provenance import code_tags, typed_command
from chainrule.sweep.run_records import dataset_record, run_records
from chainrule.sweep.views import BEST_FIRST, view_tags

if TYPE_CHECKING:
    import pandas as pd

    from chainrule.record.store import Store

_MOST_DATASETS = 20  # that MLflow's page of a sweep lists


@dataclass(frozen=True)
class Request:
    """What a sweep is asked for.

    `params` are what all its runs share, and for each of the `swept` keys the list of its values. Of its `runs`, those
    with the ids `known` are recorded already. `datasets` are what they learn from, or the first of many; `command` is
    what was typed, if it was.
    """

    params: Mapping[str, str]
    swept: tuple[str, ...]
    runs: int
    known: tuple[str, ...] = ()
    datasets: tuple[DatasetRecord, ...] = ()
    command: str | None = None

    @classmethod
    def of(cls, settings: Sequence[Settings], swept: Sequence[str], known: Sequence[str]) -> Request:
        """That the runs of `settings` be trained, all of them different, which vary in the keys `swept`."""
        params = [each.params() for each in settings]
        keys = [*swept, *dict.fromkeys(key for own in params for key in own)]
        values = {key: list(dict.fromkeys(to_text(own[key]) for own in params if key in own)) for key in keys}
        shared = {key: held[0] if len(held) == 1 else ", ".join(held) for key, held in values.items()}
        sources = itertools.islice(dict.fromkeys(each.dataset for each in settings), _MOST_DATASETS)
        records = tuple(map(dataset_record, sources))
        return cls(shared, tuple(swept), len(settings), tuple(known), records, typed_command())


@dataclass(frozen=True)
class ParentRun:
    """The open run that stands for a whole sweep."""

    run_id: str
    experiment_id: str
    sweep_tags: Mapping[str, str]  # what tells of a run which sweep it belongs to
    swept: tuple[str, ...]
    stopped: str | None = None  # why no more runs are to be trained below it

    @classmethod
    def open(cls, store: Store, study: Study, request: Request, files: Sequence[str] = ()) -> ParentRun:
        """Record that a sweep begins, and which processes work on it; `files` are what it leaves at its end."""
        sweep = f"{datetime.datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        experiment_id = store.experiment(study.name, study.question)
        sweep_tags = {SWEEP: sweep} | ({PART: study.part} if study.part else {})
        asked = {SWEPT: json.dumps(list(request.swept)), ASKED: str(request.runs)}
        tags = {**sweep_tags, **asked, **code_tags(), **owner_tags()}
        tags |= {key: text for key, text in ((QUESTION, study.question), (COMMAND, request.command)) if text}
        if files:
            tags[FILES] = json.dumps(list(files))
        run_id = store.start_parent(experiment_id, f"{study.part or 'sweep'} {sweep}", request.params, tags)
        store.log_datasets(run_id, request.datasets)
        if request.known:
            store.log_text(run_id, json.dumps(request.known), KNOWN_FILE)
        return cls(run_id, experiment_id, sweep_tags, request.swept)

    @classmethod
    def find(cls, store: Store, run_id: str) -> ParentRun:
        """The parent run with this id, opened by another process."""
        run = store.client.get_run(run_id)
        tags = run.data.tags
        sweep_tags = {key: tags[key] for key in (SWEEP, PART) if key in tags}
        swept = tuple(json.loads(tags.get(SWEPT, "[]")))
        return cls(run_id, run.info.experiment_id, sweep_tags, swept, tags.get(STOPPED))

    def stop(self, store: Store, why: str) -> None:
        """Have no more runs trained below it."""
        store.set_tag(self.run_id, STOPPED, why)

    def runs(self, store: Store) -> pd.DataFrame:
        """What has been recorded below it, as `load_runs` gives it."""
        from chainrule.reading.runs import load_runs

        return load_runs(sweep=self.sweep_tags[SWEEP], uri=store.uri)

    def close(
        self,
        store: Store,
        study: Study,
        runs: pd.DataFrame,
        status: str,
        pictures: Path | None,
        ended: float | None = None,
    ) -> None:
        """Leave note, counts and `pictures` of `runs`, and end as FINISHED, FAILED or KILLED.

        It ended just now, or at `ended` in unix seconds.
        """
        if pictures:
            self._log_best_model(store, runs, pictures / MODEL_FOLDER)
            store.log_artifacts(self.run_id, pictures)
        if runs.empty:
            store.finish(self.run_id, status, {}, ended=ended)
        else:
            metrics, told = summary.parent_metrics(runs), self._note(store, study, runs)
            store.finish(self.run_id, status, metrics, told, ended=ended)

    def sum_up(self, store: Store, study: Study, runs: pd.DataFrame) -> None:
        """Leave note and counts of `runs`, unless there are none; how it ended stays."""
        if not runs.empty:
            store.sum_up(self.run_id, summary.parent_metrics(runs), self._note(store, study, runs))

    def _note(self, store: Store, study: Study, runs: pd.DataFrame) -> str:
        place = Place(self.experiment_id, self.run_id, store.artifacts(self.run_id), store.model_of(self.run_id))
        return note(study, runs, place)

    def _log_best_model(self, store: Store, runs: pd.DataFrame, saved: Path) -> None:
        """Have MLflow keep the network in the folder `saved`, which is gone then, unless it has it."""
        best = tables.best_run(runs)
        if best is None or not saved.is_dir():
            return
        store.link_model(self.run_id, store.model_of(best["run"]) or store.log_model(best["run"], saved))
        shutil.rmtree(saved)

    def offer_views(self, store: Store, runs: pd.DataFrame) -> None:
        """Have MLflow's interface show `runs`, in views that take the place of the study's earlier ones."""
        if not runs.empty:
            store.set_experiment_tags(self.experiment_id, view_tags(runs))
            store.set_tag(self.run_id, VIEW, BEST_FIRST)


class SweepRecord:
    """Opens the store at `uri` and a parent run in it for what `request` asks."""

    is_newest = True  # nothing of an earlier sweep's comes through this record

    def __init__(self, uri: str, study: Study, request: Request) -> None:
        self._store, self._study = open_store(uri), study
        with store_errors(uri):
            self.parent = ParentRun.open(self._store, study, request, [CURVES_FILE])
        self._curves: CurvesFile | None = CurvesFile()
        self._runs: pd.DataFrame | None = None

    def add(self, result: StackResult, settings: Sequence[Settings], dataset: DatasetRecord) -> list[str]:
        """Store the runs of `result`, in one transaction; returns their ids, in order. See `run_records`.

        If they can't be, which raises InputError where the store fails, they are kept: `chainrule.sweep.undelivered`.
        """
        records = run_records(result, settings, dataset, self.parent.swept, self.parent.sweep_tags)
        try:
            with store_errors(self._store.uri):
                return self.write(records)
        except Exception:  # whatever it is, it goes on its way
            undelivered.keep(self._store.uri, self._study, self.parent.run_id, records)
            raise

    def write(self, records: Sequence[RunRecord]) -> list[str]:
        """Store the runs; returns their ids, in order."""
        ids = self._store.write(self.parent.experiment_id, self.parent.run_id, records)
        if self._curves:
            self._curves.add(ids, records)
        return ids

    def runs(self) -> pd.DataFrame:
        """All runs, as `load_runs` gives them. The first look puts their curves on the parent: none may follow."""
        if self._runs is None:
            with store_errors(self._store.uri):
                curves, self._curves = self._curves, None  # if this fails, the sweep is closed all the same
                if curves:
                    curves.log_to(self._store, self.parent.run_id)
                self._runs = self.parent.runs(self._store)
        return self._runs

    def close(self, status: str, pictures: Path | None) -> None:
        """End the parent run as FINISHED, FAILED or KILLED, with what the runs show and the files in `pictures`."""
        runs = self.runs()
        with store_errors(self._store.uri):
            self.parent.close(self._store, self._study, runs, status, pictures)
        with contextlib.suppress(InputError), store_errors(self._store.uri):  # all is recorded without
            if self.is_newest:
                self.parent.offer_views(self._store, runs)
            self._store.write_statistics()
