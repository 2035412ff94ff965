"""Stores as real sweeps leave them, copied for each test, and the real command."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking._tracking_service.utils import _artifact_repos_cache

from chainrule import cli
from chainrule.core.data import Data
from chainrule.core.training import Member, StackSpec, Trained, train_stack
from chainrule.sweep import execute
from record_examples import fresh_databases

QUICK = ["dataset.samples=40", "hidden=[3]", "epochs=4", "hydra.launcher.pictures=false"]
EXTREME = ["activation=identity", "output=identity"]  # a linear net diverges at a rate of 1e200

Rows = Counter[tuple[Any, ...]]


class Patient:
    """A store in a folder of its own, and what is done to it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.file, self.uri = folder, folder / "mlflow.db", f"sqlite:///{folder}/mlflow.db"
        self._capsys = capsys

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()

    def ids(self, role: str, condition: str = "1") -> list[str]:
        """Runs ("run") or sweeps' own ("sweep") that are not in the trash, the oldest first."""
        query = (
            "SELECT run_uuid FROM runs JOIN tags USING (run_uuid) WHERE key = 'chainrule.role' AND value = ?"
            f" AND lifecycle_stage = 'active' AND {condition} ORDER BY start_time, run_uuid"
        )
        return [run_id for (run_id,) in self.sql(query, role)]

    def below(self, sweep: str) -> list[str]:
        query = "SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId' AND value = ?"
        own = {run_id for (run_id,) in self.sql(query, sweep)}
        return [run_id for run_id in self.ids("run") if run_id in own]

    def artifacts(self, run_id: str) -> Path:
        return self.folder / "mlartifacts" / "adhoc" / run_id / "artifacts"

    def doctor(self, *arguments: str) -> tuple[int, str]:
        """The command's exit code and what it prints."""
        self._capsys.readouterr()
        code = cli.main(["doctor", "--uri", self.uri, *arguments])
        return code, self._capsys.readouterr().out

    def mended(self, *found: str) -> None:
        """The doctor finds these problems and no others, changes nothing, mends them, and finds nothing then."""
        before = self.contents()
        code, said = self.doctor()
        assert self.contents() == before
        problems = [line for line in said.splitlines() if line.startswith("(!)")]
        assert code == 1
        assert len(problems) == len(found), said
        for line, words in zip(problems, found, strict=True):
            assert words in line
        code, said = self.doctor("--fix")
        assert (code, said.count("    mended: ")) == (0, len(found)), said
        code, said = self.doctor()
        assert code == 0, said

    def contents(self) -> tuple[bytes, list[Path]]:
        return self.file.read_bytes(), sorted(self.folder.rglob("*"))

    def rows(self) -> dict[str, Rows]:
        tables = [name for (name,) in self.sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: Counter(self.sql(f'SELECT * FROM "{name}"')) for name in tables}

    def changed(self, before: dict[str, Rows]) -> set[tuple[str, str]]:
        """Which runs have other rows than `before`, each with the table."""
        now = self.rows()
        assert now.keys() == before.keys()
        found = set()
        for name, rows in now.items():
            columns = [column[1] for column in self.sql(f'PRAGMA table_info("{name}")')]
            for row in (rows - before[name]) + (before[name] - rows):
                found.add((name, row[columns.index("run_uuid")]))
        return found


def copied(template: Path, folder: Path) -> None:
    """The store of the folder `template` in another, where its runs look for their artifacts then."""
    _artifact_repos_cache.clear()  # MLflow keeps the folders by the ids of runs, which are the same in all copies
    shutil.copytree(template, folder, dirs_exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / "mlflow.db", isolation_level=None)) as connection:
        places = {"runs": "artifact_uri", "experiments": "artifact_location"}
        for table, column in places.items():
            connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(template), str(folder)))


def failing(spec: StackSpec, members: Sequence[Member], data: Data) -> Trained:
    """The training, but a rate of 7 raises."""
    if any(member.rates[0] == 7 for member in members):
        raise ZeroDivisionError
    return train_stack(spec, members, data)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with nothing wrong in it: runs that finished, got stuck, diverged and failed, a sweep that found all its
    runs recorded, one that recorded them anew, a run of its own."""
    folder = tmp_path_factory.mktemp("whole")
    uri = next(fresh_databases(folder))
    file = Path(uri.partition(":///")[2])
    store = [f"tracking.uri={uri}", *QUICK]
    first = ["learning_rate=0.1,1", "init=zeros,he_normal"]
    for arguments in (first, first, [*first, "fresh=true"], [*EXTREME, "learning_rate=0.1,1e200"]):
        assert cli.main(["sweep", *store, *arguments]) == 0
    assert cli.main(["train", *store]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "train_stack", failing)
        assert cli.main(["sweep", *store, "learning_rate=3,7"]) == 1
    return file.parent


@pytest.fixture
def whole(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Patient:
    """A copy of it."""
    copied(template, tmp_path)
    return Patient(tmp_path, capsys)
