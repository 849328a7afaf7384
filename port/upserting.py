"""Upserts, built once: putting one together costs more than running it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, key: str, changing: tuple[str, ...]
) -> None:
    """Insert rows; of one whose `key` is there already the `changing` columns are replaced."""
    if rows:
        connection.execute(_statement(connection.dialect.name, table, key, changing), list(rows))


@lru_cache(maxsize=64)
def _statement(dialect: str, table: Table, key: str, changing: tuple[str, ...]) -> Insert:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)  # two classes of one shape
    update = {name: getattr(insert.excluded, name) for name in changing}
    statement: Insert = insert.on_conflict_do_update(index_elements=[key], set_=update)
    return statement
