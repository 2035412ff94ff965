"""The process that records: it loads MLflow while the runs are composed, and writes while others train.

It is asked one thing at a time, in pickles through its standard input and output. When these are closed on it, it
ends the sweep it has open as KILLED: what was recorded stays whole, whatever became of the process that trained.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.sweep.interrupts import interrupts_deferred, interrupts_ignored_by_children

if TYPE_CHECKING:
    from chainrule.sweep.sweep_record import ParentRun, SweepRecord


class Recorder:
    """A process with room for one open `SweepRecord`; it starts to load MLflow at once."""

    def __init__(self) -> None:
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        with interrupts_ignored_by_children():
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": paths},
            )
        assert self._process.stdin
        assert self._process.stdout
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._is_open = self._is_unread = False
        atexit.register(self.stop)

    def open(self, *arguments: Any) -> Callable[[], ParentRun]:
        """Begin to make a `SweepRecord` of `arguments`; what is returned waits for its parent run.

        One that is still open is closed as KILLED.
        """
        self._is_open = True
        self._send("open", (dict(os.environ), *arguments))
        return self._opened

    def _opened(self) -> ParentRun:
        try:
            parent: ParentRun = self._receive()
        except Exception:  # whatever it was, there is no record to close then
            self._is_open = False
            raise
        return parent

    def ask(self, method: str, *arguments: Any) -> Any:
        """What the open record's `method` returns; raises what it raises."""
        with interrupts_deferred():  # an interrupt waits until what was asked for is whole
            self._send(method, arguments)
            return self._receive()

    def close(self, *arguments: Any) -> None:
        """Close the open record."""
        self.ask("close", *arguments)
        self._is_open = False

    def _send(self, method: str, arguments: tuple[Any, ...]) -> None:
        import cloudpickle

        question = cloudpickle.dumps((method, arguments))  # a component may be defined where no import finds it
        with self._exchange():
            if self._is_unread:  # an interrupt came before somebody read the last answer
                pickle.load(self._answers)
            self._questions.write(question)
            self._questions.flush()
            self._is_unread = True

    def _receive(self) -> Any:
        with self._exchange():
            is_answer, answer = pickle.load(self._answers)
            self._is_unread = False
        if is_answer:
            return answer
        raise answer

    @contextlib.contextmanager
    def _exchange(self) -> Iterator[None]:
        """Use of the pipes that no interrupt cuts short, and that tells if the process has ended."""
        with interrupts_deferred():
            try:
                yield
            except (BrokenPipeError, EOFError):
                recorder.cache_clear()
                raise RuntimeError(f"the process that records ended, with code {self._process.wait()}") from None

    def stop(self) -> None:
        """End the process; a record that is still open is closed as KILLED first."""
        if not self._is_open:
            self._process.kill()  # it may be loading still
        with interrupts_deferred():
            with contextlib.suppress(BrokenPipeError):  # it died before it had read all of a question
                self._questions.close()
            self._answers.close()
            self._process.wait()
        atexit.unregister(self.stop)
        recorder.cache_clear()


@functools.cache
def recorder() -> Recorder:
    """This process's recorder, started when it is first asked for."""
    return Recorder()


def _serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    from chainrule.record.store import import_packages
    from chainrule.sweep.sweep_record import SweepRecord

    import_packages()
    record: SweepRecord | None = None
    answer: tuple[bool, Any]
    try:
        while question := _next(questions):
            method, arguments = question
            try:
                if method == "open":
                    left, record = record, None
                    _abandon(left)
                    environment, *arguments = arguments
                    os.environ.update(environment)  # credentials may have come since the process was started
                    record = SweepRecord(*arguments)
                    answer = True, record.parent
                else:
                    answer = True, getattr(record, method)(*arguments)
            except Exception as error:  # whatever it is, it is raised where the question was asked
                error.add_note(traceback.format_exc())
                answer = False, _portable(error)
            if method == "close":
                record = None
            answers.write(pickle.dumps(answer, pickle.HIGHEST_PROTOCOL))
            answers.flush()
    except BrokenPipeError:
        pass  # nobody is there to read the answer
    _abandon(record)


def _abandon(record: SweepRecord | None) -> None:
    if record:
        with contextlib.suppress(InputError):  # the store has failed, and whoever asked before was told
            record.close("KILLED", None)


def _portable(error: Exception) -> Exception:
    """The error, or what it said in one that can be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # other people's errors fail in their own ways
        return RuntimeError("".join(traceback.format_exception(error)))
    return error


def _next(questions: IO[bytes]) -> Any:
    try:
        return pickle.load(questions)
    except EOFError:
        return None


if __name__ == "__main__":
    gc.set_threshold(50_000)  # see `cli.main`
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C reaches all; whoever asks here decides
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that nothing printed gets between the answers
    _serve(sys.stdin.buffer, out)
