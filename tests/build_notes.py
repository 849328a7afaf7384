"""A database of one table, where it matters how it is asked and not what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Column, Integer, MetaData, String, Table

from port.database import Database, open_database

NOTES = Table("note", MetaData(), Column("id", Integer, primary_key=True), Column("words", String))


@contextmanager
def database_of_notes(url: str) -> Iterator[Database]:
    """An open database with the table `note`."""
    with closing(open_database(url)) as opened:
        with opened.write() as connection:
            NOTES.create(connection)
        yield opened
