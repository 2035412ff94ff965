"""Hydra's config loader over the project's own conf/, with its objections told in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from chainrule.app.job import as_plain
from chainrule.app.refusals import refusal

Config = dict[str, Any]


class Loader(ConfigLoaderImpl):
    """Composes exactly as Hydra does; a config that can't be composed is an InputError."""

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,
        validate_sweep_overrides: bool = True,
    ) -> DictConfig:
        """The composed config; raises InputError for what `overrides` get wrong."""
        try:
            return super().load_configuration(config_name, overrides, run_mode, from_shell, validate_sweep_overrides)
        except (HydraException, ValueError) as error:
            raise refusal(error, config_name, overrides, self) from error

    def compose(self, master_config: DictConfig, overrides: Sequence[str]) -> Config:
        """The task config of one job of a sweep, interpolations resolved."""
        config = Loader.load_sweep_config(self, master_config, list(overrides))
        hydra, before = HydraConfig.instance(), HydraConfig.instance().cfg
        hydra.set_config(config)  # the resolver ${hydra:...} reads it there
        try:
            return as_plain(without_hydra(config))
        finally:
            hydra.cfg = before

    def is_group(self, key: str) -> bool:
        """Whether `key` chooses a config by name (rather than setting a value)."""
        return bool(key) and self.repository.group_exists(key)

    def chosen(self, config_name: str | None, overrides: Sequence[str]) -> Config:
        """The task's part of the config as the choices among `overrides` make it, before any value is set."""
        choices = [
            str(override.input_line)
            for override in OverridesParser.create().parse_overrides(list(overrides))
            if override.type is OverrideType.CHANGE
            and override.package is None
            and not override.is_sweep_override()
            and self.is_group(override.key_or_group)
        ]
        return task_part(super().load_configuration(config_name, choices, RunMode.RUN))


def task_part(config: DictConfig) -> Config:
    """The config without Hydra's own node, as nested dicts and lists, interpolations as they are written."""
    plain = OmegaConf.to_container(without_hydra(config), resolve=False)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def without_hydra(config: DictConfig) -> DictConfig:
    """The task's own part of a composed config."""
    return OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
