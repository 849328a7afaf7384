"""Ships as they are searched for: each name of a ship with its calls, the latest first, however often it has called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from heapq import nlargest

from sqlalchemy import Column, Connection, Index, String
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime
from events.statements import Insert, Statement

# Names are compared byte by byte, whatever the database's own collation: else no range of them is a beginning.
_BYTES = String().with_variant(String(collation="C"), "postgresql")
_IDENTIFIER, _SHIP = "v:", "n:"
_LAST = "\U0010ffff"
UNTOLD = datetime(1970, 1, 1, tzinfo=UTC)


class CallNameRow(SQLModel, table=True):
    """A name by which a vessel call is searched for: "v:" and an IMO number or call sign, "n:" and the ship's name in
    capitals.  `arrives_at` orders a ship's calls; 1970 is a call of no time."""

    __tablename__ = "call_name"
    __table_args__ = (
        Index("ix_call_name_latest", "name", "arrives_at", "call_id"),
        {"sqlite_with_rowid": False},
    )

    call_id: str = Field(primary_key=True)
    name: str = Field(sa_column=Column(_BYTES, primary_key=True))
    arrives_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


CALL_NAMES = CallNameRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
Named = tuple[str, str, datetime]
"""(call id, name, arrives at): a row"""

_FORGET = Statement("DELETE FROM call_name WHERE call_id = ?")
_NAME = Insert(CALL_NAMES, ("call_id", "name", "arrives_at"))
_LATEST = Statement(
    "SELECT arrives_at, call_id FROM call_name WHERE name = ? ORDER BY arrives_at DESC, call_id DESC LIMIT ?"
)
# From one name to the next by the index: its calls are passed over.
_SHIPS = Statement(
    "WITH RECURSIVE ship(name) AS ("
    "SELECT min(name) FROM call_name WHERE name >= ? AND name < ?"
    " UNION ALL "
    "SELECT (SELECT min(c.name) FROM call_name c WHERE c.name > ship.name AND c.name < ?)"
    " FROM ship WHERE ship.name IS NOT NULL) "
    "SELECT (SELECT max(c.arrives_at) FROM call_name c WHERE c.name = ship.name) AS latest, name"
    " FROM ship WHERE name IS NOT NULL ORDER BY latest DESC, name LIMIT ?"
)


def names(call_id: str, aliases: Iterable[str], ship: str | None, arrives_at: datetime | None) -> list[Named]:
    """The rows of a call that has these aliases ("<vessel>/<voyage>") and whose ship has this name."""
    vessels = {alias.partition("/")[0] for alias in aliases if "/" in alias and not alias.startswith("stay:")}
    told = {f"{_IDENTIFIER}{vessel.upper()}" for vessel in vessels if vessel}
    if ship:
        told.add(f"{_SHIP}{ship.upper()}")
    return [(call_id, name, arrives_at or UNTOLD) for name in sorted(told)]


def save(connection: Connection, gone: Iterable[str], rows: Sequence[Named]) -> None:
    """Forget the names of these calls, and write those."""
    _FORGET.run_for_each(connection, [(call_id,) for call_id in sorted(set(gone))])
    _NAME.write_tuples(connection, [*rows])


def find_latest(connection: Connection, typed: str, limit: int) -> list[str]:
    """The latest calls of the ship with this IMO number or call sign or, if that is nobody's, of those whose name
    begins so."""
    found = _LATEST.rows(connection, f"{_IDENTIFIER}{typed.upper()}", limit)
    if not found:
        begins = f"{_SHIP}{typed.upper()}"
        ships = _SHIPS.rows(connection, begins, begins + _LAST, begins + _LAST, limit)
        of_each = _LATEST.rows_for_each(connection, [(name, limit) for _, name in ships])
        found = nlargest(limit, (tuple(row) for rows in of_each for row in rows))
    return [call_id for _, call_id in found]
