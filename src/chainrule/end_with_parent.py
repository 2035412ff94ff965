"""Runs a command that ends, with all the processes it starts, when whoever started it is gone, however that happened.

It is run as a script in a session of its own, `python -P end_with_parent.py COMMAND ...`, with a pipe as standard input
whose other end the parent holds open and does nothing with: any POSIX system closes it when the parent ends, even by
SIGKILL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

GRACE = 5.0  # seconds between asking the processes to end and making them


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


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
