"""Rows as the log makes them beside rows as they stand: what is missing, wrong or in excess, and mending it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]  # a table's columns by name
Key = tuple[Any, ...]
_CHUNK = 500
_MOST_EXAMPLES = 5


@dataclass(slots=True)
class Difference:
    """How one table departs from the log: counts, and the keys of a few of the rows."""

    table: str
    compared: int = 0
    missing: int = 0
    wrong: int = 0
    extra: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Rows that are not as the log makes them."""
        return self.missing + self.wrong + self.extra

    def note(self, told: Iterable[str]) -> None:
        """Keep examples, a few."""
        for one in told:
            if len(self.examples) < _MOST_EXAMPLES and one not in self.examples:
                self.examples.append(one)

    def add(self, other: Difference) -> None:
        """Count another part of the same table in."""
        self.compared += other.compared
        self.missing += other.missing
        self.wrong += other.wrong
        self.extra += other.extra
        self.note(other.examples)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table's rows to write, and those to take away."""

    table: Table
    compared: int
    missing: tuple[Row, ...]
    wrong: tuple[Row, ...]
    extra: tuple[Row, ...]
    kept: frozenset[str] = frozenset()
    guard: str = ""

    @property
    def difference(self) -> Difference:
        """The same as counts."""
        told = Difference(self.table.name, self.compared, len(self.missing), len(self.wrong), len(self.extra))
        for what, rows in (("missing", self.missing), ("wrong", self.wrong), ("extra", self.extra)):
            told.note(f"{what} {' '.join(map(str, key_of(self.table, row)))}" for row in rows[:_MOST_EXAMPLES])
        return told

    def mend(self, connection: Connection) -> None:
        """Make the table as the log makes it; columns in `kept` of rows that stand are left alone."""
        if self.extra:
            take_away(connection, self.table, self.extra, guard=self.guard)
        if self.missing or self.wrong:
            put(connection, self.table, [*self.missing, *self.wrong], kept=self.kept)


def take_away(connection: Connection, table: Table, rows: Sequence[Row], *, guard: str = "") -> None:
    """Delete rows by their key, those whose `guard` column has not changed since they were read."""
    names = [column.name for column in table.primary_key] + ([guard] if guard else [])
    own = and_(*(table.c[name] == bindparam(f"own_{name}") for name in names))
    connection.execute(delete(table).where(own), [{f"own_{name}": row[name] for name in names} for row in rows])


def put(connection: Connection, table: Table, rows: Sequence[Row], *, kept: Collection[str] = ()) -> None:
    """Insert rows; of those that stand the columns not in `kept` are replaced."""
    # Two classes of one shape.
    insert: Any = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    changing = {name: insert.excluded[name] for name in rows[0] if name not in keys and name not in kept}
    on_conflict = insert.on_conflict_do_update if changing else insert.on_conflict_do_nothing
    statement = on_conflict(index_elements=keys, **({"set_": changing} if changing else {}))
    connection.execute(statement, [dict(row) for row in rows])


def compare(
    table: Table, expected: Iterable[Row], found: Iterable[Row], *, kept: Collection[str] = (), guard: str = ""
) -> Comparison:
    """What of `table` must change.

    Columns named in `kept` do not come from the log and are not compared.  A row too many goes only while its `guard`
    column is what was found.
    """
    should = {key_of(table, row): row for row in expected}
    stands = {key_of(table, row): row for row in found}
    wrong = [
        row
        for key, row in should.items()
        if (there := stands.get(key)) is not None
        and any(there[name] != value for name, value in row.items() if name not in kept)
    ]
    return Comparison(
        table,
        compared=len(should),
        missing=tuple(row for key, row in should.items() if key not in stands),
        wrong=tuple(wrong),
        extra=tuple(row for key, row in stands.items() if key not in should),
        kept=frozenset(kept),
        guard=guard,
    )


def rows_where(connection: Connection, column: Column[Any], values: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows of the column's table in which it has one of `values`."""
    wanted = sorted(set(values))
    query = select(column.table).where(column.in_(bindparam("wanted", expanding=True)))
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _CHUNK):
        chunk = {"wanted": wanted[start : start + _CHUNK]}
        found += [dict(row) for row in connection.execute(query, chunk).mappings()]
    return found


def fields_of(table: Table, rows: Iterable[object]) -> list[Row]:
    """Rows of a table out of the values that mirror it, by the names of its columns."""
    names = [column.name for column in table.columns]
    return [{name: getattr(row, name) for name in names} for row in rows]


def key_of(table: Table, row: Row) -> Key:
    """The row's primary key."""
    return tuple(map(row.__getitem__, _key_names(table)))


@lru_cache(maxsize=64)
def _key_names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def every_row(connection: Connection, table: Table) -> list[dict[str, Any]]:
    """The whole of a table that is small."""
    return [dict(row) for row in connection.execute(select(table)).mappings()]
