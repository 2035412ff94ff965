"""Where configs come from: conf/, a folder of one's own, and what is registered, which has no YAML twin."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

from hydra import version
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from hydra.core.config_store import ConfigStore
from hydra.core.utils import setup_globals

import chainrule.components
import chainrule.datasets  # noqa: F401  # importing it registers the datasets
from chainrule.app.help import help_template
from chainrule.app.hydra_internals import create_search_path
from chainrule.components import registry
from chainrule.errors import InputError
from chainrule.paths import project_root

CONFIG_NAME = "config"
NOT_A_GROUP = "backward"  # its members have no fields: their names are plain values of backward.hidden and .output


def search_path(main: Path | None = None, first: Path | None = None) -> ConfigSearchPath:
    """The folder `main`, by default conf/, before it the folder `first`, and all that is registered.

    Afterwards Hydra is ready to compose. Raises InputError if there is no folder `first`.
    """
    version.setbase("1.3")
    setup_globals()
    fill_config_store()
    path = create_search_path(main or project_root() / "conf")
    if first is not None:
        if not first.is_dir():
            raise InputError("--config-dir", first, "there is no such folder")
        path.prepend("command-line", f"file://{first.resolve()}", anchor=SearchPathQuery(provider="schema"))
    return path


def fill_config_store() -> None:
    """Register the component groups, and what Hydra should print and write, under the name `chainrule`."""
    kinds = [kind for kind in registry.kinds() if kind != NOT_A_GROUP]
    components = tuple((kind, name, registry.lookup(kind, name)) for kind in kinds for name in registry.names(kind))
    _fill(ConfigStore.instance(), components)


@functools.lru_cache(maxsize=1)
def _fill(store: ConfigStore, components: tuple[tuple[str, str, type], ...]) -> None:
    """Once is enough, as long as nothing else is registered: it takes a quarter of what composing a config takes."""
    for kind, name, _ in components:
        store.store(group=kind, name=name, node=component_node(kind, name), provider="chainrule")
    folder = str(project_root() / "outputs" / "hydra")
    output = {"run": {"dir": folder}, "sweep": {"dir": folder, "subdir": "."}}
    store.store(group="hydra/output", name="chainrule", node=output, package="hydra", provider="chainrule")
    template = help_template(list(dict.fromkeys(kind for kind, _, _ in components)))
    store.store(
        group="hydra/help",
        name="chainrule",
        node={"app_name": "chainrule", "header": "", "footer": "", "template": template},
        provider="chainrule",
    )


def component_node(kind: str, name: str) -> dict[str, Any]:
    """The component's name and its fields' defaults; null stands for a field that has none.

    The node is untyped: types and ranges are checked once, when the settings are built.
    """
    specs = registry.lookup(kind, name).declared
    defaults = {field: None if value is dataclasses.MISSING else value for field, (_, _, value) in specs.items()}
    return {"name": name, **defaults}
