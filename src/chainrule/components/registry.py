"""The one list of everything that can be chosen by name: activations, costs, initializers, datasets, ..."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from chainrule.components.fields import Allowed, check
from chainrule.errors import InputError, one_of, unknown_name

_REGISTRY: dict[str, dict[str, type[Component]]] = {}


class Component:
    """Something chosen by name. A subclass is a frozen dataclass whose fields are its hyperparameters."""

    kind: ClassVar[str]  # the config key that selects it, set once by each kind's base class
    name: ClassVar[str]
    equation: ClassVar[str]
    reference: ClassVar[str]
    declared: ClassVar[dict[str, tuple[Any, Allowed, Any]]]  # each field's (type, allowed values, default)

    def fields(self) -> dict[str, Any]:
        """Its hyperparameters by name, in the order they are declared."""
        return {name: getattr(self, name) for name in self.declared}


C = TypeVar("C", bound=Component)


def component(name: str, *, equation: str = "", reference: str = "") -> Callable[[type[C]], type[C]]:
    """Class decorator: register `name` under its kind; from here Hydra, Python and the tests see it.

    Raises ValueError if the name is taken, TypeError for a field that would hide a method.
    """

    def register(cls: type[C]) -> type[C]:
        for field in cls.__annotations__:
            if callable(getattr(cls.__base__, field, None)):
                raise TypeError(f"{cls.kind} {name!r}: its field {field!r} has the name of a method")
        cls = dataclasses.dataclass(frozen=True)(cls)
        cls.name, cls.equation, cls.reference = name, equation, reference
        hints = typing.get_type_hints(cls)
        cls.declared = {
            f.name: (hints[f.name], f.metadata.get("allowed", Allowed()), f.default)
            for f in dataclasses.fields(cls)  # type: ignore[arg-type]  # a dataclass since the line above
        }
        if name in _REGISTRY.setdefault(cls.kind, {}):
            raise ValueError(f"{cls.kind} {name!r} is registered twice")
        _REGISTRY[cls.kind][name] = cls
        return cls

    return register


def kinds() -> list[str]:
    """What can be chosen by name, as config keys: "activation", "init", ..."""
    return list(_REGISTRY)


def names(kind: str) -> list[str]:
    """The registered names of a kind, in the order they are written down."""
    return list(_REGISTRY[kind])


def lookup(kind: str, name: Any, *, key: str | None = None) -> type[Component]:
    """The class registered as `name`; InputError with the nearest match if there is none."""
    if name not in names(kind):
        raise unknown_name(key or kind, name, names(kind))
    return _REGISTRY[kind][name]


def create(kind: str, name: Any, fields: Mapping[str, Any] | None = None, *, key: str | None = None) -> Any:
    """The component `name` with `fields` set, every value checked.

    Raises InputError for an unknown name, an unknown field or a value out of range; `key` is the config key
    used in the message, by default the kind's.
    """
    key = key or kind
    cls = lookup(kind, name, key=key)
    specs = cls.declared
    checked = {}
    for field, value in (fields or {}).items():
        if field not in specs:
            known = one_of(field, specs) if specs else "it has none"
            raise InputError(f"{key}.{field}", value, f"{name} has no such field; {known}")
        hint, allowed, _ = specs[field]
        checked[field] = check(f"{key}.{field}", value, hint, allowed)
    return cls(**checked)
