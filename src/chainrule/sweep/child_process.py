"""A process that this one starts and asks, in pickles through its standard input and output.

It ignores the signals that a terminal sends to all, and is to end when its input does: so also when this one is gone.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from multiprocessing import connection
from typing import Any

from chainrule.sweep.interrupts import ignore_interrupts, interrupts_blocked, interrupts_deferred

STARTED_BY = "CHAINRULE_STARTED_BY"  # the variable that tells the process whose child it is
_LENGTH = 8  # bytes before each message, its length


class ProcessEndedError(Exception):
    """The process can't answer any more; `code` is what it ended with, negative for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the process ended, with code {code}")
        self.code = code


class ChildProcess:
    """Runs the module `module`, which finds the packages this process finds, but none of the current folder."""

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        with interrupts_blocked():
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],  # without -P, the current folder would come first
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **(environment or {}), "PYTHONPATH": paths, STARTED_BY: str(os.getpid())},
            )
        assert isinstance(self._process.stdin, io.FileIO)
        assert isinstance(self._process.stdout, io.FileIO)
        self.pid, self._questions, self._answers = self._process.pid, self._process.stdin, self._process.stdout
        self.unread = 0  # answers

    def is_running(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def send(self, message: bytes) -> None:
        """Send what the process reads next; raises ProcessEndedError if it can't."""
        if self._questions.closed:
            raise ProcessEndedError(self.wait())
        self.unread += 1
        try:
            write_message(self._questions, message)
        except BrokenPipeError:
            raise ProcessEndedError(self.wait()) from None

    def receive(self, until: float | None = None) -> Any:
        """What it wrote, unpickled; raises what it raised, ProcessEndedError, or TimeoutError at `until`.

        `until` is in seconds of `time.monotonic`. An interrupt may end the wait, but never the reading of a message.
        """
        if self._answers.closed:
            raise ProcessEndedError(self.wait())
        left = None if until is None else max(0.0, until - time.monotonic())
        if not connection.wait([self._answers.fileno()], left):
            raise TimeoutError
        with interrupts_deferred():
            message = read_message(self._answers)
            self.unread -= 1
        if message is None:
            raise ProcessEndedError(self.wait())
        is_answer, answer = pickle.loads(message)
        if is_answer:
            return answer
        raise answer

    def close_input(self) -> None:
        """Let it end by itself, when it has answered."""
        self._questions.close()

    def close(self) -> None:
        """Neither ask nor read any more; it ends by itself."""
        self._questions.close()
        self._answers.close()

    def wait(self) -> int:
        """Close its input and wait until it has ended by itself; what it ended with."""
        self.close_input()
        code = self._process.wait()
        self._answers.close()
        return code

    def kill(self) -> None:
        """End it at once. Who is reading an answer is told."""
        self._process.kill()
        self._process.wait()


def write_message(stream: io.FileIO, message: bytes) -> None:
    """Write all of it, with its length first."""
    left = memoryview(len(message).to_bytes(_LENGTH, "big") + message)
    while left:
        left = left[stream.write(left) :]


def read_message(stream: io.FileIO) -> bytearray | None:
    """The next message; None if the other side has closed the stream, be it in the middle of one."""
    length = _read(stream, _LENGTH)
    return None if length is None else _read(stream, int.from_bytes(length, "big"))


def _read(stream: io.FileIO, size: int) -> bytearray | None:
    found = bytearray(size)
    view, done = memoryview(found), 0
    while done < size:
        count = stream.readinto(view[done:])
        if not count:
            return None
        done += count
    return found


def begin_child() -> tuple[io.FileIO, io.FileIO]:
    """For the process itself: where questions come from and answers go to. What it prints goes to standard error."""
    ignore_interrupts()
    gc.set_threshold(50_000)  # see `cli.main`
    questions = io.FileIO(os.dup(sys.stdin.fileno()), "r")
    answers = io.FileIO(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return questions, answers


def answer_message(answer: Any) -> bytes:
    """The message for an answer."""
    return pickle.dumps((True, answer), pickle.HIGHEST_PROTOCOL)


def error_message(error: Exception) -> bytes:
    """The message for an error, to be raised where the question was asked."""
    error.add_note(traceback.format_exc())
    return pickle.dumps((False, portable(error)), pickle.HIGHEST_PROTOCOL)


def portable(error: Exception) -> Exception:
    """The error, or what it said in one that can be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # other people's errors fail in their own ways
        return RuntimeError("".join(traceback.format_exception(error)))
    return error
