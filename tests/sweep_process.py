"""The real command `chainrule sweep` as processes that tests interrupt and kill."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

COMMAND = Path(sys.executable).with_name("chainrule")
PATIENCE = 300  # seconds, for a machine that is busy with other things


class SweepProcess:
    """The command in a session of its own, with a temporary folder for it alone; the store is at `uri`.

    What is printed to standard error can be read line by line.
    """

    def __init__(self, folder: Path, overrides: Sequence[str], uri: str | None = None) -> None:
        self.uri, self.temporary = uri or f"sqlite:///{folder}/mlflow.db", folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [COMMAND, "sweep", *overrides, f"tracking.uri={self.uri}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(self.temporary)},
            start_new_session=True,
            preexec_fn=_interruptible,
        )

    def wait_for(self, words: str) -> bool:
        """Read its progress until a line has these words; False if it ends before."""
        assert self.process.stderr is not None
        return any(words in line for line in iter(self.process.stderr.readline, ""))

    def children(self, module: str = "") -> list[int]:
        """Its processes that run the module of this name; all of them by default."""
        return [pid for pid in _descendants(self.process.pid) if module in _command_line(pid)]

    def members(self) -> list[int]:
        """All processes of its session that have not ended, its own too, whoever their parent is by now."""
        return [pid for pid, each in _processes().items() if each.session == self.process.pid and each.state != "Z"]

    def cpu_seconds(self) -> float:
        """What its processes have computed so far: how far it is, however busy the machine is with other things."""
        return sum(each.cpu_seconds for each in _processes().values() if each.session == self.process.pid)

    def handles(self, number: int) -> bool:
        """Whether it has begun to handle a signal; before, the system ends it."""
        caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{self.process.pid}/status").read_text(), re.MULTILINE)
        return bool(caught and int(caught[1], 16) >> (number - 1) & 1)

    def send(self, number: int) -> None:
        """Send a signal to all of its processes, as a terminal does, or a service that is stopped."""
        os.killpg(self.process.pid, number)

    def end(self) -> str:
        """What it has said on standard error since, when it and all that holds its streams have ended."""
        _, said = self.process.communicate(timeout=PATIENCE)
        return said

    def wait_for_all(self) -> None:
        """Wait until none of its processes is left."""
        wait_until(lambda: not self.members())

    def clear(self) -> None:
        """Kill what is left of it."""
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.communicate()


def _interruptible() -> None:
    """A process that is started in the background, or by nohup, would ignore these for ever."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class _Process(NamedTuple):
    state: str
    parent: int
    session: int
    cpu_seconds: float  # its children's that have ended included


def _processes() -> dict[int, _Process]:
    found = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may end meanwhile
            state, parent, _, session, *others = each.read_text().rpartition(")")[2].split()
            ticks = sum(map(int, others[7:11]))
            found[int(each.parent.name)] = _Process(state, int(parent), int(session), ticks / os.sysconf("SC_CLK_TCK"))
    return found


def _descendants(pid: int) -> list[int]:
    parents = {child: each.parent for child, each in _processes().items()}

    def below(pid: int) -> list[int]:
        return [each for child, parent in parents.items() if parent == pid for each in (child, *below(child))]

    return below(pid)


def _command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def is_running(pid: int) -> bool:
    """Whether a process has not ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    """Fails if it does not come true for minutes."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
