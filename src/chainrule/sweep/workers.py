"""Worker processes that call a function for each of many tasks; one that dies costs the task it was at, no more."""

from __future__ import annotations

import atexit
import contextlib
import functools
import io
import os
import pickle
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from chainrule.sweep.child_process import (
    ChildProcess,
    ProcessEndedError,
    answer_message,
    begin_child,
    error_message,
    read_message,
    write_message,
)

NICENESS = 5  # what workers add to this process's: nobody sees a run before it is written
IDLE_SECONDS = 300  # after which a worker that is asked nothing ends
ENDING_SECONDS = 1.0  # at most, until what asks a worker that is ended knows of it
DIED = object()  # instead of a result: the worker process ended before it had one
_LIBRARIES = ("OMP", "MKL", "OPENBLAS", "BLIS", "VECLIB", "NUMEXPR")
_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}

Call = Callable[[Any], Any]


class Worker:
    """A process that is started when it is first asked, and again if it has ended meanwhile."""

    def __init__(self) -> None:
        self._process: ChildProcess | None = None
        self._sent: list[object] = []  # what the process keeps, see `ask`
        self._is_ended = False
        self._one_question, self._start = threading.Lock(), threading.Lock()

    def ask(self, function: Call, task: Any, shared: Sequence[object]) -> Any:
        """`function(task)`; what of it is among the objects `shared` is sent but once. Raises ProcessEndedError."""
        with self._one_question:
            process = self._running()
            if not all(any(each is other for other in shared) for each in self._sent):
                self._sent = []  # they are of an earlier sweep
            message, sent = _dump((function, task), shared, self._sent)
            process.send(message)
            self._sent = sent
            return process.receive()

    def _running(self) -> ChildProcess:
        with self._start:
            if self._is_ended:
                raise ProcessEndedError(0)
            if self._process is None or not self._process.is_running():
                if self._process:
                    self._process.close()  # it has ended by itself, after nothing was asked for long
                self._process, self._sent = ChildProcess(__name__, environment=_ONE_THREAD | dict(os.environ)), []
            return self._process

    def end(self) -> None:
        """End the process at once, whatever it is doing; it can't be asked again."""
        with self._start:
            self._is_ended = True
        if self._process:
            self._process.kill()
            with self._one_question:  # whoever asks is told by now
                self._process.close()


class Calls:
    """The results of `function` for each task, as they come; the workers begin at once.

    A worker that finds nothing left to do calls `afterwards`. At most two results a worker wait to be asked for.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        function: Call,
        tasks: Iterable[Any],
        shared: Sequence[object] = (),
        afterwards: Callable[[], None] | None = None,
    ) -> None:
        self._function, self._shared, self._afterwards = function, shared, afterwards
        self._tasks: queue.SimpleQueue[tuple[Any] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        self._room = threading.Semaphore(2 * len(workers))  # a task that is begun has one for its result
        self._is_closed = False
        for task in tasks:
            self.add(task)
        self._threads = [threading.Thread(target=self._drive, args=(each,), daemon=True) for each in workers]
        for thread in self._threads:
            thread.start()

    def add(self, task: Any) -> None:
        """One more, after those that wait."""
        self._tasks.put((task,))

    def next(self) -> tuple[Any, Any]:
        """A task and its result, which is DIED if the worker has; raises what the function raised."""
        task, result = self._done.get()
        self._room.release()
        if isinstance(result, BaseException):
            raise result
        return task, result

    def ready(self) -> Iterator[tuple[Any, Any]]:
        """What `next` would give without waiting."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._done.get_nowait()

    def finish(self) -> None:
        """Nothing will be added any more."""
        for _ in self._threads:
            self._tasks.put(None)

    def close(self) -> None:
        """End the workers at once, whatever they are doing."""
        if self._is_closed:
            return
        self._is_closed = True
        end_workers()
        self.finish()
        self._room.release(len(self._threads))
        for thread in self._threads:
            thread.join(ENDING_SECONDS)  # a result that has just come is among those that are `ready` then

    def _drive(self, worker: Worker) -> None:
        """Have one worker do what is left; runs in a thread of its own."""
        is_idle_first = self._afterwards is not None
        while not self._is_closed:
            self._room.acquire()
            if is_idle_first and self._tasks.empty():
                self._room.release()
                is_idle_first = False
                with contextlib.suppress(ProcessEndedError):
                    worker.ask(_call, self._afterwards, ())
                continue
            entry = self._tasks.get()
            if entry is None or self._is_closed:
                return
            (task,) = entry
            try:
                result = worker.ask(self._function, task, self._shared)
            except ProcessEndedError:
                result = DIED
            except Exception as error:  # whatever it is, it is raised where the result is asked for
                result = error
            self._done.put((task, result))


def call_all(count: int, functions: Sequence[Callable[[], None]]) -> None:
    """Call each function in one of `count` workers; one whose worker dies is called here."""
    calls = Calls(get_workers(count), _call, functions)
    try:
        for _ in functions:
            function, result = calls.next()
            if result is DIED:
                function()
    except BaseException:  # an interrupt too: the workers must not go on with what nobody waits for
        calls.close()
        raise
    calls.finish()


def _call(function: Callable[[], None]) -> None:
    function()


_WORKERS: list[Worker] = []


def get_workers(count: int) -> list[Worker]:
    """This process's first `count` workers, kept for whoever asks next."""
    _WORKERS.extend(Worker() for _ in range(count - len(_WORKERS)))
    return _WORKERS[:count]


@atexit.register
def end_workers() -> None:
    """End all workers at once."""
    ended = _WORKERS[:]
    _WORKERS.clear()
    for worker in ended:
        worker.end()


def _dump(question: Any, shared: Sequence[object], sent: Sequence[object]) -> tuple[bytes, list[object]]:
    """The message, and all shared objects that the worker has when it has read it."""
    import cloudpickle

    has = list(sent)
    new: list[object] = []

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # a component may be defined where no import finds it
        def persistent_id(self, found: object) -> int | None:
            place = next((i for i, each in enumerate(has) if each is found), None)
            if place is None and any(each is found for each in shared):
                has.append(found)
                new.append(found)
                return len(has) - 1
            return place

    body = io.BytesIO()
    Pickler(body, pickle.HIGHEST_PROTOCOL).dump(question)
    head = cloudpickle.dumps((len(sent), new), pickle.HIGHEST_PROTOCOL)
    return pickle.dumps((head, body.getvalue()), pickle.HIGHEST_PROTOCOL), has


class _Unpickler(pickle.Unpickler):
    def __init__(self, body: bytes, kept: Sequence[object]) -> None:
        super().__init__(io.BytesIO(body))
        self._kept = kept

    def persistent_load(self, place: int) -> object:
        return self._kept[place]


def _serve(questions: io.FileIO, answers: io.FileIO) -> None:
    """Answer until nobody has asked for a while."""
    waiting: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
    threading.Thread(target=functools.partial(_read, questions, waiting), daemon=True).start()
    kept: list[object] = []
    with contextlib.suppress(queue.Empty, BrokenPipeError):
        while message := waiting.get(timeout=IDLE_SECONDS):
            try:
                head, body = pickle.loads(message)
                count, new = pickle.loads(head)
                kept = [*kept[:count], *new]
                function, task = _Unpickler(body, kept).load()
                answer = answer_message(function(task))
            except Exception as error:  # whatever it is, it is raised where the question was asked
                answer = error_message(error)
            write_message(answers, answer)


def _read(questions: io.FileIO, waiting: queue.SimpleQueue[bytearray]) -> None:
    """Note what is asked; when the input ends, so does the process, whatever it is doing: nobody wants the result."""
    while (message := read_message(questions)) is not None:
        waiting.put(message)
    os._exit(0)


if __name__ == "__main__":
    os.nice(NICENESS)
    _serve(*begin_child())
