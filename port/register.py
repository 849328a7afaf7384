"""The register of visits: public ids, the record each stands at, and every version a viewer may ask for again.

`visit` holds one row per id ever minted; an id merged away points to the survivor.  `key_change` keeps the record of
every version, so that a reconnecting viewer gets what it missed and not merely what is true now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Boolean, Column, Connection, Index, Text, bindparam, delete, insert, select
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, WideInteger
from port.upserting import upsert

_CHUNK = 500


class VisitRow(SQLModel, table=True):
    """One public visit id.

    `founding_event_id` is the fact it was minted for, `alias_of` the id that answers for it.  `is_overdue`: the box
    stands past its point and could be decided for, and no terminal was ever told where to put it.
    """

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_container", "container_number", "begun_at"),)

    visit_id: str = Field(primary_key=True)
    container_number: str
    founding_event_id: str
    minted_position: int = Field(sa_column=Column(WideInteger, nullable=False))
    alias_of: str | None = Field(default=None, index=True)
    visit_key: str = ""
    version: int = 0
    begun_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    is_expected: bool = False
    is_overdue: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, index=True))
    filed_as: str = ""
    record: str = Field(default="", sa_column=Column(Text, nullable=False))


class KeyChangeRow(SQLModel, table=True):
    """The record of one feed key at one version ("visit:…", "instructions:XMHT", "officers"), and the fact that caused
    it."""

    __tablename__ = "key_change"
    __table_args__ = {"sqlite_with_rowid": False}

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


@dataclass(frozen=True, slots=True)
class Registered:
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


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A version of a key, as kept."""

    key: str
    version: int
    position: int
    at: datetime
    event_id: str
    type: str
    record: str


@dataclass(frozen=True, slots=True)
class Filing:
    """What a visit is found by: who may ask for it and what it is called."""

    viewers: frozenset[tuple[str, str]]
    references: frozenset[str]

    @property
    def digest(self) -> str:
        """Equal for equal filings."""
        told = orjson.dumps([sorted(self.viewers), sorted(self.references)])
        return hashlib.blake2b(told, digest_size=12).hexdigest()


_COLUMNS = (
    VISITS.c.visit_id,
    VISITS.c.container_number,
    VISITS.c.founding_event_id,
    VISITS.c.minted_position,
    VISITS.c.alias_of,
    VISITS.c.visit_key,
    VISITS.c.version,
    VISITS.c.begun_at,
    VISITS.c.is_expected,
    VISITS.c.is_overdue,
    VISITS.c.filed_as,
    VISITS.c.record,
)
_OF_CONTAINERS = select(*_COLUMNS).where(VISITS.c.container_number.in_(bindparam("numbers", expanding=True)))
_BY_ID = select(*_COLUMNS).where(VISITS.c.visit_id == bindparam("visit_id"))


_CHANGING = ("alias_of", "visit_key", "version", "begun_at", "is_expected", "is_overdue", "filed_as", "record")
_KEEP_CHANGE = insert(CHANGES)
_UNFILE_VIEWERS = delete(VIEWERS).where(VIEWERS.c.visit_id == bindparam("gone"))
_UNFILE_REFERENCES = delete(REFERENCES).where(REFERENCES.c.visit_id == bindparam("gone"))
_FILE_VIEWERS = insert(VIEWERS)
_FILE_REFERENCES = insert(REFERENCES)
# One key at a time: a maximum over many keys reads every version of each, this only the last.
_HEAD_OF = (
    select(CHANGES.c.version).where(CHANGES.c.key == bindparam("key")).order_by(CHANGES.c.version.desc()).limit(1)
)


def of_containers(connection: Connection, numbers: Iterable[str]) -> list[Registered]:
    """Every id ever minted for these containers, aliases too, oldest first."""
    wanted = sorted(set(numbers))
    rows: list[Registered] = []
    for start in range(0, len(wanted), _CHUNK):
        found = connection.execute(_OF_CONTAINERS, {"numbers": wanted[start : start + _CHUNK]})
        rows += [Registered(**row) for row in found.mappings()]
    return sorted(rows, key=lambda row: (row.minted_position, row.visit_id))


def find(connection: Connection, visit_id: str) -> Registered | None:
    """The visit an id stands for today, aliases resolved; None for an id never handed out."""
    for _ in range(50):
        row = connection.execute(_BY_ID, {"visit_id": visit_id}).mappings().one_or_none()
        if row is None:
            return None
        registered = Registered(**row)
        if registered.alias_of is None:
            return registered
        visit_id = registered.alias_of
    return None


def save(connection: Connection, rows: Sequence[Registered]) -> None:
    """Insert or replace the register's rows."""
    values = [{name: getattr(row, name) for name in Registered.__slots__} for row in rows]
    upsert(connection, VISITS, values, key="visit_id", changing=_CHANGING)


def save_changes(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Keep new versions; the columns of `key_change`."""
    if rows:
        connection.execute(_KEEP_CHANGE, list(rows))


def file(connection: Connection, filings: dict[str, Filing], *, fresh: Container[str]) -> None:
    """Replace what visits are found by, for those whose filing changed; `fresh` were never filed before."""
    ids = [{"gone": visit_id} for visit_id in filings if visit_id not in fresh]
    if ids:
        connection.execute(_UNFILE_VIEWERS, ids)
        connection.execute(_UNFILE_REFERENCES, ids)
    viewers = [
        {"visit_id": v, "kind": kind, "code": code} for v, f in filings.items() for kind, code in sorted(f.viewers)
    ]
    references = [{"visit_id": v, "reference": name} for v, f in filings.items() for name in sorted(f.references)]
    if viewers:
        connection.execute(_FILE_VIEWERS, viewers)
    if references:
        connection.execute(_FILE_REFERENCES, references)


def changes_after(connection: Connection, key: str, version: int, limit: int = 500) -> list[KeyChange]:
    """Versions of a key after `version`, oldest first."""
    statement = (
        select(CHANGES)
        .where(CHANGES.c.key == key, CHANGES.c.version > version)
        .order_by(CHANGES.c.version)
        .limit(limit)
    )
    return [KeyChange(**row) for row in connection.execute(statement).mappings()]


def heads(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """The latest version of each key that has one."""
    found = {key: connection.scalar(_HEAD_OF, {"key": key}) for key in sorted(set(keys))}
    return {key: int(version) for key, version in found.items() if version is not None}
