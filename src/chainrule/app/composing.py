"""Composing a sweep's jobs from memory: Hydra composes each set of choices once, values are then put in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from chainrule.app.hydra_internals import HydraLoader, environment_hidden, replaceable_keys, seen_by_resolvers
from chainrule.app.input_errors import require_names, translated
from chainrule.app.plain_config import Config, plain
from chainrule.app.untrusted import refuse_harmful, refuse_targets
from chainrule.errors import InputError
from chainrule.terminal import progress

_DOTTED_KEY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_MANY = 10_000  # runs that take some seconds to compose
_EMPTY = OmegaConf.create({}, flags={"struct": True, "readonly": True})


class Loader(HydraLoader):
    """Composes exactly as Hydra does; a config that can't be composed is an InputError."""

    def load_configuration(
        self, config_name: str | None, overrides: list[str], run_mode: RunMode, *args: Any, **options: Any
    ) -> DictConfig:
        """The composed config; raises InputError for what `overrides` get wrong."""
        refuse_targets(overrides)
        try:
            require_names(overrides, self)
            with environment_hidden():  # the list of defaults may refer to it
                config = super().load_configuration(config_name, overrides, run_mode, *args, **options)
        except InputError:
            raise
        except Exception as error:  # Hydra's alone; a wrong value may end in an AssertionError or a TypeError there
            raise translated(error, config_name, overrides, HydraLoader(self.get_search_path())) from error
        refuse_harmful(config)
        return config

    def compose(self, master_config: DictConfig, overrides: Sequence[str]) -> Config:
        """The task config of one job of a sweep, interpolations resolved."""
        config = Loader.load_sweep_config(self, master_config, list(overrides))
        with seen_by_resolvers(config):
            return plain(config)


@dataclass(frozen=True)
class ParsedOverride:
    """An override, parsed once: whether it chooses from a group, and whether it can be applied without Hydra."""

    override: Override
    is_choice: bool
    is_plain: bool


@dataclass(frozen=True)
class Template:
    """The config that one set of group choices makes, before any value is set."""

    task: Config
    replaceable: frozenset[str]  # the dotted keys whose value can simply be replaced
    is_interpolated: bool  # some value refers to another, is computed by a resolver, or is still missing
    refers_to_hydra: bool  # ... or to Hydra's own node, which differs from job to job


class MemoisingLoader(Loader):
    """Hydra's loader for the jobs of one sweep: the same configs, at a small part of the time.

    Every override of another kind than a choice or a plain value - added, forced or deleted keys, packages, Hydra's
    own settings, values that refer to others - takes Hydra's way.
    """

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self._parser = OverridesParser.create(self)
        self._parsed: dict[str, ParsedOverride] = {}
        self._templates: dict[tuple[str, ...], Template] = {}
        self._composed: dict[tuple[str, ...], Config] = {}

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """Compose a job beforehand, for `compose` to hand out.

        A sweeper calls this to see that its jobs compose and drops the result. Making a DictConfig for it would take
        longer than all the rest, so the one returned is empty and says so when it is read.
        """
        if len(self._composed) == _MANY:
            progress().print(f"more than {_MANY:,} runs: composing and checking them all comes first")
        self._composed[tuple(sweep_overrides)] = self.compose(master_config, sweep_overrides)
        return _EMPTY

    def compose(self, master_config: DictConfig, overrides: Sequence[str]) -> Config:
        """The job's task config, interpolations resolved. Jobs share what they have in common: don't change it."""
        composed = self._composed.pop(tuple(overrides), None)
        if composed is not None:
            return composed
        parsed = [self._parse(text) for text in overrides]
        if not all(p.is_plain for p in parsed):
            return super().compose(master_config, overrides)
        template = self._template(master_config, tuple(str(p.override.input_line) for p in parsed if p.is_choice))
        values = [p.override for p in parsed if not p.is_choice]
        if template.refers_to_hydra or not all(value.key_or_group in template.replaceable for value in values):
            return super().compose(master_config, overrides)
        task = template.task
        for value in values:
            task = _replaced(task, value.key_or_group.split("."), value.value())
        if template.is_interpolated:
            config = OmegaConf.create(task)
            OmegaConf.copy_cache(from_config=master_config, to_config=config)
            return plain(config)
        return task

    def _parse(self, text: str) -> ParsedOverride:
        if text not in self._parsed:
            (override,) = self._parser.parse_overrides([text])
            is_choice = not isinstance(override.value(), dict) and self.is_group(override.key_or_group)
            self._parsed[text] = ParsedOverride(override, is_choice, _is_plain(override))
        return self._parsed[text]

    def _template(self, master_config: DictConfig, choices: tuple[str, ...]) -> Template:
        if choices not in self._templates:
            config = super().load_sweep_config(master_config, list(choices))
            task = plain(config, resolve=False)
            texts = [text for text in _texts(task) if "${" in text or text == "???"]
            self._templates[choices] = Template(
                task=task,
                replaceable=frozenset(key for key in replaceable_keys(config) if not key.startswith("hydra.")),
                is_interpolated=bool(texts),
                refers_to_hydra=any("hydra" in text for text in texts),
            )
        return self._templates[choices]


def _is_plain(override: Override) -> bool:
    return (
        override.type is OverrideType.CHANGE
        and override.package is None
        and override.value_type is ValueType.ELEMENT
        and _DOTTED_KEY.fullmatch(override.key_or_group) is not None
        and not override.is_hydra_override()
        and _is_plain_value(override.value())
    )


def _is_plain_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain_value(item) for item in value)
    if isinstance(value, str):
        return "${" not in value and value != "???"
    return value is None or isinstance(value, (bool, int, float))


def _replaced(tree: Config, path: Sequence[str], value: Any) -> Config:
    """`tree` with `value` at `path`; only the dicts along the path are new."""
    first, *rest = path
    return {**tree, first: _replaced(tree[first], rest, value) if rest else value}


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, (dict, list)):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(item)
