"""Addresses that people are told at: a telephone and a mailbox, each verified by a code that was sent there.

The code itself lies nowhere: it is made of a drawn number and the port's salt, once when it is sent and again when it
is typed in.  No address is in a log, an answer to anybody else, or the outbox.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, Connection, Index, RowMapping, Table, Text, and_, delete, func, insert, select, update
from sqlmodel import Field, SQLModel

from events import log
from events.columns import UtcDateTime, WideInteger
from port import outbox_queue
from port.errors import Conflict, NothingThere
from port.interests_push import Target
from port.outbox import Channel
from port.outbox_queue import Wanted
from port.parties import one_of
from port.tokens import Draw, new_token

CODE = "address.code"
CODE_LIFETIME = timedelta(minutes=15)
MOST_WRONG_CODES = 5
MOST_CODES = 5
"""To one address, and `MOST_ASKED` asked for by one person, within `CODES_WITHIN`."""
MOST_ASKED = 10
CODES_WITHIN = timedelta(hours=24)


class AddressState(StrEnum):
    """Whether somebody is told there."""

    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    OFF = "OFF"


class AddressRow(SQLModel, table=True):
    """A person's address for one channel.  `address_id` is the target of deliveries, new with each new address, of what
    happened after `since_position`; `nonce` makes its code, `ending` ends the mails to it without a login."""

    __tablename__ = "notice_address"
    __table_args__ = (one_of("state", AddressState),)

    person: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    address_id: str = Field(index=True)
    address: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    nonce: str
    ending: str = Field(index=True)
    code_expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    wrong_codes: int
    codes: int
    asked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    verified_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    since_position: int = Field(sa_column=Column(WideInteger, nullable=False))


class CodeSentRow(SQLModel, table=True):
    """A code that was asked for, so that nobody's telephone rings all day; the address is a keyed hash."""

    __tablename__ = "notice_code"
    __table_args__ = (Index("ix_notice_code_person", "person", "at"), Index("ix_notice_code_address", "address", "at"))

    address_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    person: str
    address: str
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


ADDRESSES: Table = AddressRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
CODES: Table = CodeSentRow.__table__  # type: ignore[attr-defined]  # likewise


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it stands; never log it."""

    person: str
    channel: Channel
    address_id: str
    state: AddressState
    address: str = field(repr=False)
    nonce: str = field(repr=False)
    ending: str = field(repr=False)
    code_expires_at: datetime
    wrong_codes: int
    codes: int
    verified_at: datetime | None


class TooManyCodes(Conflict):
    """Enough codes were sent there, or asked for by this person, for a day."""

    reason = "TOO_MANY_CODES"
    fix = "wait a day, or use the code that came last"

    def __init__(self) -> None:
        super().__init__("enough codes were sent for a day")


class AddressUnknown(NothingThere):
    """The person has no address for this channel."""

    reason = "ADDRESS_UNKNOWN"
    fix = "give one at POST /v1/notifications/addresses"

    def __init__(self) -> None:
        super().__init__("you gave no address for this channel")


class AddressCodeWrong(Conflict):
    """The code does not fit, has expired or was tried too often; which of them is not told."""

    reason = "ADDRESS_CODE_WRONG"
    fix = "ask for a new code"

    def __init__(self) -> None:
        super().__init__("this code does not verify the address")


def ask(
    connection: Connection, person: str, channel: Channel, address: str, *, salt: bytes, now: datetime, draw: Draw
) -> None:
    """Keep the address, instead of another, and send a code there; the code before is void.  Raises TooManyCodes."""
    hashed = _hashed(salt, address)
    _check_rate(connection, person, hashed, now=now)
    before = find(connection, person, channel)
    if before is not None and before.address != address:
        forget(connection, person, channel, now=now)
        before = None
    address_id = new_token(draw, 15) if before is None else before.address_id
    number = 1 if before is None else before.codes + 1
    connection.execute(delete(ADDRESSES).where(_is(person, channel)))
    row = {
        "person": person,
        "channel": channel.value,
        "address_id": address_id,
        "address": address,
        "state": AddressState.PENDING.value,
        "nonce": new_token(draw, 20),
        "ending": new_token(draw, 20),
        "code_expires_at": now + CODE_LIFETIME,
        "wrong_codes": 0,
        "codes": number,
        "asked_at": now,
        "since_position": 0,
    }
    connection.execute(insert(ADDRESSES).values(row))
    sent = {"address_id": address_id, "number": number, "person": person, "address": hashed, "at": now}
    connection.execute(insert(CODES).values(sent))
    outbox_queue.enqueue(connection, [Wanted(channel, address_id, f"address:{address_id}", number, CODE)], now=now)


def verify(connection: Connection, person: str, channel: Channel, code: str, *, salt: bytes, now: datetime) -> bool:
    """Whether the code fits: the address is told at from now on.  One that does not fit is counted.

    Raises AddressUnknown.
    """
    found = find(connection, person, channel)
    if found is None:
        raise AddressUnknown
    is_live = now < found.code_expires_at and found.wrong_codes < MOST_WRONG_CODES
    fits = hmac.compare_digest(code_of(found, salt).encode(), code.strip().encode())
    if found.state is AddressState.PENDING and is_live and fits:
        values: dict[str, object] = {
            "state": AddressState.VERIFIED.value,
            "verified_at": now,
            "code_expires_at": now,
            "since_position": log.head(connection)[0],
        }
    else:
        values = {"wrong_codes": found.wrong_codes + 1}
    connection.execute(update(ADDRESSES).where(_is(person, channel)).values(values))
    return "state" in values


def forget(connection: Connection, person: str, channel: Channel, *, now: datetime) -> None:
    """Delete an address, and what waits to be told there.  Raises AddressUnknown."""
    found = find(connection, person, channel)
    if found is None:
        raise AddressUnknown
    outbox_queue.cancel_target(connection, channel, found.address_id, now=now)
    connection.execute(delete(ADDRESSES).where(_is(person, channel)))


def end(connection: Connection, ending: str, *, now: datetime) -> None:
    """Tell nothing more at the address that this way of ending was sent to; also when it is over already."""
    found = connection.execute(select(ADDRESSES).where(ADDRESSES.c.ending == ending)).mappings().one_or_none()
    if found is not None:
        turn_off(connection, _address(found), now=now)


def turn_off(connection: Connection, address: Address, *, now: datetime) -> None:
    """Tell nothing more there until it is verified anew."""
    outbox_queue.cancel_target(connection, address.channel, address.address_id, now=now)
    is_it = ADDRESSES.c.address_id == address.address_id
    connection.execute(update(ADDRESSES).where(is_it).values(state=AddressState.OFF.value))


def find(connection: Connection, person: str, channel: Channel) -> Address | None:
    """A person's address for a channel."""
    row = connection.execute(select(ADDRESSES).where(_is(person, channel))).mappings().one_or_none()
    return None if row is None else _address(row)


def find_by_id(connection: Connection, address_id: str) -> Address | None:
    """The address that a delivery is for; None once it was deleted or changed."""
    query = select(ADDRESSES).where(ADDRESSES.c.address_id == address_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _address(row)


def ids(connection: Connection, person: str) -> list[str]:
    """The ids of a person's addresses, verified or not."""
    return list(connection.scalars(select(ADDRESSES.c.address_id).where(ADDRESSES.c.person == person)))


def targets(connection: Connection, persons: Iterable[str]) -> dict[tuple[str, Channel], Target]:
    """By person and channel the verified addresses of these people."""
    a = ADDRESSES.c
    asked = a.person.in_(sorted(set(persons))), a.state == AddressState.VERIFIED.value
    query = select(a.person, a.channel, a.address_id, a.since_position).where(*asked)
    return {(row[0], Channel(row[1])): Target(row[2], row[3]) for row in connection.execute(query)}


def code_of(address: Address, salt: bytes) -> str:
    """The six digits that were sent, or are to be; never log them."""
    told = f"{address.address_id}|{address.nonce}".encode()
    return f"{int.from_bytes(hmac.digest(salt, b'address code|' + told, 'sha256')[:8], 'big') % 1_000_000:06d}"


def sweep_codes(connection: Connection, *, now: datetime) -> int:
    """Forget the codes that count no more."""
    return connection.execute(delete(CODES).where(CODES.c.at <= now - CODES_WITHIN)).rowcount


def _check_rate(connection: Connection, person: str, hashed: str, *, now: datetime) -> None:
    lately = CODES.c.at > now - CODES_WITHIN
    for of_whom, most in ((CODES.c.person == person, MOST_ASKED), (CODES.c.address == hashed, MOST_CODES)):
        if (connection.scalar(select(func.count()).select_from(CODES).where(lately, of_whom)) or 0) >= most:
            raise TooManyCodes


def _hashed(salt: bytes, address: str) -> str:
    return hmac.digest(salt, b"address|" + address.lower().encode(), hashlib.sha256).hex()


def _is(person: str, channel: Channel):  # type: ignore[no-untyped-def]  # a SQL condition
    return and_(ADDRESSES.c.person == person, ADDRESSES.c.channel == channel.value)


def _address(row: RowMapping) -> Address:
    known = {name: row[name] for name in Address.__dataclass_fields__}
    return Address(**known | {"channel": Channel(row["channel"]), "state": AddressState(row["state"])})
