"""A whole sweep, from checked settings to recorded runs: plan, train, record, sum up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule import terminal
from chainrule.build import spec_of, uses_seed
from chainrule.errors import InputError, RunFailedError
from chainrule.record import address
from chainrule.record.run_record import SWEEP, to_text
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import summary, undelivered
from chainrule.sweep.abandoned import close_abandoned
from chainrule.sweep.announce import announce, announce_run, interrupted_text
from chainrule.sweep.delivery import Delivery
from chainrule.sweep.execute import execute, train
from chainrule.sweep.known import KnownRuns, find_known
from chainrule.sweep.outcome import NOT_TRAINED, Outcome
from chainrule.sweep.plan import make_plan
from chainrule.sweep.progress import SweepProgress
from chainrule.sweep.recorder import ENDING_SECONDS, Recorder, recorder
from chainrule.sweep.run_records import dataset_record, run_records
from chainrule.sweep.sweep_record import ParentRun, Request

if TYPE_CHECKING:
    import pandas as pd


def validate(configs: Sequence[Mapping[str, Any]]) -> list[Settings]:
    """The settings of all configs, each checked against its data; InputError for the first that can't be used."""
    made: dict[str, Any] = {}
    settings = [Settings.from_config(config, made) for config in configs]
    for each in dict.fromkeys(settings):
        spec_of(each)
    return settings


def run_sweep(
    settings: Sequence[Settings],
    swept: Sequence[str],
    study: Study,
    uri: str | None,
    *,
    pictures: bool = True,
    fresh: bool = False,
    stops: bool = False,
) -> list[Outcome]:
    """Train all runs as stacks and record them below one parent run; returns an outcome an entry, in order.

    Settings that are equal, or differ in a seed that changes nothing, are one run: it is trained and recorded once, and
    unless `fresh` not at all if its study has it already. Each stack's runs are in the store as soon as it is trained;
    if the sweep is interrupted, what was recorded stays, and the parent run says so. `pictures` are drawn at the end
    and kept with the parent run. If `stops`, the first run that fails ends the sweep, which raises RunFailedError.
    """
    from joblib import cpu_count

    resolved = address.check_reachable(uri)
    chosen = representatives(settings)
    unique = list(dict.fromkeys(chosen))
    swept = varying(unique, swept)
    workers = int(cpu_count())  # those this process may use
    process = recorder()
    deliver_waiting(resolved)
    close_abandoned(resolved)
    known = KnownRuns() if fresh else find_known(unique, study.name, resolved)
    opened = process.open(resolved, study, Request.of(unique, swept, known.ids()))  # while the workers start
    missing = [each for each in unique if each not in known.runs]
    stacks = make_plan(missing, workers)
    for line in known.lines():
        terminal.progress().print(line)
    with (
        SweepProgress(len(missing)) as progress,
        closing(execute(stacks, workers, summary.load_drawing if pictures else None)) as results,
    ):
        delivery = Delivery(process, results, missing, (resolved, study), opened, progress, stops=stops)
        with _ended_in_time(process, delivery, (len(known.runs), len(unique)), study, resolved, progress):
            delivery.run()
            runs = _close(process, "FAILED" if delivery.failure else "FINISHED", pictures=pictures)
    announce(runs, study)
    if delivery.failure:
        recorded = f"{len(delivery.outcomes)} of {len(missing)} runs are recorded"
        raise RunFailedError("on_error", "stop", f"{delivery.failure}: {recorded}")
    outcomes = delivery.outcomes
    assert delivery.parent
    sweep = delivery.parent.sweep_tags[SWEEP]
    outcomes |= {each: Outcome(run_id, outcome, sweep) for each, (run_id, outcome) in known.runs.items()}
    return [outcomes[each] for each in chosen]


def deliver_waiting(uri: str) -> None:
    """Record the runs of earlier sweeps that the store at the resolved `uri` did not take then."""
    for file in undelivered.waiting(uri):
        try:
            count = undelivered.deliver(file, uri)
        except InputError as error:  # the sweep itself may do all the same
            terminal.progress().print(f"not recorded: {error}", markup=False, soft_wrap=True)
        else:
            if count:
                terminal.progress().print(f"recorded now: runs of an earlier sweep that waited for this store: {count}")


def _close(process: Recorder, status: str, *, pictures: bool) -> pd.DataFrame:
    """The recorded runs, as `load_runs` gives them."""
    runs: pd.DataFrame = process.ask("runs")
    with summary.pictures(runs, wanted=pictures) as folder:
        process.close(status, folder)
    return runs


@contextmanager
def _ended_in_time(
    process: Recorder, delivery: Delivery, runs: tuple[int, int], study: Study, uri: str, progress: SweepProgress
) -> Iterator[None]:
    """An interrupt of the block ends the training at once, and the recording when what is trained is written.

    `runs` tells how many of the sweep's runs had been recorded before, and how many it has.
    """
    try:
        yield
    except KeyboardInterrupt:
        until = time.monotonic() + ENDING_SECONDS
        progress.say("interrupted: writing what is trained ...")
        kept = delivery.end(until)
        known, total = runs
        recorded = process.leave(until)
        if recorded is not None:
            recorded = max(recorded, known)  # those too belong to the sweep, however early it was interrupted
        progress.say(interrupted_text(recorded, total, study, uri))
        if kept:
            progress.say(undelivered.told(kept))
        raise


def run_one(
    settings: Settings, study: Study, uri: str | None, parent: str | None = None, *, stops: bool = False
) -> Outcome:
    """Train and record a single run, on its own or below the parent run with the id `parent`.

    If `stops` and it fails, the runs below `parent` that come after it are not trained.
    """
    from chainrule.record.store import open_store, store_errors

    resolved = address.check_reachable(uri)
    store = open_store(resolved)
    with store_errors(store.uri):
        found = ParentRun.find(store, parent) if parent else None
        experiment = found.experiment_id if found else store.experiment(study.name, study.question)
    swept, sweep_tags = (found.swept, found.sweep_tags) if found else ((), {})
    if found and found.stopped:
        return Outcome(None, NOT_TRAINED, sweep_tags[SWEEP])
    (stack,) = make_plan([settings], 1)
    (result,) = train(stack)
    records = run_records(result, [settings], dataset_record(settings.dataset), swept, sweep_tags)
    try:
        with store_errors(store.uri):
            (run_id,) = store.write(experiment, parent, records)
            if found and stops and result.error:
                found.stop(store, f"the run {records[0].name} failed ({result.error})")
    except InputError as failed:
        undelivered.keep(store.uri, study, parent, records)
        raise InputError(failed.key, failed.value, f"{failed.requirement}; {undelivered.told(1)}") from failed
    if found is None:
        announce_run(records[0], run_id, study, store.uri)
    return Outcome(run_id, result.outcome(0), sweep_tags.get(SWEEP))


def open_parent(
    settings: Sequence[Settings], swept: Sequence[str], study: Study, uri: str | None, *, fresh: bool = False
) -> tuple[ParentRun, KnownRuns]:
    """A new parent run, for jobs that train elsewhere by `run_one`; and which runs need not be trained at all."""
    from chainrule.record.store import open_store

    resolved = address.check_reachable(uri)
    unique = list(dict.fromkeys(representatives(settings)))
    deliver_waiting(resolved)
    close_abandoned(resolved)
    known = KnownRuns() if fresh else find_known(unique, study.name, resolved)
    for line in known.lines():
        terminal.progress().print(line)
    swept = varying(unique, swept)
    parent = ParentRun.open(open_store(resolved), study, Request.of(unique, swept, known.ids()))
    return parent, known


def close_parent(run_id: str, study: Study, uri: str | None, status: str) -> None:
    """Sum up and end what `open_parent` opened; raises RunFailedError if `run_one` has stopped it."""
    from chainrule.record.store import open_store

    store = open_store(uri)
    parent = ParentRun.find(store, run_id)
    runs = parent.runs(store)
    with summary.pictures(runs) as folder:
        parent.close(store, study, runs, "FAILED" if parent.stopped else status, folder)
    parent.offer_views(store, runs)
    if not runs.empty:
        announce(runs, study)
    if parent.stopped:
        raise RunFailedError("on_error", "stop", f"{parent.stopped}: {len(runs)} runs are recorded")


def representatives(settings: Sequence[Settings]) -> list[Settings]:
    """For each entry the first one that gives the same numbers: its own, or with another seed that changes nothing."""
    first: dict[Settings, Settings] = {}
    return [first.setdefault(each if uses_seed(each) else replace(each, seed=0), each) for each in settings]


def varying(settings: Sequence[Settings], swept: Sequence[str]) -> tuple[str, ...]:
    """Of the keys asked to vary, those that do."""
    params = [each.params() for each in settings]
    return tuple(key for key in swept if len({to_text(own.get(key)) for own in params}) > 1)
