"""The process that records: it loads MLflow while the runs are composed, and writes while others train.

It is asked one thing at a time. When its input is closed, it ends the sweep it has open as KILLED: what was recorded
stays whole, whatever became of the process that trained. When the recorder itself dies, another takes its place once.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import pickle
import select
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.sweep.child_process import (
    ChildProcess,
    ProcessEndedError,
    answer_message,
    begin_child,
    error_message,
    read_message,
    write_message,
)
from chainrule.sweep.interrupts import interrupts_deferred
from chainrule.terminal import progress

if TYPE_CHECKING:
    from chainrule.sweep.sweep_record import ParentRun, SweepRecord

ENDING_SECONDS = 2.0  # how long an interrupted process waits for what is still to be written


class RecorderDiedError(InputError):
    """The recorder died, and so did the one that took its place."""

    def __init__(self, code: int) -> None:
        super().__init__("recorder", f"code {code}", "the process that records died twice; what it recorded is whole")


class Recorder:
    """A process with room for one open `SweepRecord`; it starts to load MLflow at once."""

    def __init__(self) -> None:
        self._start()
        self._is_open = self._was_replaced = False
        self._sent: tuple[Any, ...] = ()  # with the last question
        self._sweep: tuple[Any, ...] = ()  # what the open record was made of
        self._parent: ParentRun | None = None
        atexit.register(self._stop_soon)

    def _start(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="chainrule-")  # its temporary files, whatever becomes of it
        self._process = ChildProcess(__name__, self._folder)

    def open(self, *arguments: Any) -> Callable[[], ParentRun]:
        """Begin to make a `SweepRecord` of `arguments`; what is returned waits for its parent run.

        One that is still open is closed as KILLED.
        """
        self._sweep, self._parent = arguments, None
        self._is_open, self._was_replaced = True, False
        try:
            self._send("open", (dict(os.environ), *arguments))
        except ProcessEndedError as ended:
            self._replace(ended)
        return self._opened

    def _opened(self) -> ParentRun:
        try:
            parent: ParentRun = self._process.receive()
        except ProcessEndedError as ended:
            self._replace(ended)
            return self._opened()
        except Exception:  # whatever it was, there is no record to close then
            self._is_open = False
            raise
        self._parent = parent
        return parent

    def ask(self, method: str, *arguments: Any) -> Any:
        """What the open record's `method` returns; raises what it raises, and InputError if the process dies twice."""
        try:
            with interrupts_deferred():  # half a question could not be taken back
                self._send(method, arguments)
                self._sent = arguments
            return self._process.receive()
        except ProcessEndedError as ended:
            self._replace(ended)
            self._opened()
            return self.ask(method, *arguments)

    def was_sent(self, argument: object) -> bool:
        """Whether the process has this object, which came with the last question."""
        return any(each is argument for each in self._sent)

    def _replace(self, ended: ProcessEndedError) -> None:
        """Have another process take up what this one had open."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._sent = ()
        if self._was_replaced or not self._is_open:
            self._close_here()
            self._forget()
            raise RecorderDiedError(ended.code)
        told = f"the process that records died (code {ended.code}), another takes its place"
        progress().print(told, markup=False, soft_wrap=True)
        self._was_replaced = True
        self._start()
        uri, study, *_ = self._sweep
        environment = dict(os.environ)
        try:
            if self._parent is None:
                self._send("open", (environment, *self._sweep))
            else:
                self._send("take_up", (environment, uri, study, self._parent))
        except ProcessEndedError as again:
            self._replace(again)

    def _close_here(self) -> None:
        """Close the record as FAILED, without the process that had it open."""
        from chainrule.record.store import open_store

        if self._parent:
            uri, study, *_ = self._sweep
            with contextlib.suppress(InputError):  # the store may be what it died of
                store = open_store(uri)
                self._parent.close(store, study, self._parent.runs(store), "FAILED", None)

    def close(self, *arguments: Any) -> None:
        """Close the open record."""
        self.ask("close", *arguments)
        self._is_open = False

    def _send(self, method: str, arguments: tuple[Any, ...]) -> None:
        import cloudpickle

        question = cloudpickle.dumps((method, arguments))  # a component may be defined where no import finds it
        if self._process.unread:  # an interrupt came before somebody read the last answer
            self._process.receive()
        self._process.send(question)

    def tell(self, until: float, method: str, *arguments: Any) -> bool:
        """`ask`, if the process comes to read it before `until`; the answer is of no interest."""
        try:
            if self._process.unread:
                with _uninteresting():
                    answer = self._process.receive(until)
                    self._parent = self._parent or answer  # it had not been waited for yet
            self._send(method, arguments)
        except (TimeoutError, ProcessEndedError):
            return False
        return True

    def leave(self, until: float) -> int | None:
        """Let the process close its record as KILLED and end; how many runs are recorded, None if it takes longer.

        `until` is in seconds of `time.monotonic`. Afterwards the process goes on alone.
        """
        self._forget()
        self._process.close_input()
        last: Any = None
        try:
            if self._parent is None:  # it is loading still, or has just begun: no run can be recorded
                return 0
            for _ in range(self._process.unread + 1):  # the last answer is the count
                with _uninteresting():
                    last = self._process.receive(until)
        except TimeoutError:
            return None
        except ProcessEndedError:
            pass  # an interrupt had cut a question short, which nobody answered
        finally:
            self._process.close()
        return last if isinstance(last, int) else None

    def stop(self) -> None:
        """End the process; a record that is still open is closed as KILLED first."""
        if not self._is_open:
            self._process.kill()  # it may be loading still
        self._forget()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _stop_soon(self) -> None:
        if self._is_open:
            self.leave(time.monotonic() + ENDING_SECONDS)
        else:
            self.stop()

    def _forget(self) -> None:
        self._is_open = False
        atexit.unregister(self._stop_soon)
        recorder.cache_clear()


@contextlib.contextmanager
def _uninteresting() -> Iterator[None]:
    """What the process raises when it is asked is its own affair: what it could not record it has kept."""
    try:
        yield
    except (TimeoutError, ProcessEndedError):
        raise
    except Exception:  # whatever it is, an interrupt is being dealt with
        pass


@functools.cache
def recorder() -> Recorder:
    """This process's recorder, started when it is first asked for."""
    return Recorder()


def _serve(questions: io.FileIO, answers: io.FileIO) -> None:
    """Answer until nobody asks any more; the last answer is how many runs were recorded."""
    from chainrule.record.store import import_packages
    from chainrule.sweep.sweep_record import SweepRecord
    from chainrule.sweep.taken_up_record import TakenUpRecord

    import_packages()
    record: SweepRecord | None = None
    with contextlib.suppress(BrokenPipeError):  # nobody is there to read the answer
        while message := read_message(questions):
            method, arguments = pickle.loads(message)
            try:
                if method in ("open", "take_up"):
                    left, record = record, None
                    _abandon(left)
                    if _is_alone(questions):
                        return
                    environment, *arguments = arguments
                    os.environ.update(environment)  # credentials may have come since the process was started
                    record = SweepRecord(*arguments) if method == "open" else TakenUpRecord(*arguments)
                    answer = answer_message(record.parent)
                else:
                    answer = answer_message(getattr(record, method)(*arguments))
            except Exception as error:  # whatever it is, it is raised where the question was asked
                answer = error_message(error)
            if method == "close":
                record = None
            write_message(answers, answer)
    recorded = _abandon(record)
    with contextlib.suppress(BrokenPipeError):
        write_message(answers, answer_message(recorded))


def _is_alone(questions: io.FileIO) -> bool:
    """Whether who asked has gone meanwhile."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(questions, 0)
    return bool(poll.poll(0))


def _abandon(record: SweepRecord | None) -> int:
    """Close it; the number of its runs."""
    if record is None:
        return 0
    with contextlib.suppress(InputError):  # the store has failed, and whoever asked before was told
        record.close("KILLED", None)
        return len(record.runs())
    return 0


if __name__ == "__main__":
    tempfile.tempdir = sys.argv[1]  # a folder of its own
    try:
        _serve(*begin_child())
    finally:
        shutil.rmtree(sys.argv[1], ignore_errors=True)
