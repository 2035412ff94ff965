"""What tests of several packages share: the settings that conf/config.yaml holds."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

import chainrule.datasets  # noqa: F401 - registers them
from chainrule.components import kinds

CONFIG = Path(__file__).parents[1] / "conf" / "config.yaml"


def read_defaults() -> dict[str, Any]:
    """The config file as Hydra composes it: the chosen names beside the values, without Hydra's own."""
    written = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    chosen = [entry for entry in written.pop("defaults") if isinstance(entry, dict)]
    names = {kind: name for entry in chosen for kind, name in entry.items() if kind in kinds()}
    written.pop("hydra")
    return {**names, **written}


DEFAULTS = read_defaults()


@pytest.fixture
def default_config() -> dict[str, Any]:
    """A plain nested mapping of every setting, free to be changed."""
    return copy.deepcopy(DEFAULTS)
