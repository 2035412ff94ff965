"""Runs whose files are missing, and files whose run is."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chainrule.doctor.inspection import Inspection
from chainrule.doctor.problem import Problem, Remark, counted, listed
from chainrule.doctor.recorded import Recorded, local_folder
from chainrule.reading.points import Points
from chainrule.record import address
from chainrule.record.metrics import reading_order
from chainrule.record.parquet_files import CURVES_FILE, PARAMETERS_FILE, PARAMETERS_FOLDER, log_curves, runs_in
from chainrule.record.run_record import FILES, OUTCOME, PARAMETERS_LOST, PROCESS
from chainrule.record.sqlite_file import connect_to_read
from chainrule.record.store import store_errors

if TYPE_CHECKING:
    import pandas as pd

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_SETTLED_SECONDS = 3600.0  # after which files whose run is not in the store are not about to get it
_RUNS_AT_ONCE = 256  # whose curves are read to be written anew
_SQLITE = b"SQLite format 3\0"  # how its files begin


class Lack(NamedTuple):
    """A sweep, or a run of its own, among whose files the runs `missing` do not occur."""

    holder: Recorded
    missing: list[str]


def missing_files(looked: Inspection) -> Iterator[Problem | Remark]:
    """Sweeps and single runs among whose files the curves, or the kept weights and biases, of some runs are missing."""
    curves: list[Lack] = []
    parameters: list[Lack] = []
    unseen = 0
    for holder, runs in _holders(looked):
        files = looked.reader.files(holder)
        if files is None:
            unseen += 1
            continue
        for lacks, names, expected in (
            (curves, {CURVES_FILE} & set(_listed(holder.tags.get(FILES))), runs),
            (parameters, {PARAMETERS_FILE, PARAMETERS_FOLDER}, list(filter(_keeps_parameters, runs))),
        ):
            held = _held(looked, holder, names & files, expected)
            if names and (missing := [run.run_id for run in expected if run.run_id not in held]):
                lacks.append(Lack(holder, missing))
    if unseen:
        yield Remark(f"The files of {counted(unseen, 'run')} are kept elsewhere: whether all are there can't be seen.")
    if curves:
        yield Problem(
            f"{counted(len(curves), 'sweep has', 'sweeps have')} no {CURVES_FILE}, or one that lacks runs:"
            f" {_labels(curves)}.",
            "--fix writes it anew from the curves in the store; nothing of them is lost.",
            lambda: _rebuild(looked, curves),
        )
    lost = [lack for lack in parameters if len(lack.missing) > _noted(lack.holder)]
    if lost:
        yield Problem(
            f"The weights and biases of {counted(sum(len(lack.missing) for lack in lost), 'run')} are lost, with files"
            f" of {_labels(lost)}.",
            "Only training brings them back (fresh=true); --fix notes that they are lost, and it is not told again.",
            lambda: _note_loss(looked, lost),
        )


def _holders(looked: Inspection) -> Iterator[tuple[Recorded, list[Recorded]]]:
    """The sweeps and single runs that keep columnar files, with the runs of each that trained.

    Earlier versions, which did not say who records, kept them for some launchers only. Curves come at a sweep's end.
    """
    for each in looked.recorded:
        if PROCESS in each.tags and each.status != "RUNNING":
            runs = looked.below(each) if each.is_sweep else [each]
            trained = [run for run in runs if run.status == "FINISHED" and run.tags.get(OUTCOME) != "failed"]
            if trained:
                yield each, trained


def _listed(text: str | None) -> list[str]:
    with contextlib.suppress(ValueError, RecursionError):
        held = json.loads(text or "[]")
        return held if isinstance(held, list) else []
    return []


def _keeps_parameters(run: Recorded) -> bool:
    return run.params.get("record.parameters", "none") != "none"


def _noted(holder: Recorded) -> int:
    noted = holder.tags.get(PARAMETERS_LOST, "")
    return int(noted) if noted.isdecimal() else 0


def _held(looked: Inspection, holder: Recorded, names: Iterable[str], expected: Sequence[Recorded]) -> set[str]:
    """The runs in these files, as far as they can be read; all that are `expected` if they are not on this machine."""
    paths = [looked.reader.local_path(holder, name) for name in names]
    held: set[str] = set()
    for path in paths:
        if path is None:
            held.update(run.run_id for run in expected)
        else:
            held.update(*(runs_in(file) for file in (path.glob("*.parquet") if path.is_dir() else [path])))
    return held


def _rebuild(looked: Inspection, lacks: Sequence[Lack]) -> str:
    with store_errors(looked.uri):
        for lack in lacks:
            ids = [run.run_id for run in looked.below(lack.holder)]
            groups = [ids[start : start + _RUNS_AT_ONCE] for start in range(0, len(ids), _RUNS_AT_ONCE)]
            log_curves((_curves(looked, group) for group in groups), looked.store, lack.holder.run_id)
    return f"{CURVES_FILE} written for {counted(len(lacks), 'sweep')}."


def _curves(looked: Inspection, ids: Sequence[str]) -> pd.DataFrame:
    points = Points(ids, None)
    looked.reader.source.read_curves(points)
    return points.frame(sorted(points.known, key=reading_order))


def _note_loss(looked: Inspection, lacks: Sequence[Lack]) -> str:
    with store_errors(looked.uri):
        for lack in lacks:
            looked.store.set_tag(lack.holder.run_id, PARAMETERS_LOST, str(len(lack.missing)))
    return f"the loss is noted on {_labels(lacks)}."


def _labels(lacks: Sequence[Lack]) -> str:
    return listed([lack.holder.label() for lack in lacks])


def folders_without_run(looked: Inspection) -> Iterator[Problem | Remark]:
    """Folders of runs, in the folders of this store's own experiments, that no database here knows.

    Another database in the store's folder keeps its artifacts in the same place: its runs are asked for as well.
    """
    root = address.artifact_root(looked.uri)
    if looked.file is None or not looked.reads_tables or root is None or root.is_symlink() or not root.is_dir():
        return
    found = [folder for experiment in _experiments(looked.uri, root) for folder in _run_folders(experiment)]
    if not found:
        return
    try:
        known = set().union(*(_run_ids(file) for file in [looked.file, *_other_databases(looked.file)]))
    except (sqlite3.DatabaseError, OSError) as error:
        yield Remark(f"Folders without a run were not looked for: a database beside the store can't be read ({error}).")
        return
    without = sorted(folder for folder in found if folder.name not in known)
    if without:
        aside = root.with_name(f"{root.name}-without-run")
        yield Problem(
            f"{counted(len(without), 'folder of artifacts belongs', 'folders of artifacts belong')} to no run:"
            f" {listed([str(folder.relative_to(root)) for folder in without])}.",
            f"--fix moves them to {aside}, from where you can delete them.",
            lambda: _move_aside(looked.uri, without, aside),
        )


def _experiments(uri: str, root: Path) -> list[Path]:
    """The folders of the store's experiments, trash included, that lie directly in its own folder of artifacts."""
    with contextlib.closing(connect_to_read(uri)) as connection:
        places = [row[0] for row in connection.execute("SELECT DISTINCT artifact_location FROM experiments")]
    folders = {folder for place in places if place and (folder := local_folder(place)) is not None}
    return sorted(
        folder
        for folder in folders
        if folder.is_dir() and not folder.is_symlink() and folder.resolve().parent == root.resolve()
    )


def _run_folders(experiment: Path) -> Iterable[Path]:
    """What looks like MLflow's folder of a run's artifacts, holds nothing else, and was not made just now.

    A run's files are written before the run itself is.
    """
    for folder in experiment.iterdir():
        if _RUN_ID.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            is_settled = time.time() - folder.stat().st_mtime > _SETTLED_SECONDS
            if is_settled and {inner.name for inner in folder.iterdir()} <= {"artifacts"}:
                yield folder


def _other_databases(file: Path) -> Iterator[Path]:
    for other in file.parent.iterdir():
        if other.is_file() and not (other.exists() and other.samefile(file)):
            with other.open("rb") as opened:
                if opened.read(len(_SQLITE)) == _SQLITE:
                    yield other


def _run_ids(file: Path) -> set[str]:
    with contextlib.closing(connect_to_read(f"sqlite:///{file}")) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'runs'").fetchone():
            return set()
        return {row[0] for row in connection.execute("SELECT run_uuid FROM runs")}


def _move_aside(uri: str, folders: Sequence[Path], aside: Path) -> str:
    try:
        for folder in folders:
            target = aside / folder.parent.name / folder.name
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(target)
    except OSError as error:
        raise address.unusable(uri, f"{error.filename} can't be moved to {aside} ({error.strerror})") from error
    return f"{counted(len(folders), 'folder')} moved to {aside}."
