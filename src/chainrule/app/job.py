"""The task Hydra runs for a single job: one run, trained and recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from chainrule.sweep.engine import Outcome

PARENT = "CHAINRULE_PARENT_RUN"  # how a sweep's parent run reaches jobs in other processes


def job(config: DictConfig) -> Outcome:
    """Train and record the run of `config`, below the parent run its launcher has announced, if any."""
    from chainrule.settings import Settings
    from chainrule.study import Study
    from chainrule.sweep.engine import run_one

    plain = as_plain(config)
    settings, study = Settings.from_config(plain), Study.from_config(plain)
    return run_one(settings, study, plain["tracking"]["uri"], parent=os.environ.get(PARENT))


def as_plain(config: DictConfig) -> dict[str, Any]:
    """The config as nested dicts and lists, interpolations resolved; InputError where one leads nowhere."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise InputError(error.full_key or "config", "???", (error.msg or str(error)).splitlines()[0]) from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}
