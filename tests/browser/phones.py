"""What a test of the phone's page asks for: a stub of the port of its own, and a phone that looks at it.

A test file takes them by name: `port, phone = phones.port, phones.phone`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from build_pages import Tab, tab
from stub_port import StubPort, filled, serve

UNSEEN = "TGHU3543288"
"""A container that the port has not heard of."""


@pytest.fixture
def port() -> Iterator[StubPort]:
    """A stub with the canned boxes, for one test."""
    with serve(filled()) as running:
        yield running


@pytest.fixture
def phone(chromium: Browser, port: StubPort) -> Iterator[Tab]:
    """Somebody signed in, on a phone."""
    with tab(chromium, port) as opened:
        yield opened
