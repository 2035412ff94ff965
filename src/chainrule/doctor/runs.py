"""Runs that are not whole or recorded twice, and sweeps that have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Problem, Remark, counted, listed
from chainrule.doctor.recorded import Recorded
from chainrule.reading.points import Points
from chainrule.record.run_record import DIVERGED_AT, FINGERPRINT, KNOWN_FILE, OUTCOME, WITH_NUMBERS
from chainrule.record.store import store_errors
from chainrule.sweep import undelivered
from chainrule.sweep.sweep_record import ParentRun

_COST = "cost"


def short_curves(looked: Inspection) -> Iterator[Problem | Remark]:
    """Runs that count as whole, though curves end before the last epoch or lack points that others have."""
    judged = [run for run in looked.runs if run.status == "FINISHED" and _last_epoch(run) is not None]
    if not judged:
        return
    extents = looked.reader.extents(judged)
    short = []
    for run in judged:
        extent, expected = extents.get(run.run_id), _last_epoch(run)
        is_absent = extent is None and _COST in run.params.get("record.curves", _COST)
        if is_absent or (extent is not None and (extent.last < (expected or 0) or extent.missing)):
            short.append(run)
    if not looked.reads_tables:
        yield Remark("Of each run's curves the cost alone was looked at: MLflow hands them out one by one.")
    if short:
        yield Problem(
            f"The curves of {counted(len(short), 'run')} are shorter than the training: {_labels(short)}.",
            "--fix puts each into MLflow's trash and counts its sweep's runs anew: the same command trains it again.",
            lambda: _throw_away(looked, short),
        )


def _last_epoch(run: Recorded) -> int | None:
    """The epoch its curves should reach; None for runs that failed, or whose settings don't tell."""
    outcome, epochs = run.tags.get(OUTCOME), run.params.get("epochs", "")
    if not epochs.isdecimal() or outcome not in (*WITH_NUMBERS, "diverged"):
        return None
    diverged_at = run.tags.get(DIVERGED_AT, "")
    is_cut = outcome == "diverged" and diverged_at.isdecimal()
    return min(int(epochs), int(diverged_at)) if is_cut else int(epochs)


def recorded_twice(looked: Inspection) -> Iterator[Problem | Remark]:
    """Runs of one sweep with one fingerprint; another sweep may record it again, by `fresh=true`."""
    groups: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for run in looked.runs:
        if run.parent and FINGERPRINT in run.tags and run.status == "FINISHED" and run.tags.get(OUTCOME) != "failed":
            groups[run.parent, run.tags[FINGERPRINT]].append(run)
    later: list[Recorded] = []
    different: list[Recorded] = []
    for first, *others in groups.values():
        for other in others:
            (later if _have_same_curves(looked, first, other) else different).append(other)
    if later:
        yield Problem(
            f"{counted(len(later), 'run is', 'runs are')} recorded twice in one sweep, with the same numbers:"
            f" {_labels(later)}.",
            "--fix puts the later one of each into MLflow's trash and counts its sweep's runs anew.",
            lambda: _throw_away(looked, later),
        )
    if different:
        yield Problem(
            f"{counted(len(different), 'run has', 'runs have')} the fingerprint of another of the same sweep, but other"
            f" numbers: {_labels(different)}.",
            "Which is right can't be told from here: train them again with fresh=true, and delete the wrong ones.",
        )


def _have_same_curves(looked: Inspection, first: Recorded, second: Recorded) -> bool:
    points = Points([first.run_id, second.run_id], None)
    looked.reader.source.read_curves(points)
    frame = points.frame(sorted(points.known))
    one, other = (
        frame[frame["run"] == run.run_id].drop(columns="run").reset_index(drop=True) for run in (first, second)
    )
    return bool(one.equals(other))  # NaN equals NaN here


def sweeps_without_runs(looked: Inspection) -> Iterator[Problem | Remark]:
    """Sweeps that have ended without a run; not those that found all recorded already, or whose runs still wait."""
    ended = [sweep for sweep in looked.sweeps if sweep.status != "RUNNING" and not looked.below(sweep)]
    waiting = [file.name for file in undelivered.waiting(looked.uri)] if ended else []
    empty = []
    for sweep in ended:
        files = looked.reader.files(sweep)
        if files is None:
            yield Remark(f"Whether {sweep.label()} has any runs can't be seen from here: its files are elsewhere.")
        elif KNOWN_FILE not in files and not any(sweep.run_id in name for name in waiting):
            empty.append(sweep)
    if empty:
        yield Problem(
            f"{counted(len(empty), 'sweep has', 'sweeps have')} no runs: {_labels(empty)}.",
            "--fix puts what stands for such a sweep into MLflow's trash.",
            lambda: _trash(looked, empty),
        )


def _throw_away(looked: Inspection, runs: Sequence[Recorded]) -> str:
    """Trash the runs; note and counts of their sweeps follow."""
    _trash(looked, runs)
    parents = dict.fromkeys(run.parent for run in runs if run.parent)
    known = {sweep.run_id for sweep in looked.sweeps if sweep.status != "RUNNING"}
    with store_errors(looked.uri):
        for run_id in parents:
            if run_id in known:
                parent = ParentRun.find(looked.store, run_id)
                parent.sum_up(looked.store, looked.store.study(parent.experiment_id), parent.runs(looked.store))
    return f"{counted(len(runs), 'run')} put into the trash, {counted(len(parents), 'sweep')} counted anew."


def _trash(looked: Inspection, runs: Sequence[Recorded]) -> str:
    with store_errors(looked.uri):
        looked.store.trash([run.run_id for run in runs])
    return f"{counted(len(runs), 'sweep')} put into the trash."


def _labels(runs: Sequence[Recorded]) -> str:
    return listed([run.label() for run in runs])
