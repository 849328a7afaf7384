"""Files of declarations that officers uploaded for back-tests: kept as they came, with what was found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from port.database import insert_if_absent
from port.errors import NothingThere
from port.lab_jobs import DECLARATION_FILES

_FIX = "upload it at POST /v1/declaration-files"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file holds; `problems` is JSON."""

    rows: int
    first_at: datetime | None
    last_at: datetime | None
    problems: str


@dataclass(frozen=True, slots=True)
class DeclarationFile:
    """A file without its body."""

    upload_id: str
    name: str
    at: datetime
    person: str
    summary: Summary


def keep(
    connection: Connection,
    body: bytes,
    summary: Summary,
    *,
    upload_id: str,
    name: str,
    sha256: str,
    person: str,
    party: str,
    now: datetime,
) -> None:
    """Keep a file; again under its id it changes nothing."""
    values = {
        "upload_id": upload_id,
        "name": name,
        "sha256": sha256,
        "body": body,
        "rows": summary.rows,
        "first_at": summary.first_at,
        "last_at": summary.last_at,
        "problems": summary.problems,
        "at": now,
        "person": person,
        "party": party,
    }
    insert_if_absent(connection, DECLARATION_FILES, values)


def list_files(connection: Connection, *, limit: int) -> list[DeclarationFile]:
    """The latest first."""
    f = DECLARATION_FILES.c
    query = select(f.upload_id, f.name, f.at, f.person, f.rows, f.first_at, f.last_at, f.problems)
    rows = connection.execute(query.order_by(f.at.desc(), f.upload_id).limit(limit))
    return [DeclarationFile(*row[:4], Summary(*row[4:])) for row in rows]


def require(connection: Connection, upload_id: str) -> None:
    """Raises NothingThere where there is no such file."""
    f = DECLARATION_FILES.c
    if connection.scalar(select(f.upload_id).where(f.upload_id == upload_id)) is None:
        raise NothingThere("there is no such file", fix=_FIX)


def body_of(connection: Connection, upload_id: str) -> bytes:
    """The file as it came.  Raises NothingThere."""
    f = DECLARATION_FILES.c
    body = connection.scalar(select(f.body).where(f.upload_id == upload_id))
    if body is None:
        raise NothingThere("the file is not kept here any more", fix=_FIX)
    return bytes(body)
