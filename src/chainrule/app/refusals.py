"""What Hydra objects to, in this project's words: one line with the key, the value and what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException, InstantiationException, MissingConfigException, OverrideParseException

from chainrule.errors import InputError, one_of, unknown_name

if TYPE_CHECKING:
    from chainrule.app.loader import Loader

GRAMMAR = "can't be read; write a number, text, a list [8,4], or quote it: \"key='a, b'\""


def refusal(error: Exception, config_name: str | None, overrides: Sequence[str], loader: Loader) -> Exception:
    """The InputError that says what `error` means for `overrides`, or `error` itself if they aren't its cause."""
    match error:
        case OverrideParseException():
            return _unreadable(error.override)
        case MissingConfigException(options=[*options], missing_cfg_file=str(path)):
            group, _, name = path.rpartition("/")
            return unknown_name(group, name, options)
        case InstantiationException():
            return error
        case HydraException() | ValueError():
            return _composition(error, config_name, overrides, loader)
    return error


def _unreadable(override: str) -> InputError:
    key, equals, value = override.partition("=")
    if equals:
        return InputError(key, value, GRAMMAR)
    return InputError("override", override, "must be written key=value; see `chainrule train --help`")


def _composition(error: Exception, config_name: str | None, overrides: Sequence[str], loader: Loader) -> Exception:
    text = str(error)
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key, value = override.key_or_group, (override.input_line or "").partition("=")[2]
        if override.is_sweep_override() and re.search(r"Ambiguous value|requires --multirun", text):
            requirement = "several values are for `chainrule sweep` (or -m); a list is written [1,2]"
            return InputError(key, value, requirement)
        if override.is_interval_sweep():
            return InputError(
                key, value, "an interval has no end of values; write a list a,b,c or range(start,stop,step)"
            )
        if not override.is_sweep_override() and not isinstance(override.value(), str) and loader.is_group(key):
            return unknown_name(key, value, loader.get_group_options(key))
        if f"'{key}'" in text or (override.input_line or "") in text:
            config = loader.chosen(config_name, overrides)
            return _unknown_key(key, value, config) or InputError(key, value, _reason(error))
    if isinstance(error, HydraException):
        return InputError("overrides", " ".join(overrides), _reason(error))
    return error


def _unknown_key(key: str, value: str, config: Mapping[str, Any]) -> InputError | None:
    """The error for a key that `config` doesn't have; None if it has it."""
    known = set(_keys(config))
    if key in known:
        return None
    parent, _, field = key.rpartition(".")
    node = _node(config, parent)
    if parent and isinstance(node, Mapping) and "name" in node:
        fields = [name for name in node if name != "name"]
        return InputError(
            key, value, f"{node['name']} has no such field; {one_of(field, fields) if fields else 'it has none'}"
        )
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return InputError(key, value, f"no such key; {hint}`chainrule train --cfg job` shows them all")


def _keys(config: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(config, Mapping):
        for key, value in config.items():
            yield f"{prefix}{key}"
            yield from _keys(value, f"{prefix}{key}.")


def _node(config: Any, path: str) -> Any:
    for part in path.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config


def _reason(error: Exception) -> str:
    """The first line of what went wrong at the bottom, without Hydra's hints of how to go on."""
    cause = error.__cause__ or error
    return next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
