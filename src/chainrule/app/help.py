"""The text of `chainrule train --help`: what can be chosen, written from the registry."""

from __future__ import annotations

import dataclasses
import json
import textwrap
import types
import typing
from collections.abc import Iterable
from typing import Any

from chainrule.components import registry
from chainrule.components.fields import Allowed
from chainrule.core.curves import all_curves
from chainrule.paths import project_root

WIDTH = 100
COLUMN = 20  # where the second column of a table begins

USAGE = """\
chainrule train [KEY=VALUE ...]         one run
chainrule sweep [KEY=VALUE,VALUE ...]   every combination, trained as stacks

Examples
  chainrule train dataset=iris output=softmax cost=cross_entropy 'hidden=[16,16]' learning_rate=0.3
  chainrule train init=normal init.scale=2 --cfg job
  chainrule sweep learning_rate=0.1,1,10 init=he_normal,zeros 'seed=range(5)'
  chainrule sweep 'init=glob(he_*)' 'hidden=[8],[8,8]'
  chainrule sweep study=learning_rate_by_initialization
  chainrule sweep 'seed=range(4)' hydra/launcher=joblib

Flags
  --cfg job           show the run's configuration instead of running (with -p KEY: a part of it)
  --info              show where the configuration comes from
  -m, --multirun      makes `train` a sweep
  --config-dir DIR    look for configurations, such as study/NAME.yaml, in a folder of yours first
  --hydra-help        Hydra's own flags and groups
"""

LAUNCHERS = (
    ("chainrule", "the whole sweep as stacks, in worker processes"),
    ("joblib", "each run in a process of its own"),
    ("basic", "one run after the other"),
)


def help_template(groups: Iterable[str]) -> str:
    """Hydra's help template - a string.Template, so a dollar is doubled - with the members and fields of `groups`."""
    studies = sorted(path.stem for path in (project_root() / "conf" / "study").glob("*.yaml"))
    sections = [
        USAGE,
        "Chosen by name. Beside each: its equation, where it comes from, and the fields it brings with their\n"
        "defaults; a field is set with a dot, such as init.scale=2\n",
        *map(_group, groups),
        _rules(),
        _curves(),
        _table("study=NAME", [(study, "") for study in studies]),
        _table("hydra/launcher=NAME", LAUNCHERS),
    ]
    text = "\n".join(sections).replace("$", "$$")
    return f"{text}\nEvery key with its default; conf/config.yaml explains each\n\n$CONFIG"


def _group(kind: str) -> str:
    """A group: its members with equation, reference and defaults, then what each field means, once for all it is in."""
    members = {name: registry.lookup(kind, name) for name in registry.names(kind)}
    rows = []
    having: dict[tuple[str, str], list[str]] = {}
    for name, member in members.items():
        defaults = " ".join(f"{field}={_shown(default)}" for field, (_, _, default) in member.declared.items())
        rows += [(name, _origin(member)), ("", defaults)] if _origin(member) else [(name, defaults)]
        for field, (hint, allowed, _) in member.declared.items():
            having.setdefault((field, _meaning(hint, allowed)), []).append(name)
    fields = [field for field, _ in having]
    for (field, meaning), names in having.items():
        whose = f"{', '.join(names)}: " if fields.count(field) > 1 else ""
        rows.append((f".{field}", whose + meaning))
    return _table(f"{kind}=NAME", [row for row in rows if any(row)])


def _origin(member: type[registry.Component]) -> str:
    """The equation and, in brackets, the reference, as far as there are any."""
    reference = f"[{member.reference}]" if member.reference else ""
    return "   ".join(words for words in (member.equation, reference) if words)


def _rules() -> str:
    """The rules of the backward pass, which are plain values of two keys."""
    rules = [(name, _origin(registry.lookup("backward", name))) for name in registry.names("backward")]
    return _table("backward.hidden=NAME, backward.output=NAME: in place of the slope f'(z)", rules)


def _curves() -> str:
    """What `record.curves` lists."""
    rows = [
        (each.name, f"{each.meaning}{'' if each.default else ', on request'}: {each.formula}") for each in all_curves()
    ]
    return _table("record.curves=[NAME,...]", rows)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [
        textwrap.fill(f"  {first:<{COLUMN}} {text}".rstrip(), WIDTH, subsequent_indent=" " * (COLUMN + 3))
        for first, text in rows
    ]
    return "\n".join([title, *lines, ""])


def _shown(default: Any) -> str:
    if default is dataclasses.MISSING:
        return "(required)"
    return default if default and isinstance(default, str) else json.dumps(default)


def _meaning(hint: Any, allowed: Allowed) -> str:
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "text", types.NoneType: "null"}
    kinds = " or ".join(words[kind] for kind in typing.get_args(hint) or (hint,))
    limits = f"one of {', '.join(allowed.choices)}" if allowed.choices else f"{kinds} {allowed.interval()}".rstrip()
    return f"{allowed.help} ({limits})" if allowed.help else limits
