"""API keys: `dp_<id>_<secret>`, each for one party in one role, with the facilities it speaks for."""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Row,
    Select,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime
from port.actor import Actor, Role
from port.errors import NothingThere
from port.parties import PARTIES, bump_rights_version, check_claims, claim_facilities, create_party_if_new, one_of
from port.tokens import Draw, new_token, sha256

EVERY_FACILITY = "*"
# Compared with when there is no such key, so that a wrong id costs what a wrong secret costs.
_NO_SECRET = sha256("")

Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
FacilityCode = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$")
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class KeyWanted(BaseModel):
    """What a key is to be for.  `facilities` are codes, or only "*" for a hub that speaks for whichever is named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: Code
    name: Name
    role: Role
    facilities: tuple[FacilityCode, ...] = ()

    @field_validator("facilities")
    @classmethod
    def _hub_or_codes(cls, facilities: tuple[str, ...]) -> tuple[str, ...]:
        if EVERY_FACILITY in facilities and len(facilities) > 1:
            raise ValueError("'*' means every facility: give it alone")
        return tuple(sorted(set(facilities)))


class KeyRow(SQLModel, table=True):
    """A key; keys that rotate one another have one `line`, named by its first key.

    `person` is who answers for it where two must be different people: the line itself, or the person whose key made it.
    """

    __tablename__ = "api_key"
    __table_args__ = (one_of("role", Role),)

    key_id: str = Field(primary_key=True)
    line: str = Field(sa_column=Column(String, nullable=False, index=True))
    person: str = Field(sa_column=Column(String, nullable=False, index=True))
    secret_sha256: str
    party: str = Field(sa_column=Column(String, ForeignKey("party.code"), nullable=False, index=True))
    role: str
    facilities: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


KEYS: Table = KeyRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation

_WITH_NAME = select(KEYS, PARTIES.c.name).join(PARTIES, PARTIES.c.code == KEYS.c.party)
_BY_ID = _WITH_NAME.where(KEYS.c.key_id == bindparam("key_id"))
_LIVE_BY_ID = _BY_ID.where(KEYS.c.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A key as it is shown once; only its hash is stored."""

    key_id: str
    key: str
    party: str
    role: Role


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key without its secret; `facilities` is ("*",) for a hub."""

    key_id: str
    line: str
    party: str
    party_name: str
    role: Role
    facilities: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    person: str = ""


class KeyUnknown(NothingThere):
    """No live key has this id."""

    reason = "KEY_UNKNOWN"
    fix = "list the keys to see which are live"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no live key {key_id}")


def create_key(connection: Connection, wanted: KeyWanted, *, now: datetime, draw: Draw, person: str = "") -> CreatedKey:
    """A new key; its party and facilities are created when they are new.  Raises FacilityTaken.

    `person` is who made it for herself with a key of hers; without one it is a new person's.
    """
    claims = [code for code in wanted.facilities if code != EVERY_FACILITY]
    check_claims(connection, claims, party=wanted.party, role=wanted.role)
    create_party_if_new(connection, wanted.party, name=wanted.name, role=wanted.role, now=now)
    claim_facilities(connection, claims, party=wanted.party, role=wanted.role)
    key_id = new_token(draw, 10)
    return _insert(connection, wanted, key_id=key_id, line=key_id, person=person or key_id, now=now, draw=draw)


def rotate_key(connection: Connection, key_id: str, *, now: datetime, draw: Draw) -> CreatedKey:
    """A successor of a live key, with the same rights; the two live side by side, any older one of the line ends.

    Raises KeyUnknown.
    """
    old = get_key(connection, key_id)
    wanted = KeyWanted(party=old.party, name=old.party_name, role=old.role, facilities=old.facilities)
    created = _insert(
        connection, wanted, key_id=new_token(draw, 10), line=old.line, person=old.person, now=now, draw=draw
    )
    older = (KEYS.c.line == old.line) & KEYS.c.key_id.not_in((key_id, created.key_id)) & KEYS.c.revoked_at.is_(None)
    connection.execute(update(KEYS).where(older).values(revoked_at=now))
    return created


def revoke_key(connection: Connection, key_id: str, *, now: datetime) -> None:
    """The key, its sessions and its tickets end.  Raises KeyUnknown."""
    alive = (KEYS.c.key_id == key_id) & KEYS.c.revoked_at.is_(None)
    if not connection.execute(update(KEYS).where(alive).values(revoked_at=now)).rowcount:
        raise KeyUnknown(key_id)
    bump_rights_version(connection)


def get_key(connection: Connection, key_id: str) -> ListedKey:
    """A live key.  Raises KeyUnknown."""
    row = connection.execute(_LIVE_BY_ID, {"key_id": key_id}).one_or_none()
    if row is None:
        raise KeyUnknown(key_id)
    return _listed(row)


def list_keys(connection: Connection, *, party: str | None = None) -> list[ListedKey]:
    """Keys of a party, or of all, oldest first; revoked ones too."""
    statement: Select[*tuple[object, ...]] = _WITH_NAME.order_by(KEYS.c.created_at, KEYS.c.key_id)
    if party is not None:
        statement = statement.where(KEYS.c.party == party)
    return [_listed(row) for row in connection.execute(statement)]


def find_actor(connection: Connection, bearer: str) -> Actor | None:
    """Who speaks with this key; None if it is malformed, unknown, revoked or its secret is wrong, all at one cost."""
    key_id, secret = split_key(bearer)
    row = connection.execute(_LIVE_BY_ID, {"key_id": key_id}).one_or_none()
    expected = _NO_SECRET if row is None else row.secret_sha256
    is_right = hmac.compare_digest(sha256(secret), expected)
    return _actor(row) if is_right and row is not None else None


def find_actor_of_key(connection: Connection, key_id: str) -> Actor | None:
    """Who a session or ticket of this key speaks for; None once the key is revoked."""
    row = connection.execute(_LIVE_BY_ID, {"key_id": key_id}).one_or_none()
    return None if row is None else _actor(row)


def list_speakers(connection: Connection, named: str) -> list[Actor]:
    """Who may speak for what a folder or a setting names, newest key first: each live key of the party with that code,
    or each live key of the line that the key with that id belongs to, so that a rotation breaks nothing."""
    line = select(KEYS.c.line).where(KEYS.c.key_id == named)
    named_so = (KEYS.c.party == named) | KEYS.c.line.in_(line)
    statement = _WITH_NAME.where(named_so, KEYS.c.revoked_at.is_(None))
    return [_actor(row) for row in connection.execute(statement.order_by(KEYS.c.created_at.desc(), KEYS.c.key_id))]


def list_first_speakers(connection: Connection, key_ids: Collection[str]) -> dict[str, Actor]:
    """Of each of these keys the first of `list_speakers`, by its id; those that have none are left out."""
    named = KEYS.alias("named")
    live = _WITH_NAME.add_columns(named.c.key_id.label("named")).join(named, named.c.line == KEYS.c.line)
    statement = live.where(named.c.key_id.in_(key_ids), KEYS.c.revoked_at.is_(None))
    first: dict[str, Actor] = {}
    for row in connection.execute(statement.order_by(KEYS.c.created_at.desc(), KEYS.c.key_id)):
        first.setdefault(row.named, _actor(row))
    return first


def split_key(key: str) -> tuple[str, str]:
    """(id, secret) of `dp_<id>_<secret>`; two empty strings when it is no such thing."""
    prefix, _, rest = key.partition("_")
    key_id, _, secret = rest.partition("_")
    return (key_id, secret) if prefix == "dp" and key_id and secret else ("", "")


def _insert(
    connection: Connection, wanted: KeyWanted, *, key_id: str, line: str, person: str, now: datetime, draw: Draw
) -> CreatedKey:
    secret = new_token(draw)
    values = {
        "key_id": key_id,
        "line": line,
        "person": person,
        "secret_sha256": sha256(secret),
        "party": wanted.party,
        "role": wanted.role.value,
        "facilities": json.dumps(wanted.facilities),
        "created_at": now,
    }
    connection.execute(insert(KEYS).values(values))
    bump_rights_version(connection)
    return CreatedKey(key_id=key_id, key=f"dp_{key_id}_{secret}", party=wanted.party, role=wanted.role)


def _listed(row: Row[*tuple[object, ...]]) -> ListedKey:
    return ListedKey(
        key_id=row.key_id,
        line=row.line,
        party=row.party,
        party_name=row.name,
        role=Role(row.role),
        facilities=tuple(json.loads(row.facilities)),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        person=row.person,
    )


def _actor(row: Row[*tuple[object, ...]]) -> Actor:
    facilities = frozenset(json.loads(row.facilities))
    is_hub = EVERY_FACILITY in facilities
    return Actor(
        key_id=row.key_id,
        party=row.party,
        party_name=row.name,
        role=Role(row.role),
        facilities=frozenset() if is_hub else facilities,
        is_hub=is_hub,
        person=row.person,
    )
