"""Composing a sweep's jobs by memory: Hydra composes each set of choices once, values are then put in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType, ValueType
from omegaconf import AnyNode, DictConfig, ListConfig, OmegaConf

from chainrule.app.job import as_plain
from chainrule.app.loader import Config, Loader, task_part

_DOTTED_KEY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_UNREAD = OmegaConf.create({}, flags={"struct": True, "readonly": True})


@dataclass(frozen=True)
class Read:
    """An override, read once: whether it chooses from a group, and whether memory can answer it."""

    override: Override
    is_choice: bool
    is_plain: bool


@dataclass(frozen=True)
class Choices:
    """The config that one set of group choices makes, before any value is set."""

    task: Config
    settable: frozenset[str]  # the dotted keys whose value can simply be replaced
    interpolated: bool  # some value refers to another, is computed by a resolver, or is still missing
    asks_hydra: bool  # ... or to Hydra's own node, which differs from job to job


class MemoisingLoader(Loader):
    """Hydra's loader for the jobs of one sweep: the same configs, at a small part of the time.

    Every override of another kind than a choice or a plain value - added, forced or deleted keys, packages, Hydra's
    own settings, values that refer to others - takes Hydra's way.
    """

    def __init__(self, config_search_path: ConfigSearchPath) -> None:
        super().__init__(config_search_path)
        self._parser = OverridesParser.create(self)
        self._reads: dict[str, Read] = {}
        self._choices: dict[tuple[str, ...], Choices] = {}
        self._ahead: dict[tuple[str, ...], Config] = {}

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """Compose a job ahead, for `compose` to hand out.

        A sweeper calls this to see that its jobs compose and drops the result. Making a DictConfig for it would take
        longer than all the rest, so the one returned is empty and says so when it is read.
        """
        self._ahead[tuple(sweep_overrides)] = self.compose(master_config, sweep_overrides)
        return _UNREAD

    def compose(self, master_config: DictConfig, overrides: Sequence[str]) -> Config:
        """The job's task config, interpolations resolved. Jobs share what they have in common: don't change it."""
        ahead = self._ahead.pop(tuple(overrides), None)
        if ahead is not None:
            return ahead
        read = [self._read(text) for text in overrides]
        if not all(r.is_plain for r in read):
            return super().compose(master_config, overrides)
        choices = self._choose(master_config, tuple(str(r.override.input_line) for r in read if r.is_choice))
        values = [r.override for r in read if not r.is_choice]
        if choices.asks_hydra or not all(value.key_or_group in choices.settable for value in values):
            return super().compose(master_config, overrides)
        task = choices.task
        for value in values:
            task = _replaced(task, value.key_or_group.split("."), value.value())
        if choices.interpolated:
            config = OmegaConf.create(task)
            OmegaConf.copy_cache(from_config=master_config, to_config=config)
            return as_plain(config)
        return task

    def _read(self, text: str) -> Read:
        if text not in self._reads:
            (override,) = self._parser.parse_overrides([text])
            is_choice = not isinstance(override.value(), dict) and self.is_group(override.key_or_group)
            self._reads[text] = Read(override, is_choice, _is_plain(override))
        return self._reads[text]

    def _choose(self, master_config: DictConfig, chosen: tuple[str, ...]) -> Choices:
        if chosen not in self._choices:
            config = super().load_sweep_config(master_config, list(chosen))
            task = task_part(config)
            texts = [text for text in _texts(task) if "${" in text or text == "???"]
            self._choices[chosen] = Choices(
                task=task,
                settable=frozenset(key for key in _settable(config) if not key.startswith("hydra.")),
                interpolated=bool(texts),
                asks_hydra=any("hydra" in text for text in texts),
            )
        return self._choices[chosen]


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


def _settable(config: DictConfig, prefix: str = "") -> Iterator[str]:
    """The dotted keys of untyped values and lists, which Hydra's own update replaces as they stand."""
    if config._get_flag("readonly"):
        return
    for key in map(str, config):
        node = config._get_node(key)
        if isinstance(node, DictConfig) and not (node._is_none() or node._is_interpolation()):
            yield from _settable(node, f"{prefix}{key}.")
        elif isinstance(node, (AnyNode, ListConfig)) and not node._is_interpolation():
            yield f"{prefix}{key}"


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, (dict, list)):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _texts(item)
