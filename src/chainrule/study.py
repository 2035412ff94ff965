"""A study: the question a set of runs is asked. What they answer is written by `chainrule.studies`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from chainrule.components.fields import Allowed, check
from chainrule.errors import InputError, one_of

ADHOC = "adhoc"  # the name under which runs without a study are recorded
PART_NAME = re.compile(r"\w[\w .-]*")
LONGEST_NAME = 200  # bytes: file systems take 255 in the name of a folder


@dataclass(frozen=True)
class Study:
    """The config's `study` node; `name` is also the name of the MLflow experiment.

    A study may consist of several sweeps: `parts` maps each one's name to its overrides, as they would be typed.
    `part` is the one that a run belongs to. Raises InputError for a field that is not what it must be.
    """

    name: str = ADHOC
    question: str | None = None
    parts: Mapping[str, list[str]] = field(default_factory=dict)
    part: str | None = None

    def __post_init__(self) -> None:
        check("study.name", self.name, str, Allowed())
        check("study.question", self.question, str | None, Allowed())
        check("study.part", self.part, str | None, Allowed())
        if not self.name.strip():
            raise InputError("study.name", self.name, "must not be empty")
        for key, name in (("study.name", self.name), ("study.part", self.part or "")):
            if not name.isprintable() or len(name.encode(errors="replace")) > LONGEST_NAME:
                wanted = f"must be one line of printable characters, at most {LONGEST_NAME} bytes in UTF-8"
                raise InputError(key, name, wanted)
        is_mapping = isinstance(self.parts, Mapping) and all(map(_is_list_of_texts, self.parts.values()))
        if not is_mapping or not all(isinstance(part, str) and PART_NAME.fullmatch(part) for part in self.parts):
            wanted = "must map each part's name to a list of overrides such as 'seed=range(5)'"
            raise InputError("study.parts", self.parts, wanted)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The study of a composed config; InputError if a field is unknown or not what it must be."""
        node = config.get("study")
        if not isinstance(node, Mapping):
            raise InputError("study", node, "must have a name and a question")
        for key, value in node.items():
            if key not in cls.__dataclass_fields__:
                raise InputError(f"study.{key}", value, one_of(key, cls.__dataclass_fields__))
        return cls(**{**node, "parts": node.get("parts") or {}})


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
