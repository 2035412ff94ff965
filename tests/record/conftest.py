from collections.abc import Iterator

import pytest
from record_examples import fresh_databases

from chainrule.record import tracker
from chainrule.record.store import Store, open_store

tracker.prepare()  # the tests import MLflow themselves


def pytest_configure(config: pytest.Config) -> None:
    # MLflow's own models use what SQLAlchemy 2.1 has deprecated.
    config.addinivalue_line("filterwarnings", "ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture(scope="session")
def _databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    return fresh_databases(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def store(_databases: Iterator[str]) -> Store:
    """An open, empty SQLite store of the test's own."""
    return open_store(next(_databases))
