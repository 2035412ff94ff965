"""Run records in a file, every number to the last bit: for runs whose store can't be written now."""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import InputError
from chainrule.record.run_record import DatasetRecord, RunRecord

_FORMAT = 1
_ARRAYS = ("epochs", "values", "parameters")


def write_records(file: Path, about: Mapping[str, Any], records: Sequence[RunRecord]) -> None:
    """Write the records and `about`, which is JSON: all or nothing, for its owner alone. Raises OSError."""
    texts = [{key: _plain(value) for key, value in vars(each).items() if key not in _ARRAYS} for each in records]
    arrays = {
        f"{row}/{key}": value
        for row, each in enumerate(records)
        for key in _ARRAYS
        if (value := getattr(each, key)) is not None
    }
    header = json.dumps({"format": _FORMAT, "about": about, "records": texts})
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            np.savez(stream, header=np.frombuffer(header.encode(), np.uint8), **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def read_records(file: Path) -> tuple[dict[str, Any], list[RunRecord]]:
    """What `write_records` was given; raises InputError for a file that can't be read or is another's."""
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            held = json.loads(arrays["header"].tobytes())
            if held["format"] != _FORMAT:
                raise InputError("file", file, f"is of format {held['format']}, this version reads format {_FORMAT}")
            return held["about"], [_record(row, each, arrays) for row, each in enumerate(held["records"])]
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file", file, f"holds no runs that can be read ({error})") from error


def _plain(value: Any) -> Any:
    return dataclasses.asdict(value) if isinstance(value, DatasetRecord) else value


def _record(row: int, held: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RunRecord:
    own: dict[str, Any] = {key: arrays[f"{row}/{key}"] for key in _ARRAYS if f"{row}/{key}" in arrays}
    held |= {"dataset": DatasetRecord(**held["dataset"])}
    held |= {"metrics": tuple(held["metrics"]), "sizes": tuple(held["sizes"])}
    held |= {"scalars": {key: (step, value) for key, (step, value) in held["scalars"].items()}}
    return RunRecord(**held, **own)
