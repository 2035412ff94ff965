"""The launcher that takes a whole multirun at once; a thin shell, because Hydra runs this file in every app."""

# No `from __future__ import annotations` here: Hydra executes plugin files before they enter sys.modules, where
# a dataclass with postponed annotations can't look its own module up.
from collections.abc import Sequence
from dataclasses import dataclass

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.config_store import ConfigStore
from hydra.core.utils import JobReturn
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


@dataclass
class ChainruleLauncherConf:
    """`hydra.launcher`: exact=true composes every job by Hydra alone, without memory (slower, the same result);
    pictures=false draws none of the sweep."""

    _target_: str = "hydra_plugins.chainrule_launcher.launcher.ChainruleLauncher"
    exact: bool = False
    pictures: bool = True


ConfigStore.instance().store(group="hydra/launcher", name="chainrule", node=ChainruleLauncherConf, provider="chainrule")


class ChainruleLauncher(BasicLauncher):
    """Trains chainrule's runs stacked; any other app's jobs run one after the other, as Hydra's own launcher does."""

    def __init__(self, exact: bool, pictures: bool) -> None:
        super().__init__()
        self.exact, self.pictures = exact, pictures
        self.is_ours = False

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what `launch` needs. The loader is put in place here, so that the sweeper's own pass uses it too."""
        from chainrule.app.job import job

        super().setup(hydra_context=hydra_context, task_function=task_function, config=config)
        self.is_ours = task_function is job
        if self.is_ours:
            from chainrule.app.compose import MemoisingLoader
            from chainrule.app.loader import Loader
            from chainrule.sweep.recorder import recorder

            recorder()  # it loads MLflow while the runs are composed and checked
            kind = Loader if self.exact else MemoisingLoader
            self.loader = hydra_context.config_loader = kind(hydra_context.config_loader.get_search_path())

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """One JobReturn a job, in order."""
        if not self.is_ours:
            return super().launch(job_overrides, initial_job_idx)
        from chainrule.app.multirun import launch_stacked

        assert self.config is not None
        return launch_stacked(self.loader, self.config, job_overrides, pictures=self.pictures)
