"""A whole sweep, from checked settings to recorded runs: plan, train, record, sum up."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chainrule import terminal
from chainrule.build import spec_of, uses_seed
from chainrule.record import address
from chainrule.record.parquet_files import ParametersFile
from chainrule.record.run_record import SWEEP, to_text
from chainrule.settings import Settings
from chainrule.study import Study
from chainrule.sweep import summary
from chainrule.sweep.abandoned import close_abandoned
from chainrule.sweep.announce import announce, announce_run, interrupted_text
from chainrule.sweep.execute import Results, WorkersResults, execute, train
from chainrule.sweep.known import KnownRuns, find_known
from chainrule.sweep.plan import make_plan
from chainrule.sweep.progress import SweepProgress
from chainrule.sweep.recorder import ENDING_SECONDS, Recorder, RecorderDiedError, recorder
from chainrule.sweep.run_records import dataset_record, run_records
from chainrule.sweep.sweep_record import ParentRun, common_params

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Outcome:
    """What became of one run: one of `run_record.OUTCOMES`, its id in the store, and its sweep's if it has one."""

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
    settings: Sequence[Settings],
    swept: Sequence[str],
    study: Study,
    uri: str | None,
    *,
    pictures: bool = True,
    fresh: bool = False,
) -> list[Outcome]:
    """Train all runs as stacks and record them below one parent run; returns an outcome an entry, in order.

    Settings that are equal, or differ in a seed that changes nothing, are one run: it is trained and recorded once, and
    unless `fresh` not at all if its study has it already. Each stack's runs are in the store as soon as it is trained;
    if the sweep is interrupted, what was recorded stays, and the parent run says so. `pictures` are drawn at the end
    and kept with the parent run.
    """
    from joblib import cpu_count

    resolved = address.check_reachable(uri)
    chosen = representatives(settings)
    unique = list(dict.fromkeys(chosen))
    swept = varying(unique, swept)
    workers = int(cpu_count())  # those this process may use
    process = recorder()
    close_abandoned(resolved)
    known = KnownRuns() if fresh else find_known(unique, study.name, resolved)
    params = common_params(unique, swept)
    opened = process.open(resolved, study, params, swept, known.ids())  # while the workers are started
    missing = [each for each in unique if each not in known.runs]
    stacks = make_plan(missing, workers)
    for line in known.lines():
        terminal.progress().print(line)
    with (
        SweepProgress(len(missing)) as progress,
        closing(execute(stacks, workers, summary.load_drawing if pictures else None)) as results,
        _ended_in_time(process, results, missing, study, progress),
    ):
        sweep = opened().sweep_tags[SWEEP]
        outcomes, runs = _record(process, results, missing, sweep, progress, pictures=pictures)
    announce(runs, study)
    outcomes |= {each: Outcome(run_id, outcome, sweep) for each, (run_id, outcome) in known.runs.items()}
    return [outcomes[each] for each in chosen]


def _record(
    process: Recorder,
    results: Results,
    settings: Sequence[Settings],
    sweep: str,
    progress: SweepProgress,
    *,
    pictures: bool,
) -> tuple[dict[Settings, Outcome], pd.DataFrame]:
    """What became of each of `settings`, and the recorded runs as `load_runs` gives them; the sweep is closed then."""
    outcomes: dict[Settings, Outcome] = {}
    try:
        for result in itertools.chain.from_iterable(results):
            own = [settings[position] for position in result.positions]
            ids = process.add(result, own, dataset_record(own[0].dataset))
            for row, (each, run_id) in enumerate(zip(own, ids, strict=True)):
                outcomes[each] = Outcome(run_id, result.outcome(row), sweep)
            progress.advance(len(own))
    except RecorderDiedError:
        raise  # nobody is left to be asked
    except Exception:  # whatever it was goes on its way; an interrupt is for `_ended_in_time`
        results.close()
        _close(process, "FAILED", pictures=pictures)
        raise
    return outcomes, _close(process, "FINISHED", pictures=pictures)


def _close(process: Recorder, status: str, *, pictures: bool) -> pd.DataFrame:
    runs: pd.DataFrame = process.ask("runs")
    with summary.pictures(runs, wanted=pictures) as folder:
        process.close(status, folder)
    return runs


@contextmanager
def _ended_in_time(
    process: Recorder, results: Results, settings: Sequence[Settings], study: Study, progress: SweepProgress
) -> Iterator[None]:
    """An interrupt of the block ends the training at once, and the recording when what is trained is written."""
    try:
        yield
    except KeyboardInterrupt:
        until = time.monotonic() + ENDING_SECONDS
        progress.say("interrupted: writing what is trained ...")
        results.close()
        trained = list(itertools.chain.from_iterable(results.ready())) if isinstance(results, WorkersResults) else []
        for result in trained:
            own = [settings[position] for position in result.positions]
            if not process.tell(until, "add", result, own, dataset_record(own[0].dataset)):
                break
        recorded = process.leave(until)
        progress.say(interrupted_text(recorded, len(settings), study))
        raise


def run_one(settings: Settings, study: Study, uri: str | None, parent: str | None = None) -> Outcome:
    """Train and record a single run, on its own or below the parent run with the id `parent`."""
    from chainrule.record.store import open_store, store_errors

    resolved = address.check_reachable(uri)
    (stack,) = make_plan([settings], 1)
    (result,) = train(stack)
    store = open_store(resolved)
    with store_errors(store.uri):
        found = ParentRun.find(store, parent) if parent else None
        swept, sweep_tags = (found.swept, found.sweep_tags) if found else ((), {})
        records = run_records(result, [settings], dataset_record(settings.dataset), swept, sweep_tags)
        experiment = found.experiment_id if found else store.experiment(study.name)
        (run_id,) = store.write(experiment, parent, records)
        if found is None:
            parameters = ParametersFile()
            parameters.add([run_id], records)
            parameters.log_to(store, run_id)
    if found is None:
        announce_run(records[0], run_id, study)
    return Outcome(run_id, result.outcome(0), sweep_tags.get(SWEEP))


def open_parent(
    settings: Sequence[Settings], swept: Sequence[str], study: Study, uri: str | None, *, fresh: bool = False
) -> tuple[str, KnownRuns]:
    """The id of a new parent run, for jobs that train elsewhere by `run_one`; and which need not train at all."""
    from chainrule.record.store import open_store

    unique = list(dict.fromkeys(representatives(settings)))
    close_abandoned(address.check_reachable(uri))
    known = KnownRuns() if fresh else find_known(unique, study.name, address.check_reachable(uri))
    for line in known.lines():
        terminal.progress().print(line)
    swept = varying(unique, swept)
    parent = ParentRun.open(open_store(uri), study, common_params(unique, swept), swept, known.ids())
    return parent.run_id, known


def close_parent(run_id: str, study: Study, uri: str | None, status: str) -> None:
    """Sum up and end what `open_parent` opened, as FINISHED, FAILED or KILLED."""
    from chainrule.record.store import open_store

    store = open_store(uri)
    parent = ParentRun.find(store, run_id)
    runs = parent.runs(store)
    with summary.pictures(runs) as folder:
        parent.close(store, study, runs, status, folder)
    if not runs.empty:
        announce(runs, study)


def representatives(settings: Sequence[Settings]) -> list[Settings]:
    """For each entry the first one that gives the same numbers: its own, or with another seed that changes nothing."""
    first: dict[Settings, Settings] = {}
    return [first.setdefault(each if uses_seed(each) else replace(each, seed=0), each) for each in settings]


def varying(settings: Sequence[Settings], swept: Sequence[str]) -> tuple[str, ...]:
    """Of the keys asked to vary, those that do."""
    params = [each.params() for each in settings]
    return tuple(key for key in swept if len({to_text(own.get(key)) for own in params}) > 1)
