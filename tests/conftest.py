"""What tests of several packages share: the settings that conf/config.yaml holds, and empty stores."""

from __future__ import annotations

import copy
import functools
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis.internal.conjecture import providers

import chainrule.datasets  # noqa: F401 - registers them
from browser import chromium, open_page  # noqa: F401 - fixtures
from chainrule.components import kinds
from chainrule.record.store import Store, open_store
from chainrule.settings import Settings
from record_examples import fresh_databases

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


@pytest.fixture
def make(default_config: dict[str, Any]) -> Callable[..., Settings]:
    """Settings that differ in the given keys from the config file's, made small and quick."""
    quick = {"dataset": {"name": "moons", "samples": 40}, "hidden": [3], "epochs": 4}

    def settings(**changed: Any) -> Settings:
        return Settings.from_config({**default_config, **quick, **changed})

    return settings


# Always the same cases, however busy the machine is; `make test-all` tries many more of them:
# --hypothesis-profile=thorough.
_STEADY: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("default", **_STEADY)
hypothesis.settings.register_profile("thorough", max_examples=1250, **_STEADY)
hypothesis.settings.load_profile("default")
# Hypothesis also draws constants out of whatever modules are loaded by then: the cases of a test would depend on which
# tests ran before it.
_NO_CONSTANTS = providers._local_constants
providers._get_local_constants = lambda: _NO_CONSTANTS


def pytest_configure(config: pytest.Config) -> None:
    # MLflow's own models use what SQLAlchemy 2.1 has deprecated.
    config.addinivalue_line("filterwarnings", "ignore:The ``noload`` loader strategy is deprecated")
    gc.set_threshold(50_000)  # see `chainrule.cli.main`


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers are given test by test, but together those that share what the first of them makes."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid)

    return Scheduling(config, log)


def shared_by(nodeid: str) -> str:
    """What a test shares with others: a study on its reduced budget, fixtures of its module; else itself alone."""
    file, _, test = nodeid.partition("::")
    if file.endswith("experiments/test_every_study.py"):
        return test.partition("[")[2].rstrip("]") or test
    fixtures = _shared_fixtures(file)
    if "reduced" in fixtures:
        return Path(file).stem.removeprefix("test_")
    return file if fixtures else nodeid


@functools.cache
def _shared_fixtures(file: str) -> tuple[str, ...]:
    text = (CONFIG.parents[1] / file).read_text(encoding="utf-8")
    return tuple(name for name in ("reduced", 'scope="module"', "open_page") if name in text)


def pytest_collection_finish() -> None:
    gc.freeze()  # what is imported and collected stays: no look for garbage goes through it again


@pytest.fixture(scope="session")
def _databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    return fresh_databases(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def empty_store(_databases: Iterator[str]) -> str:
    """The URI of an empty SQLite store of the test's own."""
    return next(_databases)


@pytest.fixture
def store(empty_store: str) -> Store:
    """The same, open."""
    return open_store(empty_store)
