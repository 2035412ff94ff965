"""Where the project lives: its root, its default store, artifacts and outputs, whatever the working directory."""

from __future__ import annotations

from pathlib import Path


def project_root() -> Path:
    """The checkout's folder, absolute."""
    return Path(__file__).resolve().parents[2]


def default_store_uri() -> str:
    """The store used when nobody names another: `mlflow.db` at the project root."""
    return f"sqlite:///{project_root() / 'mlflow.db'}"


def default_artifacts() -> Path:
    """The folder of the pictures, tables and curve files that belong to the default store's runs."""
    return project_root() / "mlartifacts"


def outputs() -> Path:
    """The folder of what is written besides the store."""
    return project_root() / "outputs"


def undelivered_folder() -> Path:
    """The folder of trained runs that wait for their store."""
    return outputs() / "undelivered"
