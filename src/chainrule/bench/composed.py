"""A workload's runs as checked settings, composed in this process as the command composes them."""

from __future__ import annotations

from omegaconf import DictConfig

from chainrule.app.compose import MemoisingLoader
from chainrule.bench.workloads import Workload
from chainrule.settings import Settings
from chainrule.sweep.engine import validate


def new_loader() -> MemoisingLoader:
    """The sweep's own loader, with nothing in its memory."""
    from hydra import version
    from hydra._internal.utils import create_config_search_path

    from chainrule.app.config_store import fill_config_store
    from chainrule.paths import project_root

    version.setbase("1.3")
    fill_config_store()
    return MemoisingLoader(create_config_search_path(str(project_root() / "conf")))


def master_config(loader: MemoisingLoader) -> DictConfig:
    """What a sweep's jobs are composed on top of."""
    from hydra.types import RunMode

    return loader.load_configuration("config", ["hydra.mode=MULTIRUN"], RunMode.MULTIRUN)


def settings_of(workload: Workload) -> list[Settings]:
    """The settings of every run, in the sweep's order."""
    loader = new_loader()
    master = master_config(loader)
    return validate([loader.compose(master, job) for job in workload.jobs()])
