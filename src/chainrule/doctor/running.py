"""Sweeps and runs that are RUNNING, and whether anybody still works on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Problem, Remark, counted, listed
from chainrule.record.run_record import HOST, PARENT, SWEEP
from chainrule.sweep.abandoned import SILENCE, Running, end_abandoned, find_running


def left_running(looked: Inspection) -> Iterator[Problem | Remark]:
    """What was left RUNNING by processes that are gone; what others are working on is remarked."""
    if not looked.exists:
        return
    found = find_running(looked.reader.source)
    left = [each for each in found if each.is_abandoned]
    for why, own in (
        ("by a process that is gone", [each for each in left if each.owner == "gone"]),
        (f"without a sign of life for {SILENCE:g} hours", [each for each in left if each.owner != "gone"]),
    ):
        if own:
            yield _problem(looked, own, why)
    ended = {each.run.run_id for each in left}
    for each in found:
        if not each.is_abandoned and each.run.tags.get(PARENT) not in ended:
            yield from _remark(each)


def _problem(looked: Inspection, left: Sequence[Running], why: str) -> Problem:
    sweeps, halves = [each for each in left if each.is_sweep], [each for each in left if not each.is_sweep]
    names, said, told = [], [], []
    if sweeps:
        names.append(f"{counted(len(sweeps), 'sweep')} ({listed([each.run.tags[SWEEP] for each in sweeps])})")
        said.append("ends each sweep as KILLED, with the counts of the runs it has recorded")
    if halves:
        runs = counted(len(halves), "half-recorded run")
        names.append(f"{runs} ({listed([each.run.run_id for each in halves])})")
        said.append("puts half-recorded runs into MLflow's trash, to be trained again")
        told.append(f"{runs} put into the trash")

    def end() -> str:
        recorded = end_abandoned(looked.store, left)
        ended = f"{counted(len(sweeps), 'sweep')} ended as KILLED, with {counted(recorded, 'recorded run')}"
        return f"{', '.join([*([ended] if sweeps else []), *told])}."

    return Problem(f"Left RUNNING {why}: {' and '.join(names)}.", f"--fix {' and '.join(said)}.", end)


def _remark(each: Running) -> Iterator[Remark]:
    if not each.is_sweep and PARENT in each.run.tags:
        return  # its sweep is remarked
    what = f"The sweep {each.run.tags[SWEEP]}" if each.is_sweep else f"The run {each.run.run_id}"
    if each.owner == "alive":
        yield Remark(f"{what} is being recorded at this moment, on this machine.")
    elif each.owner == "elsewhere":
        host = (each.run.parent_tags or each.run.tags).get(HOST)
        yield Remark(
            f"{what} is RUNNING on {host}, which can't be seen from here; its last sign of life was {_ago(each)}."
        )
    else:
        yield Remark(
            f"{what} is RUNNING and does not say where; its last sign of life was {_ago(each)},"
            f" and after {SILENCE:g} hours it counts as abandoned."
        )


def _ago(each: Running) -> str:
    minutes = max(0, round(60 * each.silence))
    return f"{counted(minutes, 'minute')} ago" if minutes < 60 else f"{counted(round(each.silence), 'hour')} ago"
