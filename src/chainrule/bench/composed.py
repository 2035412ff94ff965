"""A workload's runs as checked settings, composed in this process as the command composes them."""

from __future__ import annotations

from omegaconf import DictConfig

from chainrule.app.composing import MemoisingLoader
from chainrule.bench.workloads import Workload
from chainrule.settings import Settings
from chainrule.sweep.engine import validate


def new_loader() -> MemoisingLoader:
    """The sweep's own loader, with nothing in its memory."""
    from chainrule.app.config_sources import search_path

    return MemoisingLoader(search_path())


def master_config(loader: MemoisingLoader) -> DictConfig:
    """What a sweep's jobs are composed on top of."""
    from hydra.types import RunMode

    return loader.load_configuration("config", ["hydra.mode=MULTIRUN"], RunMode.MULTIRUN)


def settings_of(workload: Workload) -> list[Settings]:
    """The settings of every run, in the sweep's order."""
    loader = new_loader()
    master = master_config(loader)
    return validate([loader.compose(master, job) for job in workload.jobs()])
