"""What no config may do, whoever wrote it: name a class or a function to call, or read the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, OmegaConf

from chainrule.app.hydra_internals import registered_targets, resolver_names
from chainrule.errors import InputError

TARGET = "_target_"  # what Hydra calls
PLUGINS = ("hydra.launcher.", "hydra.sweeper.")  # the nodes that it calls
LOGGING = ("hydra.job_logging.", "hydra.hydra_logging.")  # nodes of the standard library's logging.config, where
FACTORIES = ("()", "class")  # these keys name what is called; Hydra's own files need the following
LOGGERS = ("logging.StreamHandler", "logging.FileHandler", "colorlog.ColoredFormatter")
STREAMS = ("ext://sys.stdout", "ext://sys.stderr")

ENVIRONMENT = "oc.env"  # Hydra's own node may use it: hydra.run.dir is recorded nowhere
REFUSED = ("oc.decode", "oc.create", "oc.deprecated")  # they make configs that nobody has looked at

NO_TARGET = "a config can't name a class or a function to call"
NO_ENVIRONMENT = "a setting can't read the environment"
NO_RESOLVER = "a setting can't be computed so; write the value"


def refuse_targets(overrides: list[str]) -> None:
    """Raise InputError for an override whose key names something to call."""
    for override in overrides:
        key, _, value = override.partition("=")
        if TARGET in key:
            raise InputError(key.lstrip("+~"), value, NO_TARGET)


def refuse_harmful(config: DictConfig) -> None:
    """Raise InputError for whatever in the composed `config`, Hydra's own node included, could run code or leak."""
    if config.hydra.job.env_copy:
        raise InputError("hydra.job.env_copy", list(config.hydra.job.env_copy), NO_ENVIRONMENT)
    for path, key, value in _leaves(OmegaConf.to_container(config, resolve=False), ""):
        if key == TARGET and not (path.startswith(PLUGINS) and value in registered_targets()):
            raise InputError(path, value, NO_TARGET)
        if path.startswith(LOGGING):
            is_factory = key in FACTORIES and value not in LOGGERS
            if is_factory or ("://" in str(value) and value not in STREAMS):
                raise InputError(path, value, NO_TARGET)
        if isinstance(value, str) and "${" in value:
            _refuse_resolvers(path, value)


def _refuse_resolvers(path: str, text: str) -> None:
    for name in resolver_names(text):
        if name == ENVIRONMENT and not path.startswith("hydra."):
            raise InputError(path, text, NO_ENVIRONMENT)
        if name in REFUSED or "${" in name:
            raise InputError(path, text, NO_RESOLVER)


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """All that `tree` holds: the dotted path, the last key of it, the value; of lists the items, under their key."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            inner = f"{path}.{key}" if path else str(key)
            if str(key) in (TARGET, *FACTORIES) or not isinstance(value, (dict, list)):
                yield inner, str(key), value
            yield from _leaves(value, inner)
    elif isinstance(tree, list):
        for value in tree:
            if not isinstance(value, (dict, list)):
                yield path, "", value
            yield from _leaves(value, path)
