"""Which processes work on what is RUNNING in a store, and whether any of them still does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from chainrule.record.run_record import HOST, PROCESS
from chainrule.sweep.child_process import STARTED_BY

State = Literal["alive", "gone", "elsewhere", "unknown"]
_PS_SECONDS = 5.0


def owner_tags() -> dict[str, str]:
    """Tags that name this host, this process and, if it is the child of one that trains, that one.

    A process is told by its id and the moment at which it was started, since ids are used again; the ids count in this
    process's namespace (a container has its own), and since this boot.
    """
    ids = {os.getpid(), *(int(each) for each in [os.environ.get(STARTED_BY, "")] if each.isdecimal())}
    started = {str(pid): start for pid in sorted(ids) if (start := _started(pid)) is not None}
    held = {"processes": started, "namespace": _namespace(), "boot": _boot()}
    return {HOST: socket.gethostname(), PROCESS: json.dumps(held)}


def owner_state(tags: Mapping[str, str]) -> State:
    """Whether a process that the tags name is alive, all are gone, they can't be seen from here, or there are none."""
    try:
        held = json.loads(tags[PROCESS])
        processes = {int(pid): str(start) for pid, start in held["processes"].items()}
        namespace, boot = held["namespace"], held["boot"]
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError):  # an earlier version's, or somebody's own
        return "unknown"
    if tags.get(HOST) != socket.gethostname():
        return "elsewhere"
    if boot != _boot():
        return "gone"  # the host was started again
    if namespace != _namespace() or not _can_look():
        return "elsewhere"
    return "alive" if any(_started(pid) == start for pid, start in processes.items()) else "gone"


def _can_look() -> bool:
    return os.name == "posix"


def _started(pid: int) -> str | None:
    """When the process was started: ticks since the boot, or what `ps` says; None if it is gone."""
    if Path("/proc/self/stat").exists():
        with suppress(OSError):
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if state in "ZX" else fields[18]  # the 22nd field, see proc(5)
        return None
    with suppress(OSError, subprocess.SubprocessError):
        asked = ["ps", "-o", "lstart=", "-p", str(pid)]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=_PS_SECONDS, env={"LC_ALL": "C"})
        return done.stdout.strip() or None
    return None


def _namespace() -> str | None:
    with suppress(OSError):
        return os.readlink("/proc/self/ns/pid")
    return None


def _boot() -> str | None:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return None
