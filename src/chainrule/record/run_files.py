"""What is kept of runs as files, stored before the runs count as whole: parameters, and where a failed one failed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chainrule.record.parquet_files import PARAMETERS_FOLDER, write_parameters
from chainrule.record.run_record import TRACEBACK_FILE, RunRecord

LogFiles = Callable[[Mapping[str, str]], None]  # of runs: where their artifacts go, by their ids, in order


def log_run_files(
    records: Sequence[RunRecord], folders: Mapping[str, str], parent: str | None, tracking_uri: str
) -> None:
    """Keep the files of `records`, whose ids and artifact URIs are `folders`.

    The parameters of all go to `parent`, the artifact URI of their sweep's own run, or without one to the first's.
    """
    if not any(record.parameters is not None or record.traceback for record in records):
        return
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    def log(file: Path, uri: str, folder: str | None = None) -> None:
        get_artifact_repository(uri, tracking_uri).log_artifact(str(file), folder)  # type: ignore[no-untyped-call]

    with tempfile.TemporaryDirectory() as made:
        first = next(iter(folders))
        file = Path(made) / f"{first}.parquet"
        if write_parameters(file, list(folders), records):
            log(file, parent or folders[first], PARAMETERS_FOLDER)
        for record, uri in zip(records, folders.values(), strict=True):
            if record.traceback:
                text = Path(made) / TRACEBACK_FILE
                text.write_text(record.traceback, encoding="utf-8")
                log(text, uri)
