"""A study: the question a set of runs is asked, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from chainrule.errors import InputError, one_of

ADHOC = "adhoc"  # the name under which runs without a study are recorded
_TEXTS = ("name", "question", "findings", "part")


@dataclass(frozen=True)
class Study:
    """The config's `study` node; `name` is also the name of the MLflow experiment.

    A study may consist of several sweeps: `parts` maps each one's name to its overrides, as they would be typed.
    `part` is the one that a run belongs to.
    """

    name: str = ADHOC
    question: str | None = None
    findings: str | None = None
    parts: Mapping[str, list[str]] = field(default_factory=dict)
    part: str | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The study of a composed config; InputError if a field is unknown or not what it must be."""
        node = config.get("study")
        if not isinstance(node, Mapping):
            raise InputError("study", node, "must have a name, a question and findings")
        for key, value in node.items():
            if key not in cls.__dataclass_fields__:
                raise InputError(f"study.{key}", value, one_of(key, cls.__dataclass_fields__))
            if key in _TEXTS and not (isinstance(value, str) or (value is None and key != "name")):
                raise InputError(f"study.{key}", value, "must be text")
        study = cls(**{**node, "parts": _parts(node.get("parts"))})
        if not study.name.strip():
            raise InputError("study.name", study.name, "must not be empty")
        return study


def _parts(node: Any) -> dict[str, list[str]]:
    if node is None:
        return {}
    is_right = isinstance(node, Mapping) and all(
        isinstance(overrides, list) and all(isinstance(override, str) for override in overrides)
        for overrides in node.values()
    )
    if not is_right:
        raise InputError(
            "study.parts", node, "must map each part's name to a list of overrides such as 'seed=range(5)'"
        )
    return dict(node)
