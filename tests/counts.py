"""How often the promises are tried: a short form in `make test`; `make soak` does the full counts and writes them down.

`make soak` names the file in SOAK_RECORD; a line there is renewed when its test runs again.
"""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

RECORD = "SOAK_RECORD"
_HEAD = """# Soaked

Written by `make soak`: the promises of docs/operating.md at their full counts. Each line is the last run of its test.

| promise | tried | found | when, machine |
|---|---|---|---|
"""
Count = TypeVar("Count")


def short_and_full(name: str, *, short: Count, full: Count) -> pytest.MarkDecorator:
    """Parametrize `name`: the short count always, the full one under the mark `soak`."""
    return pytest.mark.parametrize(
        name, [pytest.param(short, id="short"), pytest.param(full, id="full", marks=pytest.mark.soak)]
    )


def write_down(promise: str, *, tried: str, found: str) -> None:
    """Keep the line where a soak is recorded, in place of an older one of that promise."""
    file = os.environ.get(RECORD)
    if not file:
        return
    path = Path(file)
    lines = path.read_text().removeprefix(_HEAD).splitlines() if path.exists() else []
    machine = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores"
    mine = f"| {promise} |"
    kept = [line for line in lines if line and not line.startswith(mine)]
    path.write_text(_HEAD + "\n".join(sorted([*kept, f"{mine} {tried} | {found} | {machine} |"])) + "\n")
