"""Secrets of this port that are drawn once and never change: the salt of random draws, of visit ids, of cursors."""

from __future__ import annotations

from sqlalchemy import Column, Connection, LargeBinary, Table, select
from sqlmodel import Field, SQLModel

from port.database import insert_if_absent
from port.tokens import Draw

SALT_BYTES = 32


class SaltRow(SQLModel, table=True):
    """A salt and what it is for."""

    __tablename__ = "salt"

    name: str = Field(primary_key=True)
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


SALTS: Table = SaltRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation


def get_salt(connection: Connection, name: str, *, draw: Draw) -> bytes:
    """The salt of that name; drawn and kept at the first call.  Never log it: it foretells the random draws."""
    value = connection.scalar(select(SALTS.c.value).where(SALTS.c.name == name))
    if value is None:
        insert_if_absent(connection, SALTS, {"name": name, "value": draw(SALT_BYTES)})
        value = connection.scalar(select(SALTS.c.value).where(SALTS.c.name == name))
    return bytes(value or b"")
