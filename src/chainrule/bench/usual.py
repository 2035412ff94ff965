"""The usual pipeline: Hydra's own launcher, one run after the other, MLflow's fluent calls at every recorded epoch.

Run as `python -m chainrule.bench.usual -m key=value,value ...`. It shares the project's configs, starting weights, data
and recorded epochs, so that its runs record what the sweep's do.
"""

from __future__ import annotations

import hydra
import mlflow
import numpy as np
from omegaconf import DictConfig

from chainrule.app.config_sources import fill_config_store
from chainrule.app.plain_config import plain
from chainrule.bench.plain import PlainNetwork, train_plain
from chainrule.bench.task import Task
from chainrule.core.history import recorded_epochs
from chainrule.paths import project_root
from chainrule.settings import Settings
from chainrule.sweep.plan import shape_of, training_data


def job(config: DictConfig) -> None:
    """Train one run and log it as it goes."""
    settings = Settings.from_config(plain(config))
    task = Task.of([settings])
    data = training_data(settings.dataset, settings.output, shape_of(settings).network.sizes[-1], settings.dtype)
    assert data.test is not None
    train, test = ((part.inputs[:, :-1], part.targets) for part in (data.train, data.test))
    network = PlainNetwork(task.weights[0], task.biases[0])
    recorded = set(recorded_epochs(settings.epochs, settings.record_points).tolist())
    with mlflow.start_run(), np.errstate(over="ignore"):
        mlflow.log_params(settings.params())
        mlflow.log_metrics(network.curves(train, test), step=0)
        for epoch, batches in enumerate(task.epochs_of(0), start=1):
            train_plain(network, [batches], settings.learning_rate)
            if epoch in recorded:
                mlflow.log_metrics(network.curves(train, test), step=epoch)


if __name__ == "__main__":
    fill_config_store()
    hydra.main(version_base="1.3", config_path=str(project_root() / "conf"), config_name="config")(job)()
