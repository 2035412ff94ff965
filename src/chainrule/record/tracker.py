"""The one place where MLflow is imported: quiet, without telemetry, with a client bound to one store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow reads these while it is imported; a person's own setting wins.
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}


def prepare() -> None:
    """Set MLflow's environment; must run before anything of MLflow is imported."""
    for key, value in _DEFAULTS.items():
        os.environ.setdefault(key, value)


def client(uri: str) -> MlflowClient:
    """MLflow's client for the store at `uri`. The first call imports MLflow, which takes over a second."""
    prepare()
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=uri)
