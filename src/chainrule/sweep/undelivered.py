"""Trained runs that their store did not take: kept as files beside the outputs, recorded when it takes them again."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from chainrule.errors import InputError
from chainrule.paths import undelivered_folder
from chainrule.record.record_file import read_records, write_records
from chainrule.record.run_record import RunRecord
from chainrule.study import Study


def keep(uri: str, study: Study, parent_id: str | None, records: Sequence[RunRecord]) -> None:
    """Keep runs for the store at the resolved `uri`, below its run `parent_id`; InputError if this fails too."""
    folder = undelivered_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{_prefix(uri)}{parent_id or 'single'}-{secrets.token_hex(4)}.npz"
        write_records(file, {"study": dataclasses.asdict(study), "parent": parent_id}, records)
    except OSError as error:
        lost = f"{len(records)} trained runs are lost"
        raise InputError("outputs", folder, f"can't be written ({error.strerror or error}): {lost}") from error


def waiting(uri: str) -> list[Path]:
    """The files of runs that are to be stored at the resolved `uri`, the oldest first."""
    found = undelivered_folder().glob(f"{_prefix(uri)}*.npz")
    return sorted(found, key=lambda file: (file.stat().st_mtime_ns, file.name))


def deliver(file: Path, uri: str) -> int:
    """Store the runs of one of these files where they are missing, and remove it; how many it held.

    0 if another process is at it. Raises InputError for a file that can't be read, and a store that does not take them.
    """
    from chainrule.sweep.taken_up_record import take_up

    with _locked(file) as is_ours:
        if not is_ours:
            return 0
        about, records = read_records(file)
        study = Study(**about["study"])
        take_up(uri, study, about["parent"], records)
        file.unlink()
        return len(records)


def told(count: int) -> str:
    """What is said of runs that were kept."""
    runs = "1 trained run is" if count == 1 else f"{count} trained runs are"
    later = "the next sweep into this store, or `chainrule doctor --fix`, records them"
    return f"{runs} kept in {undelivered_folder()}: {later}"


def _prefix(uri: str) -> str:
    """Which store it is: its address may hold a password."""
    return f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}-"


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Whether the file is there and no other process has it, which the system forgets when this one dies."""
    import fcntl

    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = file.exists()  # whoever had it before may be done
    except BlockingIOError:
        is_ours = False
    try:
        yield is_ours
    finally:
        os.close(handle)
