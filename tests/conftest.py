"""What every test may ask for: both databases, a NATS server, a browser."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest
import stores
from chromium import browser
from playwright.sync_api import Browser

Server = TypeVar("Server")

NEEDS = "NEEDS:"
MUST_HAVE_ALL = bool(os.environ.get("DIGITAL_PORT_REQUIRE_ALL"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where everything must be there (`.ci/run`), a test skipped for want of it has failed."""
    outcome = yield
    report = outcome.get_result()
    if MUST_HAVE_ALL and report.skipped and NEEDS in str(report.longrepr):
        report.outcome = "failed"


@contextlib.contextmanager
def _or_skip(what: str, server: AbstractContextManager[Server]) -> Iterator[Server]:
    with contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(server)
        except stores.NotToBeHad as why:
            pytest.skip(f"{NEEDS} {what}: {why}")
        yield running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of this worker's own; ask for `postgresql_url` to get a database in it."""
    with _or_skip("PostgreSQL", stores.postgresql()) as url:
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


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """A NATS server with JetStream of this worker's own; its streams outlive a test, so name yours."""
    with _or_skip("NATS", stores.nats()) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser.  Playwright's loop runs in this thread meanwhile: no asyncio.run in such a module."""
    with _or_skip("Chromium", browser()) as opened:
        yield opened
