"""Ctrl-C at the right moments: never inside a transaction, and never in a worker process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_ignored_by_children() -> Iterator[None]:
    """Processes started in the block never see the interrupt that a terminal sends to all: their parent ends them.

    It is ignored meanwhile, which children inherit. (Blocking it would lose none, but joblib's tracker unblocks it.)
    """
    if not _is_handled_here():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Let an interrupt wait until the block is done, so that what it writes is whole."""
    if not _is_handled_here():
        yield
        return
    waiting: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: waiting.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting and callable(before):
        before(*waiting[0])


def _is_handled_here() -> bool:
    return threading.current_thread() is threading.main_thread()
