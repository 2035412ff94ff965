"""A whole sweep, from checked settings to recorded runs: plan, train, record, sum up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.build import spec_of
from chainrule.record import address
from chainrule.record.parameters_file import write_parameters
from chainrule.record.records import OUTCOME, SWEEP, to_text
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import summary
from chainrule.sweep.announce import announce, announce_run
from chainrule.sweep.execute import ending, execute, train
from chainrule.sweep.parent import Parent, common_params
from chainrule.sweep.plan import make_plan
from chainrule.sweep.progress import SweepProgress
from chainrule.sweep.recording import Recording
from chainrule.sweep.records import run_records


@dataclass(frozen=True)
class Outcome:
    """What became of one run: finished, diverged or failed, its id in the store, and its sweep's if it has one."""

    run: str
    outcome: str
    sweep: str | None


def validate(configs: Sequence[Mapping[str, Any]]) -> list[Settings]:
    """The settings of all configs, each checked against its data; InputError for the first that can't be used."""
    made: dict[str, Any] = {}
    settings = [Settings.from_config(config, made) for config in configs]
    for each in dict.fromkeys(settings):
        spec_of(each)
    return settings


def run_sweep(
    settings: Sequence[Settings], swept: Sequence[str], study: Study, uri: str | None, *, pictures: bool = True
) -> list[Outcome]:
    """Train all runs as stacks and record them below one parent run; returns an outcome an entry, in order.

    Equal settings are one run: it is trained and recorded once. Each stack's runs are in the store as soon as it
    is trained; if the sweep is interrupted, what was recorded stays, and the parent run says so. `pictures` are drawn
    at the end and kept with the parent run.
    """
    resolved = address.check_reachable(uri)
    unique = list(dict.fromkeys(settings))
    swept = varying(unique, swept)
    workers = _workers()
    recording = Recording(resolved, study, unique, swept, summary.pictures if pictures else summary.no_pictures)
    with (
        SweepProgress(len(unique)) as progress,
        ending(execute(make_plan(unique, workers), workers, summary.load_drawing if pictures else None)) as results,
        recording,
    ):
        for stack in results:
            for result in stack:
                recording.add(result)
                progress.advance(len(result.places))
    announce(recording.runs, study)
    return [Outcome(*recording.outcome(each), recording.sweep) for each in settings]


def run_one(settings: Settings, study: Study, uri: str | None, parent: str | None = None) -> Outcome:
    """Train and record a single run, on its own or below the parent run with the id `parent`."""
    from chainrule.record.store import failures_told, open_store

    resolved = address.check_reachable(uri)
    (stack,) = make_plan([settings], 1)
    (result,) = train(stack)
    store = open_store(resolved)
    with failures_told(store.uri):
        found = Parent.find(store, parent) if parent else None
        swept = found.swept if found else ()
        (record,) = run_records(result, [settings], swept, found.places if found else {})
        experiment = found.experiment_id if found else store.experiment(study.name)
        (run_id,) = store.write(experiment, parent, [record])
        if found is None and record.parameters is not None:
            write_parameters(store, run_id, {run_id: record.parameters})
    if found is None:
        announce_run(record, run_id, study)
    return Outcome(run_id, record.tags[OUTCOME], record.tags.get(SWEEP))


def open_parent(settings: Sequence[Settings], swept: Sequence[str], study: Study, uri: str | None) -> str:
    """The id of a new parent run, for jobs that train elsewhere by `run_one`."""
    from chainrule.record.store import open_store

    swept = varying(settings, swept)
    return Parent.open(open_store(uri), study, common_params(settings, swept), swept).run_id


def close_parent(run_id: str, study: Study, uri: str | None, status: str) -> None:
    """Sum up and end what `open_parent` opened, as FINISHED, FAILED or KILLED."""
    from chainrule.record.store import open_store

    store = open_store(uri)
    parent = Parent.find(store, run_id)
    runs = parent.runs(store)
    with summary.pictures(runs) as folder:
        parent.close(store, study, runs, status, folder)
    if not runs.empty:
        announce(runs, study)


def varying(settings: Sequence[Settings], swept: Sequence[str]) -> tuple[str, ...]:
    """Of the keys asked to vary, those that do."""
    params = [each.params() for each in settings]
    return tuple(key for key in swept if len({to_text(own.get(key)) for own in params}) > 1)


def _workers() -> int:
    """How many processes train: one a core this process may use."""
    from joblib import cpu_count

    return int(cpu_count())
