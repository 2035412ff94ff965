"""A saved network as one of MLflow's logged models: `mlflow.pyfunc.load_model` loads it, and unpickles nothing."""

from __future__ import annotations

import json
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from shutil import copy
from typing import TYPE_CHECKING, Any

from chainrule.record.saved_network import ARRAYS, CONFIG, LABEL, SavedNetwork

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

FOLDER = "network"  # within a model's
_REQUIRED = ("chainrule", "numpy", "scipy", "scikit-learn", "pandas")  # what it needs where it is served


class Answering:
    """What MLflow wraps: `predict` takes a frame or an array of samples."""

    def __init__(self, network: SavedNetwork) -> None:
        self._network = network

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """See `SavedNetwork.predict`."""
        return self._network.predict(model_input)


def _load_pyfunc(path: str) -> Answering:
    """MLflow calls it by this name, with the folder of the model's data."""
    return Answering(SavedNetwork.load(Path(path)))


def log_model(client: MlflowClient, experiment_id: str, run_id: str, saved: Path) -> str:
    """Make the network saved in a folder a logged model of the run that trained it; returns the model's id."""
    model = client.create_logged_model(experiment_id, name="network", source_run_id=run_id)
    with tempfile.TemporaryDirectory() as made:
        _write_model(Path(made), saved, experiment_id, run_id, model.model_id)
        client.log_model_artifacts(model.model_id, made)
    client.finalize_logged_model(model.model_id, "READY")
    link_model(client, run_id, model.model_id)
    return str(model.model_id)


def link_model(client: MlflowClient, run_id: str, model_id: str) -> None:
    """Have a run's page list a logged model."""
    from mlflow.entities import LoggedModelOutput

    client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])


def model_of(client: MlflowClient, run_id: str) -> str | None:
    """The id of the logged model that a run's page lists."""
    outputs = client.get_run(run_id).outputs
    return outputs.model_outputs[0].model_id if outputs and outputs.model_outputs else None


def _write_model(folder: Path, saved: Path, experiment_id: str, run_id: str, model_id: str) -> None:
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    (folder / FOLDER).mkdir()
    for name in (ARRAYS, CONFIG):
        copy(saved / name, folder / FOLDER)
    held = json.loads((saved / CONFIG).read_text(encoding="utf-8"))
    inputs = Schema([ColSpec("double", name) for name in held["features"]])
    outputs = Schema([ColSpec("string" if name == LABEL else "double", name) for name in held["columns"]])
    example = {"columns": held["features"], "data": held["example"]}
    (folder / "input_example.json").write_text(json.dumps(example), encoding="utf-8")
    described = {"artifact_path": "input_example.json", "pandas_orient": "split", "type": "dataframe"}
    model = Model(
        run_id=run_id,
        model_id=model_id,
        signature=ModelSignature(inputs, outputs),
        saved_input_example_info=described,
    )
    requirements = [f"{package}=={version(package)}" for package in _REQUIRED]
    (folder / "requirements.txt").write_text("\n".join(requirements) + "\n", encoding="utf-8")
    model.add_flavor(
        "python_function",
        loader_module=__name__,
        data=FOLDER,
        python_version=platform.python_version(),
        env={"virtualenv": "python_env.yaml"},
    )
    environment = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    (folder / "python_env.yaml").write_text(json.dumps(environment), encoding="utf-8")  # JSON is YAML, too
    model.save(str(folder / "MLmodel"))
