"""Which tests need a server, which modules come first, and what the collector leaves alone: a part of conftest.py."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest

# About how many quick tests one of these takes the time of.
WEIGHTS = {"slow": 100, "server": 20, "browser": 20}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make check` runs what needs no server: whoever asks for one is marked here, not by hand.

    Modules with much to wait for come first: begun last, one would keep one worker busy and the others idle.
    """
    weights: Counter[Path] = Counter()
    for item in items:
        asked = {*getattr(item, "fixturenames", ())}
        kinds = getattr(getattr(item, "callspec", None), "params", {})
        is_on_postgresql = any(kinds.get(name) == "postgresql" for name in ("database_url", "shared_database_url"))
        if asked & {"postgresql", "nats_url", "server"} or is_on_postgresql:
            item.add_marker("server")
        if "chromium" in asked:
            item.add_marker("browser")
        weights[item.path] += sum(weight for mark, weight in WEIGHTS.items() if item.get_closest_marker(mark)) or 1
    items.sort(key=lambda item: -weights[item.path])


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
