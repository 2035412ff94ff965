"""Fair timing on a machine that is never quite idle: sides take turns, commands run in processes of their own."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_PROGRESS = re.compile(r"([1-9]\d*)/\d+ runs")
_BETWEEN_LOOKS = 0.1  # seconds between two looks at the memory


def seconds(do: Callable[[], Any]) -> float:
    """The wall time of one call."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def take_turns(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, tuple[float, ...]]:
    """Each side's measurements, `rounds` of them, taken A B A B: what slows the machine down slows all sides."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, measure in sides.items():
            taken[name].append(measure())
    return {name: tuple(values) for name, values in taken.items()}


@dataclass(frozen=True)
class Finished:
    """How long a command took in all, when it told of how many finished runs, and the most memory it held."""

    seconds: float
    progress: tuple[tuple[float, int], ...]  # (seconds since the start, runs done)
    peak_memory: int | None  # bytes, all its processes together; None where /proc does not tell

    @property
    def halves(self) -> tuple[float, float] | None:
        """Seconds a run up to the middle line of progress and from there on; None if there are too few lines."""
        if len(self.progress) < 3:
            return None
        ends = self.progress[0], self.progress[len(self.progress) // 2], self.progress[-1]
        first, second = ((b[0] - a[0]) / (b[1] - a[1]) for a, b in itertools.pairwise(ends))
        return first, second


def run_python(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Finished:
    """Run `python arguments` as a process; raises CalledProcessError, with what it said, if it fails."""
    command = [sys.executable, "-P", *arguments]  # whatever the working folder holds, the installed package runs
    began = time.perf_counter()
    progress, said = [], []
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # its workers are then known by its session
        env={**os.environ, **(environment or {})},
    ) as process:
        assert process.stderr is not None
        with _MemoryWatch(process.pid) as memory:
            for line in process.stderr:
                said.append(line)
                if found := _PROGRESS.search(line):
                    progress.append((time.perf_counter() - began, int(found[1])))
            code = process.wait()
            ended = time.perf_counter()
    if code:
        raise subprocess.CalledProcessError(code, command, stderr="".join(said))
    return Finished(ended - began, tuple(progress), memory.peak)


class _MemoryWatch(threading.Thread):
    """While its context lasts, keeps the largest sum of the resident memory of a session's processes."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.peak: int | None = 0 if Path("/proc/self/stat").exists() else None
        self._session, self._done = session, threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        while self.peak is not None and not self._done.wait(_BETWEEN_LOOKS):
            self.peak = max(self.peak, sum(_resident_memory(self._session)))


def _resident_memory(session: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            continue
        if int(fields[3]) == session:
            yield int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
