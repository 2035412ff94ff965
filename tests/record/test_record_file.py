"""Run records survive a file to the last bit, and what is no such file is refused in one line."""

from __future__ import annotations

import dataclasses
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from chainrule.errors import InputError
from chainrule.record.record_file import read_records, write_records
from chainrule.record.run_record import RunRecord
from record_examples import run_record


def same(one: RunRecord, other: RunRecord) -> bool:
    """Whether they are equal to the last bit, NaN and the arrays' types included."""

    def plain(record: RunRecord) -> dict[str, Any]:
        fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
        return {k: (v.dtype, v.shape, v.tobytes()) if isinstance(v, np.ndarray) else v for k, v in fields.items()}

    return repr(plain(one)) == repr(plain(other))


@given(
    values=arrays.arrays(np.float64, (5, 6), elements=st.floats()),
    parameters=st.none()
    | arrays.arrays(st.sampled_from([np.float32, np.float64]), (2, 3), elements=st.floats(width=32)),
    scalar=st.floats(),
    started=st.floats(0, 4e9),
    text=st.text(st.characters(codec="utf-8")),
)
def test_every_bit_survives(
    tmp_path_factory: pytest.TempPathFactory,
    values: np.ndarray,
    parameters: np.ndarray | None,
    scalar: float,
    started: float,
    text: str,
) -> None:
    changed = {"values": values, "parameters": parameters, "started": started, "traceback": text or None}
    record = dataclasses.replace(run_record(1), **changed, scalars={"gradient_check": (0, scalar)}, tags={"a": text})
    file = tmp_path_factory.getbasetemp() / "records.npz"
    write_records(file, {"parent": text}, [record, run_record(2)])
    about, (first, second) = read_records(file)
    assert about == {"parent": text}
    assert same(first, record)
    assert same(second, run_record(2))


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_records(tmp_path / "records.npz", {}, [run_record(1)])
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"PK", b"no runs", b"\x93NUMPY"])
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "records.npz"
    file.write_bytes(content)
    with pytest.raises(InputError, match=rf"^file={file}: holds no runs that can be read"):
        read_records(file)


def test_a_file_that_was_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "records.npz"
    write_records(file, {}, [run_record(1)])
    whole = file.read_bytes()
    for length in range(0, len(whole), 97):
        file.write_bytes(whole[:length])
        with pytest.raises(InputError, match="holds no runs that can be read"):
            read_records(file)


def test_nothing_pickled_is_loaded_and_a_later_format_is_told(tmp_path: Path) -> None:
    file = tmp_path / "records.npz"
    np.savez(file, header=np.array([{"format": 1}], dtype=object))
    with pytest.raises(InputError, match="holds no runs that can be read"):
        read_records(file)
    np.savez(file, header=np.frombuffer(json.dumps({"format": 2}).encode(), np.uint8))
    with pytest.raises(InputError, match=r"is of format 2, this version reads format 1$"):
        read_records(file)
