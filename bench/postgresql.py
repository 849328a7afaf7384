"""A real PostgreSQL for the benchmarks: the tests' own, on a loopback port, with fsync on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).parent.parent / "tests"


@contextmanager
def databases(count: int) -> Iterator[list[str]]:
    """The URLs of so many empty databases on one server that syncs before it answers, as in production."""
    sys.path.append(str(TESTS))
    stores = import_module("stores")
    with stores.postgresql(durable=True) as server:
        base = server.rpartition("/")[0]
        yield [_created(server, f"{base}/bench{number}") for number in range(count)]


def _created(server: str, url: str) -> str:
    psycopg = import_module("psycopg")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {url.rpartition('/')[2]}")
    return url
