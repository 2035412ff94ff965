"""A new SQLite store appears whole or not at all, however many processes want it at once."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def ensure_database(path: Path, artifacts: Path) -> None:
    """Create MLflow's tables in the file `path` unless it exists; takes a second or two.

    MLflow crashes when two processes migrate one new file together, and leaves a half-made one behind when it
    is interrupted. So each process builds a file of its own and gives it the final name in one atomic step:
    the first wins, the others throw theirs away.
    """
    if path.exists():
        return
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with _written_at_once():
            store = SqlAlchemyStore(f"sqlite:///{draft}", str(artifacts))  # type: ignore[no-untyped-call]  # MLflow has no types here
            store.engine.dispose()
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links (exFAT, some shares): here a second process is not fended off
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _written_at_once() -> Iterator[None]:
    """SQLite does not wait for the disk after each of the hundred statements that make the tables.

    The file is nobody else's yet: it is enough that it is on the disk before it gets its name. Its pages are larger
    than usual, which makes the bulk writer's inserts a tenth faster: each point goes into three indexes as well.
    """
    from sqlalchemy import Engine, event

    def hurry(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA page_size = 16384")
        connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
