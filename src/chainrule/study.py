"""A study: the question a set of runs is asked, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chainrule.errors import InputError, one_of

ADHOC = "adhoc"  # the name under which runs without a study are recorded


@dataclass(frozen=True)
class Study:
    """The config's `study` node; `name` is also the name of the MLflow experiment."""

    name: str = ADHOC
    question: str | None = None
    findings: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The study of a composed config; InputError if a field is unknown or not text."""
        node = config.get("study")
        if not isinstance(node, Mapping):
            raise InputError("study", node, "must have a name, a question and findings")
        for field, value in node.items():
            if field not in cls.__dataclass_fields__:
                raise InputError(f"study.{field}", value, one_of(field, cls.__dataclass_fields__))
            if not (isinstance(value, str) or (value is None and field != "name")):
                raise InputError(f"study.{field}", value, "must be text")
        study = cls(**node)
        if not study.name.strip():
            raise InputError("study.name", study.name, "must not be empty")
        return study
