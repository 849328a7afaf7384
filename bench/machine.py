"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def paragraph(folder: str | None = None) -> str:
    """One line: the day, the cores, their load just now, the versions, and how long the disk takes to sync."""
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} shared cores ({platform.machine()}, load {load:.1f}), "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, fdatasync p50 {_sync(folder):.2f} ms."
    )


def sync_p50_ms(folder: str, tries: int = 50) -> float:
    """The median of fdatasync on this disk just now."""
    path = Path(folder) / "sync"
    took = []
    with path.open("wb") as file:
        for _ in range(tries):
            file.write(b"x" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return 1000 * sorted(took)[tries // 2]


def _sync(folder: str | None) -> float:
    if folder is not None:
        return sync_p50_ms(folder)
    with tempfile.TemporaryDirectory() as made:
        return sync_p50_ms(made)
