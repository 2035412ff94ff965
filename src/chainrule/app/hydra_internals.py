"""All that leans on the insides of Hydra (hydra-core 1.3.8, < 1.4) and OmegaConf (2.3, < 2.4), and nothing else does.

* `ConfigLoaderImpl` and its `ConfigRepository` compose configs: `HydraLoader` is what this project's loaders extend.
* `create_config_search_path` and `get_args_parser` make Hydra's search path and its own flags.
* `Hydra`, `Callbacks`, `Plugins.instantiate_sweeper`, a sweeper's `launcher` and `hydra_context`, `GlobalHydra`:
  `Application` runs a job or a multirun, and shows --help, --cfg and --info. It stands for `hydra.main`, which would
  print errors itself, exit, and know nothing of a launcher's needs.
* `HydraConfig.cfg` is what the resolver ${hydra:...} reads.
* `BasicLauncher` runs the jobs of other apps for the launcher plugin.
* Nodes of OmegaConf say what they are by methods with an underscore: `replaceable_keys` asks them.
* OmegaConf's grammar finds the resolvers in a text, and `BaseContainer._resolvers` holds them: `resolver_names`,
  `environment_hidden`.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra._internal.core_plugins.basic_launcher import BasicLauncher as BasicLauncher
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra._internal.utils import get_args_parser as get_args_parser
from hydra.core.config_loader import ConfigLoader
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigNode, ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, env_override
from hydra.errors import HydraException
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import AnyNode, DictConfig, ListConfig, OmegaConf, grammar_parser
from omegaconf.basecontainer import BaseContainer
from omegaconf.errors import GrammarParseError
from omegaconf.grammar.gen.OmegaConfGrammarParser import OmegaConfGrammarParser

from chainrule.errors import InputError


def create_search_path(folder: Path) -> ConfigSearchPath:
    """Where configs are looked for: `folder`, Hydra's own, and all that is registered."""
    return create_config_search_path(str(folder.resolve()))


class _Repository(ConfigRepository):
    """Hydra's own, of which it makes a deep copy whenever it composes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> _Repository:
        """A new list of the same sources is enough; all registered configs with them take a fifth of composing."""
        copied = copy.copy(self)
        copied.sources = [*self.sources]
        return copied


class HydraLoader(ConfigLoaderImpl):
    """Hydra's config loader as it is."""

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self.repository = _Repository(config_search_path)

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
            except Exception as error:  # Hydra would announce whatever is raised in its own words
                return error

        with input_errors("hydra"):
            returned = self.run(config_name, task, overrides).return_value
        if isinstance(returned, Exception):
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
        with input_errors("hydra"):
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
def input_errors(key: str, value: str = "...") -> Iterator[None]:
    """Whatever goes wrong in the block is an InputError about `key`.

    For what is Hydra's and OmegaConf's alone, where a wrong value ends in an AssertionError here and in a TypeError
    there; never around code of this project, whose own errors keep their traceback.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(key, value, first_line(error)) from error


def first_line(error: BaseException) -> str:
    """What went wrong at the bottom, in one line without Hydra's hints of how to go on."""
    cause = error.__cause__ or error
    if isinstance(cause, (AssertionError, AttributeError, TypeError)) and not isinstance(error, HydraException):
        return f"can't be used in a config ({type(cause).__name__} of Hydra)"  # which speaks of Hydra's inside
    return next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)


@functools.cache
def registered_targets() -> frozenset[str]:
    """What the registered configs of Hydra's plugins name to be called, this project's launcher among them."""
    return frozenset(_targets(ConfigStore.instance().repo))


def _targets(tree: Any) -> Iterator[str]:
    if isinstance(tree, ConfigNode):
        tree = OmegaConf.to_container(tree.node, resolve=False)
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "_target_" and isinstance(value, str):
                yield value
            yield from _targets(value)


def resolver_names(text: str) -> Iterator[str]:
    """The resolvers that `text` asks for, such as "oc.env"; none if OmegaConf can't read it, which then refuses it."""
    try:
        nodes: list[Any] = [grammar_parser.parse(text)]
    except GrammarParseError:
        return
    while nodes:
        node = nodes.pop()
        if isinstance(node, OmegaConfGrammarParser.InterpolationResolverContext):
            yield str(node.getChild(1).getText())  # ${ name : arguments }
        nodes += getattr(node, "children", None) or []


@contextmanager
def environment_hidden() -> Iterator[None]:
    """Within the block no value can be read from the environment."""

    def refused(*_: Any) -> Any:
        raise ValueError("a setting can't read the environment")

    before = BaseContainer._resolvers["oc.env"]
    OmegaConf.register_new_resolver("oc.env", refused, replace=True)
    try:
        yield
    finally:
        BaseContainer._resolvers["oc.env"] = before


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
