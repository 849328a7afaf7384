"""Databases with tables in them, for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from migrated import make_tables
from port.database import Database, open_database


@contextmanager
def database_with_tables(url: str) -> Iterator[Database]:
    """An open database with all its tables."""
    make_tables(url)
    with closing(open_database(url)) as database:
        yield database
