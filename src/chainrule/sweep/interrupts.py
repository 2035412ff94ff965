"""Ctrl-C, SIGTERM and SIGHUP at the right moments: never inside a message, and never in a child process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """A signal asks the process to end; `code` is the exit code that the shell gives for it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = 128 + number


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """In the block, a signal that ends the process raises `Interrupted`, and a second one ends it at once.

    What is ignored already (by `nohup`, or in the background) stays ignored.
    """
    if not _is_handled_here():
        yield
        return
    came: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            raise Interrupted(number)
        if number in (signal.SIGINT, signal.SIGTERM):  # a terminal that is closed says so several times
            os._exit(128 + number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    for number in handled:
        signal.signal(number, handle)
    try:
        yield
    finally:
        if not came:  # while the process ends, a second one must not leave a traceback
            for number in handled:
                signal.signal(number, before[number])


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Processes started in the block, by any thread, are born deaf to the signals that a terminal sends to all.

    None is lost here: what comes meanwhile is handled after the block. See `ignore_interrupts`.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_interrupts() -> None:
    """For a child process that was born in `interrupts_blocked`: it ends when its parent ends it, or is gone."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let a signal wait until the block is done, so that what it reads or writes is whole."""
    if not _is_handled_here():
        yield
        return
    waiting: list[tuple[int, FrameType | None]] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number, handler in before.items() if callable(handler)]
    for number in handled:
        signal.signal(number, lambda number, frame: waiting.append((number, frame)))
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
    for number, frame in waiting:
        handler = before[signal.Signals(number)]
        assert callable(handler)
        handler(number, frame)


def _is_handled_here() -> bool:
    return threading.current_thread() is threading.main_thread()
