"""Everything registered, as Hydra config groups: a component is declared once, in Python, and has no YAML twin."""

from __future__ import annotations

import dataclasses
from typing import Any

from hydra.core.config_store import ConfigStore

import chainrule.components
import chainrule.datasets  # noqa: F401  # importing it registers the datasets
from chainrule.app.help import help_template
from chainrule.components import registry
from chainrule.paths import project_root

NOT_A_GROUP = "backward"  # its members have no fields: their names are plain values of backward.hidden and .output


def fill_config_store() -> None:
    """Register the component groups, and what Hydra should print and write, under the name `chainrule`."""
    store = ConfigStore.instance()
    groups = [kind for kind in registry.kinds() if kind != NOT_A_GROUP]
    for kind in groups:
        for name in registry.names(kind):
            store.store(group=kind, name=name, node=component_node(kind, name), provider="chainrule")
    folder = str(project_root() / "outputs" / "hydra")
    output = {"run": {"dir": folder}, "sweep": {"dir": folder, "subdir": "."}}
    store.store(group="hydra/output", name="chainrule", node=output, package="hydra", provider="chainrule")
    store.store(
        group="hydra/help",
        name="chainrule",
        node={"app_name": "chainrule", "header": "", "footer": "", "template": help_template(groups)},
        provider="chainrule",
    )


def component_node(kind: str, name: str) -> dict[str, Any]:
    """The component's name and its fields' defaults; null stands for a field that has none.

    The node is untyped: types and ranges are checked once, when the settings are built.
    """
    specs = registry.lookup(kind, name).declared
    defaults = {field: None if value is dataclasses.MISSING else value for field, (_, _, value) in specs.items()}
    return {"name": name, **defaults}
