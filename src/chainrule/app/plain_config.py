"""A composed config as nested dicts and lists, which is what the rest of the project reads."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from chainrule.app.hydra_internals import environment_hidden
from chainrule.errors import InputError

Config = dict[str, Any]


def plain(config: DictConfig, *, resolve: bool = True) -> Config:
    """The task's own part of a composed config: all but the node `hydra`.

    Interpolations are resolved, InputError where one leads nowhere or a value is missing; or all is kept as written.
    """
    if "hydra" in config:
        config = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    try:
        with environment_hidden():
            found = OmegaConf.to_container(config, resolve=resolve, throw_on_missing=resolve)
    except OmegaConfBaseException as error:
        raise InputError(error.full_key or "config", "???", (error.msg or str(error)).splitlines()[0]) from error
    assert isinstance(found, dict)
    return {str(key): value for key, value in found.items()}
