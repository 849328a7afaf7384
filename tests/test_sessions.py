"""port.sessions: sessions, entry codes and stream tickets, and how each ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, func, select

from build_database import database_with_tables
from build_parties import NOON, new_key, seeded
from port.actor import Actor
from port.keys import find_actor, revoke_key
from port.sessions import (
    ENTRY_CODES,
    SESSIONS,
    TICKETS,
    Admission,
    EntryCodeExpired,
    EntryCodeUnknown,
    EntryCodeUsed,
    Issued,
    Session,
    TicketExpired,
    TicketUnknown,
    TicketUsed,
    create_entry_code,
    create_session,
    create_ticket,
    end_session,
    find_session,
    is_still_admitted,
    redeem_entry_code,
    redeem_ticket,
    sweep_expired,
)
from port.tokens import sha256

DAY = timedelta(hours=12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with database_with_tables(database_url) as database, database.write() as opened:
        yield opened


@pytest.fixture
def actor(connection: Connection) -> Actor:
    found = find_actor(connection, new_key(connection).key)
    assert found is not None
    return found


def log_in(connection: Connection, actor: Actor, seed: int = 7) -> Issued:
    return create_session(connection, actor.key_id, now=NOON, lifetime=DAY, draw=seeded(seed))


def test_a_session_speaks_for_its_key_until_it_expires(connection: Connection, actor: Actor) -> None:
    issued = log_in(connection, actor)
    expected = Session(sha256(issued.token), actor, NOON + DAY)
    found = [find_session(connection, issued.token, now=now) for now in (NOON, NOON + DAY - SECOND, NOON + DAY)]
    assert found == [expected, expected, None]
    assert find_session(connection, "nothing", now=NOON) is None


def test_logging_out_ends_the_session_and_only_that_one(connection: Connection, actor: Actor) -> None:
    here, there = log_in(connection, actor), log_in(connection, actor, seed=8)
    end_session(connection, sha256(here.token))
    assert [find_session(connection, token.token, now=NOON) is None for token in (here, there)] == [True, False]


def test_revoking_the_key_ends_its_sessions(connection: Connection, actor: Actor) -> None:
    issued = log_in(connection, actor)
    revoke_key(connection, actor.key_id, now=NOON)
    assert find_session(connection, issued.token, now=NOON) is None


def test_a_ticket_admits_once_within_a_minute(connection: Connection, actor: Actor) -> None:
    issued = create_ticket(connection, actor.key_id, now=NOON, draw=seeded(7))
    assert issued.expires_at == NOON + timedelta(seconds=60)
    assert redeem_ticket(connection, issued.token, now=NOON + 59 * SECOND) == Admission(actor)
    with pytest.raises(TicketUsed):
        redeem_ticket(connection, issued.token, now=NOON + 59 * SECOND)
    with pytest.raises(TicketUsed):
        redeem_ticket(connection, issued.token, now=NOON + DAY)


def test_a_ticket_older_than_a_minute_admits_nobody(connection: Connection, actor: Actor) -> None:
    issued = create_ticket(connection, actor.key_id, now=NOON, draw=seeded(7))
    with pytest.raises(TicketExpired):
        redeem_ticket(connection, issued.token, now=NOON + 60 * SECOND)


def test_an_unknown_ticket_admits_nobody(connection: Connection) -> None:
    with pytest.raises(TicketUnknown):
        redeem_ticket(connection, "nothing", now=NOON)


def test_a_ticket_of_a_revoked_key_admits_nobody(connection: Connection, actor: Actor) -> None:
    issued = create_ticket(connection, actor.key_id, now=NOON, draw=seeded(7))
    revoke_key(connection, actor.key_id, now=NOON)
    with pytest.raises(TicketUnknown):
        redeem_ticket(connection, issued.token, now=NOON)


def test_a_ticket_of_an_ended_session_admits_nobody(connection: Connection, actor: Actor) -> None:
    session_id = sha256(log_in(connection, actor).token)
    issued = create_ticket(connection, actor.key_id, now=NOON, draw=seeded(8), session_id=session_id)
    end_session(connection, session_id)
    with pytest.raises(TicketUnknown):
        redeem_ticket(connection, issued.token, now=NOON)


def test_a_stream_opened_from_a_session_ends_with_it(connection: Connection, actor: Actor) -> None:
    session_id = sha256(log_in(connection, actor).token)
    issued = create_ticket(connection, actor.key_id, now=NOON, draw=seeded(8), session_id=session_id)
    admission = redeem_ticket(connection, issued.token, now=NOON)
    assert admission == Admission(actor, session_id)
    stays = [is_still_admitted(connection, admission, now=now) for now in (NOON, NOON + DAY)]
    end_session(connection, session_id)
    assert [*stays, is_still_admitted(connection, admission, now=NOON)] == [True, False, False]


def test_a_stream_opened_with_a_key_ends_with_the_key(connection: Connection, actor: Actor) -> None:
    admission = Admission(actor)
    stays = is_still_admitted(connection, admission, now=NOON + DAY)
    revoke_key(connection, actor.key_id, now=NOON)
    assert (stays, is_still_admitted(connection, admission, now=NOON)) == (True, False)


def test_an_entry_code_logs_in_once_within_a_day(connection: Connection, actor: Actor) -> None:
    issued = create_entry_code(connection, actor.key_id, now=NOON, draw=seeded(7))
    assert redeem_entry_code(connection, issued.token, now=NOON + 23 * timedelta(hours=1)) == actor
    with pytest.raises(EntryCodeUsed):
        redeem_entry_code(connection, issued.token, now=NOON)


def test_an_old_unknown_or_orphaned_entry_code_logs_nobody_in(connection: Connection, actor: Actor) -> None:
    issued = create_entry_code(connection, actor.key_id, now=NOON, draw=seeded(7))
    with pytest.raises(EntryCodeExpired):
        redeem_entry_code(connection, issued.token, now=NOON + timedelta(hours=24))
    with pytest.raises(EntryCodeUnknown):
        redeem_entry_code(connection, "nothing", now=NOON)
    revoke_key(connection, actor.key_id, now=NOON)
    with pytest.raises(EntryCodeUnknown):
        redeem_entry_code(connection, issued.token, now=NOON)


def test_what_has_expired_is_swept_and_what_lives_stays(connection: Connection, actor: Actor) -> None:
    log_in(connection, actor)
    create_ticket(connection, actor.key_id, now=NOON, draw=seeded(8))
    create_entry_code(connection, actor.key_id, now=NOON, draw=seeded(9))
    swept = [sweep_expired(connection, now=NOON + after) for after in (SECOND, 61 * SECOND, DAY, 2 * DAY)]
    left = [connection.scalar(select(func.count()).select_from(table)) for table in (SESSIONS, TICKETS, ENTRY_CODES)]
    assert (swept, left) == ([0, 1, 1, 1], [0, 0, 0])


def test_no_token_is_stored_as_it_is(connection: Connection, actor: Actor) -> None:
    tokens = [
        log_in(connection, actor).token,
        create_ticket(connection, actor.key_id, now=NOON, draw=seeded(8)).token,
        create_entry_code(connection, actor.key_id, now=NOON, draw=seeded(9)).token,
    ]
    stored = [connection.execute(select(table)).one() for table in (SESSIONS, TICKETS, ENTRY_CODES)]
    assert [token in str(row) for token, row in zip(tokens, stored, strict=True)] == [False] * 3
