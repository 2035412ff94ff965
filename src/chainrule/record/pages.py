"""Addresses of MLflow's pages, relative to where its interface is served."""

from __future__ import annotations

from urllib.parse import quote

SECTION = "workflowType=machine_learning"  # without it MLflow shows its pages about agents and their traces
EXPERIMENTS = f"#/experiments?{SECTION}"


def experiment_page(experiment_id: str, view: str) -> str:
    """The runs of an experiment in the saved view with this id."""
    return f"#/experiments/{experiment_id}/runs?{SECTION}&viewStateShareKey={quote(view)}"


def run_page(experiment_id: str, run_id: str) -> str:
    """A run's own page."""
    return f"#/experiments/{experiment_id}/runs/{run_id}?{SECTION}"


def artifact_page(experiment_id: str, run_id: str, name: str) -> str:
    """A run's artifacts, with this one shown."""
    return f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(name)}?{SECTION}"


def artifact_file(run_id: str, name: str) -> str:
    """The artifact itself, as a picture in a note needs it."""
    return f"get-artifact?path={quote(name)}&run_uuid={run_id}"


def model_page(experiment_id: str, model_id: str) -> str:
    """A logged model's page."""
    return f"#/experiments/{experiment_id}/models/{model_id}?{SECTION}"
