"""Settings for the tests of planning and executing: the config file's, made small and quick."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chainrule.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
def make(default_config: dict[str, Any]) -> MakeSettings:
    """Settings that differ from the quick ones in the given keys."""
    quick = {"dataset": {"name": "moons", "samples": 40}, "hidden": [3], "epochs": 4}

    def settings(**changed: Any) -> Settings:
        return Settings.from_config({**default_config, **quick, **changed})

    return settings
