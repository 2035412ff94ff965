"""Sweeps that lose processes or are interrupted at random moments: what is recorded is whole, the rest is finished."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from joblib import cpu_count

import chainrule as cr
from chainrule import cli
from chainrule.record.run_record import FINGERPRINT, PARENT, POSITION, SWEEP
from chainrule.sweep import undelivered
from sweep_process import SweepProcess, wait_until

THOROUGH = hypothesis.settings().max_examples > 100  # see conftest.py
A_TEST = 5  # kills or interrupts
KILL_SEEDS = range(12) if THOROUGH else (3, 7)  # those waste the fewest sweeps that end before they are killed
INTERRUPT_SEEDS = range(6) if THOROUGH else (0,)

SHAPES = ["hidden=[8],[5,4]", "batch_size=null,250", "optimizer=gradient_descent,momentum"]
LENGTH = ["dataset.samples=3000", "epochs=200", "record.points=12"]  # enough for worker processes
OVERRIDES = [*SHAPES, "record.parameters=none,all", "seed=range(3)", *LENGTH]
RUNS = 48
WITHOUT_PICTURES = "hydra.launcher.pictures=false"
KILLS = ("sweep", "group", "recorder", *(["worker"] if cpu_count() > 1 else []))  # who gets SIGKILL
INTERRUPTS = {"SIGINT to group": 130, "SIGTERM to group": 143, "SIGTERM to sweep": 143}
MODULES = {"recorder": "chainrule.sweep.recorder", "worker": "chainrule.sweep.workers"}
COMMIT = {"mlflow.source.git.commit", "chainrule.git.changed"}  # somebody may be at work here
# What may tell two equal runs apart; the note names the sweep.
OWN_TAGS = {SWEEP, POSITION, PARENT, "mlflow.source.name", "mlflow.note.content"} | COMMIT

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

Numbers = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Undisturbed:
    """What an undisturbed sweep records, and what it computes in CPU seconds: until it records, and from then on."""

    numbers: Numbers
    before: float
    recording: float


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    sweep = SweepProcess(folder, [*OVERRIDES, WITHOUT_PICTURES])
    assert sweep.wait_for("runs/s")
    assert sweep.children(MODULES["worker"]) or cpu_count() == 1
    seen = [sweep.cpu_seconds()]
    while sweep.process.poll() is None:
        time.sleep(0.05)
        seen.append(sweep.cpu_seconds())
    sweep.end()
    assert sweep.process.returncode == 0
    numbers = recorded(folder / "mlflow.db")
    assert len(numbers) == RUNS
    assert len({str(each["curves"]) for each in numbers.values()}) == RUNS / 2  # the kept parameters change no number
    assert sorted({len(each["parameters"]) for each in numbers.values()}) == [0, 12]
    return Undisturbed(numbers, seen[0], max(seen) - seen[0])


def recorded(file: Path) -> Numbers:
    """All that is recorded of each run but when and by which sweep, by fingerprint; every number as its bits."""
    if not file.exists():
        return {}
    kept = parameters(file)  # first, as a reader finds it who must not write
    with contextlib.closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        query = "SELECT run_uuid, status, name FROM runs WHERE lifecycle_stage = 'active'"
        runs = {run: {"status": status, "name": name} for run, status, name in database.execute(query)}
        tags = _by_run(database, "SELECT run_uuid, key, value FROM tags")
        params = _by_run(database, "SELECT run_uuid, key, value FROM params")
        curves = _by_run(database, "SELECT run_uuid, key, step, value, is_nan FROM metrics")
        finals = _by_run(database, "SELECT run_uuid, key, step, value, is_nan FROM latest_metrics")
    found: Numbers = {}
    for run, about in runs.items():
        own = dict(tags[run])
        if own["chainrule.role"] == "sweep":
            continue
        fingerprint = own[FINGERPRINT]
        assert fingerprint not in found, "recorded twice"
        found[fingerprint] = {
            **about,
            "tags": {key: value for key, value in own.items() if key not in OWN_TAGS},
            "params": dict(params[run]),
            "curves": sorted(curves[run]),
            "finals": sorted(finals[run]),
            "parameters": kept.get(run, []),
        }
    return found


def _by_run(database: sqlite3.Connection, query: str) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for run, *row in database.execute(query):
        rows.setdefault(run, []).append(tuple(each.hex() if isinstance(each, float) else each for each in row))
    return rows


def parameters(file: Path) -> dict[str, list[Any]]:
    """The bits of all snapshots, by run; every run that is to keep some has them."""
    runs = cr.load_runs(uri=f"sqlite:///{file}")
    keeping = runs[runs["record.parameters"] == "all"] if len(runs) else runs
    snapshots = cr.load_parameters(keeping) if len(keeping) else {}
    return {
        run: [(each.epoch, [array.tobytes() for array in (*each.weights, *each.biases)]) for each in own]
        for run, own in snapshots.items()
    }


def statuses(file: Path) -> list[str]:
    """Of the sweeps themselves, in their order."""
    if not file.exists():
        return []
    with contextlib.closing(sqlite3.connect(file)) as database:
        query = "SELECT status FROM runs JOIN tags USING (run_uuid) WHERE key = 'chainrule.role' AND value = 'sweep'"
        return [status for (status,) in database.execute(f"{query} ORDER BY start_time")]


class Store:
    """A store whose sweeps are disturbed; how and when is drawn by `draw`."""

    def __init__(self, folder: Path, undisturbed: Undisturbed, draw: random.Random, overrides: Sequence[str]) -> None:
        folder.mkdir()
        self._folder, self._undisturbed, self._draw, self._overrides = folder, undisturbed, draw, overrides
        self._file = folder / "mlflow.db"
        self._uri = f"sqlite:///{self._file}"
        self._numbers: Numbers = {}
        self._sweep: SweepProcess | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all runs are recorded."""
        return len(self._numbers) == RUNS

    def disturb(self, ways: Sequence[str]) -> list[str]:
        """Run the sweep, disturbed in some of these ways until it has ended; in which, in this order."""
        self._sweep = sweep = SweepProcess(self._folder, self._overrides)
        done: list[str] = []
        missing = 1 - len(self._numbers) / RUNS
        before, recording = self._undisturbed.before, self._undisturbed.recording * missing
        if self._draw.random() < 0.5:
            moment = self._draw.random() * (before + recording)
        else:
            sweep.wait_for("runs/s")
            moment = sweep.cpu_seconds() + self._draw.random() * recording
        while _reaches(sweep, moment) and _disturb(sweep, way := self._draw.choice(ways), self._draw.random()):
            done.append(way)
            if way in INTERRUPTS:
                break
            moment = sweep.cpu_seconds() + self._draw.random() * (before + recording)
        said = sweep.end()
        sweep.wait_for_all()
        self._check(sweep.process.returncode, said, done)
        return done

    def _check(self, code: int, said: str, done: list[str]) -> None:
        """The sweep has ended as it should, and what is recorded is right, and no less than before."""
        assert "Traceback" not in said
        before, self._numbers = self._numbers, recorded(self._file)
        assert before.keys() <= self._numbers.keys() <= self._undisturbed.numbers.keys()
        for fingerprint, own in self._numbers.items():
            assert own == self._undisturbed.numbers[fingerprint]
            assert own == before.get(fingerprint, own)
        if code == 0:  # it may have ended before it noticed
            self._check_complete()
        elif done[-1] in INTERRUPTS:
            self._check_interrupted(code, said, done[-1])
        elif code == 2:
            assert done.count("recorder") > 1
            assert "the process that records died twice" in said
            assert statuses(self._file)[-1] == "FAILED"
        else:
            assert code == -signal.SIGKILL
            assert done[-1] in ("sweep", "group")

    def _check_interrupted(self, code: int, said: str, way: str) -> None:
        assert code == INTERRUPTS[way], said
        assert said.endswith("chainrule: interrupted\n")
        told = re.findall(r"(\d+) of (\d+) runs are recorded", said)
        assert told in ([], [(str(len(self._numbers)), str(RUNS))])
        kept = re.findall(r"(\d+) trained runs? (?:is|are) kept in", said)
        assert bool(kept) == bool(self._waiting())
        assert not list((self._folder / "tmp").iterdir())
        assert "RUNNING" not in statuses(self._file)

    def finish(self) -> None:
        """The same command once more records all that is missing."""
        before, waiting = len(self._numbers), self._waiting()
        self._sweep = SweepProcess(self._folder, self._overrides)
        said = self._sweep.end()
        assert self._sweep.process.returncode == 0, said
        delivered = re.findall(r"recorded now: runs of an earlier sweep that waited for this store: (\d+)", said)
        assert len(delivered) == waiting
        found = re.findall(r"(\d+) runs? (?:is|are) recorded already and not trained again", said)
        assert sum(map(int, found)) == before + sum(map(int, delivered))
        self._numbers = recorded(self._file)
        self._check_complete()

    def _waiting(self) -> int:
        return len(undelivered.waiting(self._uri))

    def _check_complete(self) -> None:
        assert self._numbers.keys() == self._undisturbed.numbers.keys()
        for fingerprint, own in self._numbers.items():
            assert own == self._undisturbed.numbers[fingerprint]
        assert not self._waiting()
        assert "RUNNING" not in statuses(self._file)
        assert statuses(self._file)[-1] == "FINISHED"

    def clear(self) -> None:
        """Kill what is left of the last sweep."""
        if self._sweep:
            self._sweep.clear()


def _reaches(sweep: SweepProcess, cpu_seconds: float) -> bool:
    """Whether it comes so far before it ends."""
    while sweep.process.poll() is None:
        if sweep.cpu_seconds() >= cpu_seconds:
            return True
        time.sleep(0.02)
    return False


def _disturb(sweep: SweepProcess, way: str, which: float) -> bool:
    """Disturb it in this way as soon as it can be; False if it ends before."""
    number, _, victim = way.rpartition(" to ")
    while sweep.process.poll() is None:
        with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
            found = sweep.children(MODULES[victim]) if victim in MODULES else [sweep.process.pid]
            if found and (not number or sweep.handles(signal.SIGTERM)):
                send = os.killpg if victim == "group" else os.kill
                send(found[int(which * len(found))], getattr(signal, number or "SIGKILL"))
                return True
        time.sleep(0.01)
    return False


def disturbed(folder: Path, undisturbed: Undisturbed, seed: int, ways: Sequence[str]) -> None:
    """Disturb sweeps in these ways, one after the other into one store until it is complete, then into another."""
    draw = random.Random(seed)
    overrides = OVERRIDES if seed % 4 == 0 else [*OVERRIDES, WITHOUT_PICTURES]
    done: list[list[str]] = []
    stores: list[Store] = []
    try:
        while sum(map(len, done)) < A_TEST:
            if not stores or stores[-1].is_complete:
                stores.append(Store(folder / str(len(stores)), undisturbed, draw, overrides))
            done.append(stores[-1].disturb(ways))
            print(done[-1], len(stores), len(stores[-1]._numbers))
        stores[-1].finish()
    finally:
        for store in stores:
            store.clear()


@pytest.mark.parametrize("seed", KILL_SEEDS)
def test_whatever_is_killed_the_same_command_finishes_the_rest(
    tmp_path: Path, undisturbed: Undisturbed, seed: int
) -> None:
    disturbed(tmp_path, undisturbed, seed, KILLS)


@pytest.mark.parametrize("seed", INTERRUPT_SEEDS)
def test_whenever_it_is_interrupted_the_same_command_finishes_the_rest(
    tmp_path: Path, undisturbed: Undisturbed, seed: int
) -> None:
    disturbed(tmp_path, undisturbed, 1000 + seed, list(INTERRUPTS))


JOBS = ["seed=range(12)", "dataset.samples=60", "epochs=30", "record.points=5"]
OTHERS = [("basic", "sweep"), ("joblib", "sweep"), ("joblib", "group")]


@pytest.mark.parametrize(("launcher", "victim"), OTHERS if THOROUGH else OTHERS[:1])
def test_killed_jobs_of_other_launchers_are_finished_by_the_same_command(
    tmp_path: Path, launcher: str, victim: str
) -> None:
    command = [f"hydra/launcher={launcher}", *JOBS, *(["hydra.launcher.n_jobs=2"] if launcher == "joblib" else [])]
    file = tmp_path / "mlflow.db"
    sweep = SweepProcess(tmp_path, command)
    try:
        wait_until(lambda: file.exists() and len(cr.load_runs(uri=sweep.uri)) >= 3)
        assert _disturb(sweep, victim, 0.0)
        assert "Traceback" not in sweep.end()
        sweep.wait_for_all()
    finally:
        sweep.clear()
    before = recorded(file)
    assert 3 <= len(before) < 12
    again = SweepProcess(tmp_path, command)
    said = again.end()
    assert again.process.returncode == 0, said
    assert f"{len(before)} runs are recorded already and not trained again" in said
    numbers = recorded(file)
    assert cli.main(["sweep", *JOBS, WITHOUT_PICTURES, f"tracking.uri=sqlite:///{tmp_path}/stacked.db"]) == 0
    assert numbers == recorded(tmp_path / "stacked.db")
    assert before == {fingerprint: numbers[fingerprint] for fingerprint in before}
    assert "RUNNING" not in statuses(file)
