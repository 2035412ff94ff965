"""All that leans on the insides of Hydra (hydra-core 1.3.8, < 1.4) and OmegaConf (2.3, < 2.4), and nothing else does.

* `ConfigLoaderImpl` and its `repository` compose configs: `HydraLoader` is what this project's loaders extend.
* `create_config_search_path` and `get_args_parser` make Hydra's search path and its own flags.
* `Hydra`, `Callbacks`, `Plugins.instantiate_sweeper`, a sweeper's `launcher` and `hydra_context`, `GlobalHydra`:
  `Application` runs a job or a multirun, and shows --help, --cfg and --info. It stands for `hydra.main`, which would
  print errors itself, exit, and know nothing of a launcher's needs.
* `HydraConfig.cfg` is what the resolver ${hydra:...} reads.
* `BasicLauncher` runs the jobs of other apps for the launcher plugin.
* Nodes of OmegaConf say what they are by methods with an underscore: `replaceable_keys` asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_launcher import BasicLauncher as BasicLauncher
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra._internal.utils import get_args_parser as get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, env_override
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import AnyNode, DictConfig, ListConfig, OmegaConf

from chainrule.errors import InputError


def create_search_path(folder: Path) -> ConfigSearchPath:
    """Where configs are looked for: `folder`, Hydra's own, and all that is registered."""
    return create_config_search_path(str(folder.resolve()))


class HydraLoader(ConfigLoaderImpl):
    """Hydra's config loader as it is."""

    def is_group(self, key: str) -> bool:
        """Whether `key` chooses a config by name (rather than setting a value)."""
        return bool(key) and self.repository.group_exists(key)


class Application(Hydra):
    """Hydra's application object; use `active` around what it does."""

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within the block this is the process's Hydra application, and raises what goes wrong."""
        GlobalHydra.instance().initialize(self)
        try:
            with env_override({"HYDRA_FULL_ERROR": "1"}):  # otherwise Hydra prints errors itself and exits
                yield
        finally:
            GlobalHydra.instance().clear()

    def run_job(self, config_name: str, task_function: TaskFunction, overrides: list[str]) -> Any:
        """Compose and run one job; what it returns. Raises what it raises."""

        def task(config: Any) -> Any:
            try:
                return task_function(config)
            except InputError as error:
                return error  # Hydra would announce whatever is raised in its own words

        returned = self.run(config_name, task, overrides).return_value
        if isinstance(returned, InputError):
            raise returned
        return returned

    def sweep(
        self,
        config: DictConfig,
        task_function: TaskFunction,
        replaced: Callable[[Launcher], tuple[Launcher, ConfigLoader]],
    ) -> list[JobReturn]:
        """All returns of Hydra's own multirun of a composed `config`, with its launcher `replaced`.

        The loader that comes with the new launcher is the one by which the sweeper sees beforehand that each job can
        be composed.
        """
        name, callbacks = config.hydra.job.config_name, Callbacks(config)
        callbacks.on_multirun_start(config=config, config_name=name)
        context = HydraContext(config_loader=self.config_loader, callbacks=callbacks)
        sweeper = Plugins.instance().instantiate_sweeper(
            config=config, hydra_context=context, task_function=task_function
        )
        assert sweeper.launcher is not None
        sweeper.launcher, loader = replaced(sweeper.launcher)
        # Hydra's launcher keeps the context it was made with: the jobs it starts are composed by Hydra alone.
        sweeper.hydra_context = HydraContext(config_loader=loader, callbacks=callbacks)
        arguments = OmegaConf.to_container(config.hydra.overrides.task, resolve=False)
        assert isinstance(arguments, list)
        batches = sweeper.sweep(arguments=arguments)
        callbacks.on_multirun_end(config=config, config_name=name)
        return [done for batch in batches for done in batch]


@contextmanager
def seen_by_resolvers(config: DictConfig) -> Iterator[None]:
    """Within the block ${hydra:...} reads `config`."""
    hydra, before = HydraConfig.instance(), HydraConfig.instance().cfg
    hydra.set_config(config)
    try:
        yield
    finally:
        hydra.cfg = before


def replaceable_keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    """The dotted keys of untyped values and lists, which Hydra's own update replaces as they stand."""
    if config._get_flag("readonly"):
        return
    for key in map(str, config):
        node = config._get_node(key)
        if isinstance(node, DictConfig) and not (node._is_none() or node._is_interpolation()):
            yield from replaceable_keys(node, f"{prefix}{key}.")
        elif isinstance(node, (AnyNode, ListConfig)) and not node._is_interpolation():
            yield f"{prefix}{key}"
