"""What stands for a key for a while: a browser's session, a one-time entry code, a ticket for the live stream.

Each is stored as its hash, and each ends with its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, ForeignKey, String, Table, bindparam, delete, insert, select, update
from sqlmodel import Field, SQLModel

from events.columns import UtcDateTime, from_microseconds, to_microseconds
from events.statements import Statement
from port.actor import Actor
from port.errors import PortError
from port.keys import find_actor_of_key
from port.tokens import Draw, new_token, sha256

TICKET_LIFETIME = timedelta(seconds=60)
ENTRY_CODE_LIFETIME = timedelta(hours=24)


class SessionRow(SQLModel, table=True):
    """A browser that is logged in."""

    __tablename__ = "session"

    sha256: str = Field(primary_key=True)
    key_id: str = Field(sa_column=Column(String, ForeignKey("api_key.key_id"), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class StreamTicketRow(SQLModel, table=True):
    """A right to open the live stream once; drawn with a session, it ends with that session too."""

    __tablename__ = "stream_ticket"

    sha256: str = Field(primary_key=True)
    key_id: str = Field(sa_column=Column(String, ForeignKey("api_key.key_id"), nullable=False))
    session: str | None = Field(default=None)
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class EntryCodeRow(SQLModel, table=True):
    """A code in a link that logs a browser in once."""

    __tablename__ = "entry_code"

    sha256: str = Field(primary_key=True)
    key_id: str = Field(sa_column=Column(String, ForeignKey("api_key.key_id"), nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


SESSIONS: Table = SessionRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it at class creation
TICKETS: Table = StreamTicketRow.__table__  # type: ignore[attr-defined]  # likewise
ENTRY_CODES: Table = EntryCodeRow.__table__  # type: ignore[attr-defined]  # likewise

# Thousands are redeemed at once when a server comes back.
_TICKET = Statement("SELECT key_id, session, expires_at, used_at FROM stream_ticket WHERE sha256 = ?")
_USE_TICKET = Statement("UPDATE stream_ticket SET used_at = ? WHERE sha256 = ? AND used_at IS NULL RETURNING sha256")
_SESSION = select(SESSIONS).where(SESSIONS.c.sha256 == bindparam("sha256"))


@dataclass(frozen=True, slots=True)
class Session:
    """A live session; `session_id` is the hash of its token and may be logged."""

    session_id: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it is shown once, and when it ends."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """Who opened a live stream; the stream ends with the session it was opened from, if any, and with the key."""

    actor: Actor
    session_id: str | None = None


class NotAdmitted(PortError):
    """A ticket or entry code does not open anything; see the subclasses."""

    reason = "NOT_ADMITTED"
    fix = "ask for a new one"


class TicketUnknown(NotAdmitted):
    """No such ticket, or the key or session it was drawn with has ended."""

    reason = "TICKET_UNKNOWN"


class TicketExpired(NotAdmitted):
    """Older than `TICKET_LIFETIME`."""

    reason = "TICKET_EXPIRED"


class TicketUsed(NotAdmitted):
    """It has opened a stream already."""

    reason = "TICKET_USED"


class EntryCodeUnknown(NotAdmitted):
    """No such code, or its key has ended."""

    reason = "CODE_UNKNOWN"


class EntryCodeExpired(NotAdmitted):
    """The link is too old."""

    reason = "CODE_EXPIRED"


class EntryCodeUsed(NotAdmitted):
    """The link has been used."""

    reason = "CODE_USED"


def create_session(connection: Connection, key_id: str, *, now: datetime, lifetime: timedelta, draw: Draw) -> Issued:
    """A session of a live key."""
    issued = Issued(new_token(draw), now + lifetime)
    values = {"sha256": sha256(issued.token), "key_id": key_id, "created_at": now, "expires_at": issued.expires_at}
    connection.execute(insert(SESSIONS).values(values))
    return issued


def find_session(connection: Connection, token: str, *, now: datetime) -> Session | None:
    """The session, unless it is unknown, expired or ended, or its key was revoked."""
    return _find_session(connection, sha256(token), now=now)


def end_session(connection: Connection, session_id: str) -> None:
    """Log out; also when it had ended already."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.sha256 == session_id))


def create_ticket(
    connection: Connection, key_id: str, *, now: datetime, draw: Draw, session_id: str | None = None
) -> Issued:
    """A ticket for the live stream, good once within `TICKET_LIFETIME`."""
    issued = Issued(new_token(draw), now + TICKET_LIFETIME)
    values = {"sha256": sha256(issued.token), "key_id": key_id, "session": session_id, "expires_at": issued.expires_at}
    connection.execute(insert(TICKETS).values(values))
    return issued


def redeem_ticket(connection: Connection, ticket: str, *, now: datetime) -> Admission:
    """Whom the ticket admits; it is used up.  Raises TicketUnknown, TicketExpired, TicketUsed."""
    token = sha256(ticket)
    found = _TICKET.rows(connection, token)
    actor = find_actor_of_key(connection, found[0][0]) if found else None
    if actor is None:
        raise TicketUnknown("no such ticket")
    [(_, session_id, expires_at, used_at)] = found
    if session_id is not None and _find_session(connection, session_id, now=now) is None:
        raise TicketUnknown("the session of this ticket has ended")
    if used_at is None and from_microseconds(expires_at) <= now:
        raise TicketExpired("this ticket has expired")
    # Conditional, as `_use_up`.
    if not _USE_TICKET.rows(connection, to_microseconds(now), token):
        raise TicketUsed("this ticket has been used")
    return Admission(actor, session_id)


def is_still_admitted(connection: Connection, admission: Admission, *, now: datetime) -> bool:
    """Whether a stream may stay open: its key is not revoked, its session neither ended nor expired."""
    if admission.session_id is not None:
        return _find_session(connection, admission.session_id, now=now) is not None
    return find_actor_of_key(connection, admission.actor.key_id) is not None


def create_entry_code(
    connection: Connection, key_id: str, *, now: datetime, draw: Draw, lifetime: timedelta = ENTRY_CODE_LIFETIME
) -> Issued:
    """A code for `/enter#<code>`, good once."""
    issued = Issued(new_token(draw, 20), now + lifetime)
    values = {"sha256": sha256(issued.token), "key_id": key_id, "expires_at": issued.expires_at}
    connection.execute(insert(ENTRY_CODES).values(values))
    return issued


def redeem_entry_code(connection: Connection, code: str, *, now: datetime) -> Actor:
    """Whom the code logs in; it is used up.  Raises EntryCodeUnknown, EntryCodeExpired, EntryCodeUsed."""
    row = connection.execute(select(ENTRY_CODES).where(ENTRY_CODES.c.sha256 == sha256(code))).one_or_none()
    actor = None if row is None else find_actor_of_key(connection, row.key_id)
    if row is None or actor is None:
        raise EntryCodeUnknown("no such code")
    if row.used_at is None and row.expires_at <= now:
        raise EntryCodeExpired("this link has expired")
    if not _use_up(connection, ENTRY_CODES, row.sha256, now=now):
        raise EntryCodeUsed("this link has been used")
    return actor


def sweep_expired(connection: Connection, *, now: datetime) -> int:
    """How many sessions, tickets and entry codes that had expired were deleted."""
    return sum(
        connection.execute(delete(table).where(table.c.expires_at <= now)).rowcount
        for table in (TICKETS, ENTRY_CODES, SESSIONS)
    )


def _find_session(connection: Connection, session_id: str, *, now: datetime) -> Session | None:
    row = connection.execute(_SESSION, {"sha256": session_id}).one_or_none()
    if row is None or row.expires_at <= now:
        return None
    actor = find_actor_of_key(connection, row.key_id)
    return None if actor is None else Session(session_id, actor, row.expires_at)


def _use_up(connection: Connection, table: Table, token_sha256: str, *, now: datetime) -> bool:
    # Conditional, so that of two nodes redeeming at once only one succeeds.
    unused = (table.c.sha256 == token_sha256) & table.c.used_at.is_(None)
    return connection.execute(update(table).where(unused).values(used_at=now)).rowcount == 1
