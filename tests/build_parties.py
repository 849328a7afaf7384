"""Parties and keys for the tests, and secrets that can be foretold."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from sqlalchemy import Connection

from port.actor import Role
from port.keys import CreatedKey, KeyWanted, create_key
from port.tokens import Draw

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def seeded(seed: int = 1) -> Draw:
    """A stand-in for `secrets.token_bytes`."""
    return Random(seed).randbytes


def key_wanted(
    party: str = "XMHT", *, name: str = "海天码头", role: Role = Role.TERMINAL, facilities: tuple[str, ...] = ()
) -> KeyWanted:
    return KeyWanted(party=party, name=name, role=role, facilities=facilities)


def new_key(
    connection: Connection,
    party: str = "XMHT",
    *,
    role: Role = Role.TERMINAL,
    facilities: tuple[str, ...] = (),
    now: datetime = NOON,
    seed: int = 1,
) -> CreatedKey:
    return create_key(connection, key_wanted(party, role=role, facilities=facilities), now=now, draw=seeded(seed))
