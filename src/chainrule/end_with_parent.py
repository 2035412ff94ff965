"""A command, or a process made by `multiprocessing`, that ends when whoever started it is gone, however that happened.

As a script it runs a command in a session of its own, `python -P end_with_parent.py COMMAND ...`, and ends it with all
the processes it starts. Its standard input is a pipe whose other end the parent holds open and does nothing with: any
POSIX system closes it when the parent ends, even by SIGKILL.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

GRACE = 5.0  # seconds between asking the processes to end and making them
LOOK_SECONDS = 1.0  # between two looks whether a process is still there


def main(command: Sequence[str]) -> int:
    """Run `command` and return its exit code; end the whole process group once standard input is closed."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # what the group is told is for the command: this ends after it
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        threading.Thread(target=_end_group_without_parent, daemon=True).start()
        return process.wait()


def _end_group_without_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


@functools.cache
def end_with_maker() -> None:
    """In a process that another has made by `multiprocessing`, joblib say: end when that one is gone."""
    maker, parent = multiprocessing.parent_process(), os.getppid()
    if maker is None:
        return

    def watch() -> None:
        # A process has another parent as soon as its own ends. That is its maker, unless this one was made by a third
        # for it, or it was gone already.
        while os.getppid() == parent and (maker.pid == parent or _exists(maker.pid)):
            time.sleep(LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _exists(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
