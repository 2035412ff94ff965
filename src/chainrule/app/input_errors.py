"""Hydra's exceptions as InputErrors: one line with the key, the value and what is allowed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import MissingConfigException, OverrideParseException
from hydra.types import RunMode

from chainrule.app.hydra_internals import HydraLoader, first_line
from chainrule.app.plain_config import Config, plain
from chainrule.errors import InputError, one_of, suggestion, unknown_name

GRAMMAR = "can't be read; write a number, text, a list [8,4], or quote it: \"key='a, b'\""
SEVERAL = "several values are for `chainrule sweep` (or -m); a list is written [1,2]"


def require_names(overrides: Sequence[str], loader: HydraLoader) -> None:
    """Raise InputError where a list, a number or nothing at all stands for a name."""
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key, value = override.key_or_group, override.value()
        is_name = value is None or (isinstance(value, str) and value != "???") or (isinstance(value, dict) and value)
        if not (is_name or override.is_delete() or override.is_sweep_override()) and loader.is_group(key):
            raise unknown_name(key, _typed_value(override), loader.get_group_options(key))


def translated(error: Exception, config_name: str | None, overrides: Sequence[str], loader: HydraLoader) -> InputError:
    """The InputError that says what `error`, raised by Hydra or OmegaConf, means for `overrides`.

    `loader` is one that doesn't translate, to compose the config without what is wrong.
    """
    match error:
        case InputError():
            return error
        case OverrideParseException():
            return _unreadable(error.override)
        case MissingConfigException(options=[*options], missing_cfg_file=str(path)):
            group, _, name = path.rpartition("/")
            return unknown_name(group, name, options)
    with contextlib.suppress(Exception):  # the search for the cause composes again, with whatever else is wrong
        if found := _composition(error, config_name, overrides, loader):
            return found
    if typed := [override for override in overrides if not override.startswith("hydra.mode=")]:  # which is added
        return InputError("overrides", " ".join(typed), first_line(error))
    return InputError("config", config_name, first_line(error))


def _unreadable(override: str) -> InputError:
    key, equals, value = override.partition("=")
    if equals:
        return InputError(key, value, GRAMMAR)
    return InputError("override", override, "must be written key=value; see `chainrule train --help`")


def _composition(
    error: Exception, config_name: str | None, overrides: Sequence[str], loader: HydraLoader
) -> InputError | None:
    """What the first of `overrides` that `error` can be about gets wrong."""
    text, parsed = str(error), OverridesParser.create().parse_overrides(list(overrides))
    for override in parsed:
        key, typed = override.key_or_group, override.input_line or ""
        value, is_sweep = _typed_value(override), override.is_sweep_override()
        if is_sweep and re.search(r"Ambiguous value|requires --multirun", text):
            return InputError(key, value, SEVERAL)
        if not is_sweep and not isinstance(override.value(), str) and loader.is_group(key):
            return unknown_name(key, value, loader.get_group_options(key))
        if f"'{key}'" in text or typed in text:
            return _unknown_key(key, value, _chosen(config_name, parsed, loader)) or InputError(
                key, value, first_line(error)
            )
    return None


def _typed_value(override: Override) -> str:
    return (override.input_line or "").partition("=")[2]


def _chosen(config_name: str | None, overrides: Sequence[Override], loader: HydraLoader) -> Config:
    """The config as the choices among `overrides` make it, before any value is set."""
    choices = [
        str(override.input_line)
        for override in overrides
        if override.type is OverrideType.CHANGE
        and override.package is None
        and not override.is_sweep_override()
        and loader.is_group(override.key_or_group)
    ]
    return plain(loader.load_configuration(config_name, choices, RunMode.RUN), resolve=False)


def _unknown_key(key: str, value: str, config: Config) -> InputError | None:
    """The error for a key that `config` doesn't have; None if it has it."""
    nodes = dict(_nodes(config))
    if key in nodes or key.startswith("hydra."):
        return None
    parent, _, field = key.rpartition(".")
    component = nodes.get(parent)
    if isinstance(component, Mapping) and "name" in component:
        fields = [name for name in component if name != "name"]
        known = one_of(field, fields) if fields else "it has none"
        return InputError(key, value, f"{component['name']} has no such field; {known}")
    alike = sorted(known for known in nodes if known.count(".") == key.count("."))
    return InputError(key, value, f"no such key; {suggestion(key, alike)}`chainrule train --cfg job` shows them all")


def _nodes(config: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All that `config` holds, at any depth, by dotted key."""
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield f"{prefix}{key}", value
            yield from _nodes(value, f"{prefix}{key}.")
