"""The pipeline as people usually write it: Hydra's basic launcher, a NumPy loop, MLflow's fluent calls as it trains.

It shares the project's configs, starting weights, data and recorded epochs, so that its runs record what the sweep's
do.
"""

from __future__ import annotations

import hydra
import mlflow
import numpy as np
from omegaconf import DictConfig

from chainrule.app.config_sources import fill_config_store
from chainrule.app.plain_config import plain
from chainrule.core.history import recorded_epochs
from chainrule.paths import project_root
from chainrule.settings import Settings
from experiments.benchmark.peers.numpy_loop import NumpyNetwork
from experiments.benchmark.task import Task


def main() -> None:
    """Run Hydra's command line, such as `-m learning_rate=0.1,1`."""
    fill_config_store()
    hydra.main(version_base="1.3", config_path=str(project_root() / "conf"), config_name="config")(job)()


def job(config: DictConfig) -> None:
    """Train one run and log it as it goes."""
    settings = Settings.from_config(plain(config))
    task = Task.of([settings])
    train, test = (task.X, task.Y), task.test
    network = NumpyNetwork(task.weights[0], task.biases[0])
    recorded = set(recorded_epochs(settings.epochs, settings.record.points).tolist())
    with mlflow.start_run(), np.errstate(over="ignore"):
        mlflow.log_params(settings.params())
        mlflow.log_metrics(network.curves(train, test), step=0)
        for epoch in range(settings.epochs):
            for X, Y in task.batches(0, epoch):
                network.step(X, Y, settings.learning_rate)
            if epoch + 1 in recorded:
                mlflow.log_metrics(network.curves(train, test), step=epoch + 1)
