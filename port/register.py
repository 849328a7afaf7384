"""The register of visits: public ids, the record each stands at, and every version a viewer may ask for again.

`visit` holds one row per id ever minted; an id merged away points to the survivor.  `key_change` keeps the record of
every version, so that a reconnecting viewer gets what it missed and not merely what is true now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from msgspec import Struct
from sqlalchemy import Boolean, Column, Connection, Index, Text, false, text
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger, from_microseconds
from events.line import Values
from events.statements import AMONG, Insert, Statement

OVERDUE = text("is_overdue")
"""Serves the index on it only in these words."""


class VisitRow(SQLModel, table=True):
    """One public visit id.

    `founding_event_id` is the fact it was minted for, `alias_of` the id that answers for it.  `is_overdue`: the box
    stands past its point and could be decided for, and no terminal was ever told where to put it.  `is_sealed`: history
    that `port.sealing` has set aside.
    """

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_open", "container_number", "is_sealed"),
        Index("ix_visit_overdue", "minted_position", sqlite_where=OVERDUE, postgresql_where=OVERDUE),
    )

    visit_id: str = Field(primary_key=True)
    container_number: str
    founding_event_id: str
    minted_position: int = Field(sa_column=Column(WideInteger, nullable=False))
    alias_of: str | None = None
    visit_key: str = ""
    version: int = 0
    begun_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    is_expected: bool = False
    is_overdue: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    filed_as: str = ""
    record: str = Field(default="", sa_column=Column(Text, nullable=False))
    is_sealed: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))


class KeyChangeRow(SQLModel, table=True):
    """The record of one feed key at one version ("visit:…", "instructions:XMHT", "officers"), and the fact that caused
    it."""

    # With SQLite's row ids: clustered by its key, a row this long would fill a page of its own.
    __tablename__ = "key_change"

    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(WideInteger, nullable=False, index=True))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    event_id: str
    type: str
    record: str = Field(sa_column=Column(Text, nullable=False))


class VisitViewerRow(SQLModel, table=True):
    """Who may ask for a visit: `kind` is party, facility or carrier; what they then see is `access`'s to say."""

    __tablename__ = "visit_viewer"
    __table_args__ = (Index("ix_visit_viewer_code", "kind", "code"), {"sqlite_with_rowid": False})

    visit_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    code: str = Field(primary_key=True)


class VisitReferenceRow(SQLModel, table=True):
    """A bill, declaration or vessel alias by which a visit is searched for."""

    __tablename__ = "visit_reference"
    __table_args__ = {"sqlite_with_rowid": False}

    reference: str = Field(primary_key=True)
    visit_id: str = Field(primary_key=True, index=True)


VISITS = VisitRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
CHANGES = KeyChangeRow.__table__  # type: ignore[attr-defined]  # likewise
VIEWERS = VisitViewerRow.__table__  # type: ignore[attr-defined]  # likewise
REFERENCES = VisitReferenceRow.__table__  # type: ignore[attr-defined]  # likewise


class Registered(Struct, frozen=True):
    """A row of the register as it stands."""

    visit_id: str
    container_number: str
    founding_event_id: str
    minted_position: int
    alias_of: str | None
    visit_key: str
    version: int
    begun_at: datetime | None
    is_expected: bool
    is_overdue: bool
    filed_as: str
    record: str
    is_sealed: bool = False


class KeyChange(Struct, frozen=True):
    """A version of a key, as kept."""

    key: str
    version: int
    position: int
    at: datetime
    event_id: str
    type: str
    record: str


class Filing(Struct, frozen=True):
    """What a visit is found by: who may ask for it and what it is called."""

    viewers: frozenset[tuple[str, str]]
    references: frozenset[str]

    @property
    def digest(self) -> str:
        """Equal for equal filings."""
        told = orjson.dumps([sorted(self.viewers), sorted(self.references)])
        return hashlib.blake2b(told, digest_size=12).hexdigest()


NOWHERE = Filing(frozenset(), frozenset())
_NAMES = Registered.__struct_fields__
_OF_CONTAINERS = Statement(f"SELECT {', '.join(_NAMES)} FROM visit WHERE container_number {AMONG}")
_BY_SEAL = Statement(f"SELECT {', '.join(_NAMES)} FROM visit WHERE container_number {AMONG} AND is_sealed = ?")
_BY_ID = Statement(f"SELECT {', '.join(_NAMES)} FROM visit WHERE visit_id = ?")
_BEGUN_AT = _NAMES.index("begun_at")
_FLAGS = tuple(_NAMES.index(name) for name in ("is_expected", "is_overdue", "is_sealed"))
_FIXED = ("visit_id", "container_number", "founding_event_id", "minted_position")
# SQLite writes an index again whenever its column is named, changed or not; so what an index has is written by itself.
_CHANGING = tuple(name for name in _NAMES if name not in (*_FIXED, "is_sealed"))
_SAVE = Insert(VISITS, _NAMES, key="visit_id", changing=_CHANGING)
_SET_ASIDE = Statement("UPDATE visit SET is_sealed = ? WHERE visit_id = ?")
_KEEP_CHANGE = Insert(CHANGES, KeyChange.__struct_fields__)
_CHANGES_AFTER = Statement(
    f"SELECT {', '.join(KeyChange.__struct_fields__)} FROM key_change"
    " WHERE key = ? AND version > ? ORDER BY version LIMIT ?"
)
_UNFILE = (
    Statement("DELETE FROM visit_viewer WHERE visit_id = ?"),
    Statement("DELETE FROM visit_reference WHERE visit_id = ?"),
)
_FILE_VIEWERS = Insert(VIEWERS, ("visit_id", "kind", "code"))
_FILE_REFERENCES = Insert(REFERENCES, ("visit_id", "reference"))
# One key at a time: a maximum over many keys reads every version of each, this only the last.
_HEAD_OF = Statement('SELECT version FROM key_change WHERE "key" = ? ORDER BY version DESC LIMIT 1')


def of_containers(connection: Connection, numbers: Iterable[str]) -> list[Registered]:
    """Every id ever minted for these containers, aliases too, oldest first."""
    rows = [_registered(row) for row in _OF_CONTAINERS.rows(connection, list(numbers))]
    return sorted(rows, key=lambda row: (row.minted_position, row.visit_id))


def foresee_by_seal(connection: Connection, numbers: Iterable[str], *, is_sealed: bool) -> None:
    """Have `by_seal` asked with the next question."""
    _BY_SEAL.foresee(connection, list(numbers), is_sealed)


def by_seal(connection: Connection, numbers: Iterable[str], *, is_sealed: bool) -> list[Registered]:
    """The ids of these containers that are set aside as history, or those that are not; in no order."""
    return [_registered(row) for row in _BY_SEAL.rows(connection, list(numbers), is_sealed)]


def find(connection: Connection, visit_id: str) -> Registered | None:
    """The visit an id stands for today, aliases resolved; None for an id never handed out."""
    for _ in range(50):
        found = _BY_ID.rows(connection, visit_id)
        if not found:
            return None
        registered = _registered(found[0])
        if registered.alias_of is None:
            return registered
        visit_id = registered.alias_of
    return None


def _registered(row: Sequence[Any]) -> Registered:  # _NAMES, each of its own type
    values = list(row)
    if values[_BEGUN_AT] is not None:
        values[_BEGUN_AT] = from_microseconds(values[_BEGUN_AT])
    for flag in _FLAGS:
        values[flag] = bool(values[flag])
    return Registered(*values)


def save(connection: Connection, rows: Sequence[Registered]) -> None:
    """Insert or replace the register's rows; of one that is there whether it is sealed stays as it is."""
    _SAVE.write(connection, rows)


def set_aside(connection: Connection, sealed: Mapping[str, bool]) -> None:
    """Write which visits are sealed and which are not any more."""
    _SET_ASIDE.run_for_each(connection, [(is_sealed, visit_id) for visit_id, is_sealed in sealed.items()])


def save_changes(connection: Connection, rows: Sequence[KeyChange]) -> None:
    """Keep new versions."""
    _KEEP_CHANGE.write(connection, rows)


def file(connection: Connection, filings: dict[str, Filing], *, fresh: Container[str]) -> None:
    """Replace what visits are found by, for those whose filing changed; `fresh` were never filed before."""
    gone: list[Values] = [(visit_id,) for visit_id in filings if visit_id not in fresh]
    for unfile in _UNFILE:
        unfile.run_for_each(connection, gone)
    viewers: list[Values] = [(v, kind, code) for v, f in filings.items() for kind, code in sorted(f.viewers)]
    references: list[Values] = [(v, name) for v, f in filings.items() for name in sorted(f.references)]
    _FILE_VIEWERS.write_tuples(connection, viewers)
    _FILE_REFERENCES.write_tuples(connection, references)


def changes_after(connection: Connection, key: str, version: int, limit: int = 500) -> list[KeyChange]:
    """Versions of a key after `version`, oldest first."""
    return [_key_change(row) for row in _CHANGES_AFTER.rows(connection, key, version, limit)]


def foresee_changes_after(connection: Connection, key: str, version: int, limit: int) -> None:
    """Have `changes_after` asked with the next question."""
    _CHANGES_AFTER.foresee(connection, key, version, limit)


def _key_change(row: Sequence[Any]) -> KeyChange:  # its columns, each of its own type
    key, version, position, at, *rest = row
    return KeyChange(key, version, position, from_microseconds(at), *rest)


def heads(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The latest version of each key that has one."""
    asked = sorted(set(keys))
    found = _HEAD_OF.rows_for_each(connection, [(key,) for key in asked])
    return {key: rows[0][0] for key, rows in zip(asked, found, strict=True) if rows}
