"""Everything that can be chosen by name; importing this package fills the registry."""

from chainrule.components import activations, backward, costs, initializers, optimizers, outputs, schedules
from chainrule.components.registry import Component, component, create, kinds, lookup, names

__all__ = [
    "Component",
    "activations",
    "backward",
    "component",
    "costs",
    "create",
    "initializers",
    "kinds",
    "lookup",
    "names",
    "optimizers",
    "outputs",
    "schedules",
]
