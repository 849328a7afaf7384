"""What every test may ask for: both databases, a NATS server, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

import collecting
import required
import stores
from build_port import TestPort, running_port
from chromium import browser
from server import Server, serve

pytest_runtest_makereport = required.pytest_runtest_makereport
pytest_collection_modifyitems = collecting.pytest_collection_modifyitems
pytest_collection_finish = collecting.pytest_collection_finish

# The machine is shared: an example that took long says nothing.
settings.register_profile("default", deadline=None)
settings.register_profile("soak", deadline=None, max_examples=20_000)
settings.load_profile("default")

anyio_backend = pytest.fixture(lambda: "asyncio")  # and not on trio as well
shared_database_url = stores.shared_database_url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of this worker's own; ask for `postgresql_url` to get a database in it."""
    with stores.or_skip("PostgreSQL", stores.postgresql()) as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with stores.fresh_database(postgresql) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'port.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind: for what both must do."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def port(sqlite_url: str) -> Iterator[TestPort]:
    """A port on the embedded database, behind its doors."""
    with running_port(sqlite_url) as running:
        yield running


@pytest.fixture(scope="module")
def shared_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestPort]:
    """One port for all tests of a module that leave nothing behind which another of them would see."""
    with running_port(f"sqlite:///{tmp_path_factory.mktemp('port') / 'port.db'}") as running:
        yield running


@pytest.fixture
def either_port(database_url: str) -> Iterator[TestPort]:
    """The same on SQLite and on PostgreSQL."""
    with running_port(database_url) as running:
        yield running


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """A NATS server with JetStream of this worker's own; its streams outlive a test, so name yours."""
    with stores.or_skip("NATS", stores.nats()) as url:
        yield url


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    """The real server as a process of its own, on an empty SQLite database."""
    # A fixed salt: else one box in a hundred is drawn for inspection, another one in every run.
    with serve(sqlite_url, salt="the tests draw alike") as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser.  Playwright's loop runs in this thread meanwhile: no asyncio.run in such a module."""
    with stores.or_skip("Chromium", browser()) as opened:
        yield opened
