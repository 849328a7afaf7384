"""port.following: what others committed, and who may still look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from build_database import database_with_tables
from build_parties import NOON, new_key, seeded
from events.feed import Hint
from port import register
from port.following import heads_from, last_position, still_admitted
from port.keys import find_actor, revoke_key
from port.register import KeyChange, Registered
from port.sessions import Admission, create_session
from port.tokens import sha256

HOUR = timedelta(hours=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with database_with_tables(database_url) as database, database.write() as opened:
        yield opened


def version(key: str, number: int, *, position: int) -> KeyChange:
    return KeyChange(key, number, position, NOON, event_id="e", type="DISC", record="{}")


def test_each_key_told_since_a_position_is_named_once_with_its_container(connection: Connection):
    visit = Registered(
        visit_id="v1",
        container_number="CSQU3054383",
        founding_event_id="e",
        minted_position=1,
        alias_of=None,
        visit_key="",
        version=2,
        begun_at=None,
        is_expected=False,
        is_overdue=False,
        filed_as="",
        record="{}",
    )
    register.save(connection, [visit])
    register.save_changes(
        connection,
        [version("visit:v1", 1, position=4), version("visit:v1", 2, position=5), version("officers", 7, position=5)],
    )
    assert set(heads_from(connection, 5)) == {Hint("visit:v1", 2, 5, "CSQU3054383"), Hint("officers", 7, 5)}
    assert (heads_from(connection, 6), last_position(connection)) == ([], 5)


def test_a_stream_outlives_neither_its_key_nor_its_session(connection: Connection):
    created = new_key(connection)
    actor = find_actor(connection, created.key)
    assert actor is not None
    session = sha256(create_session(connection, created.key_id, now=NOON, lifetime=HOUR, draw=seeded()).token)
    by_key, by_session, by_nothing = Admission(actor), Admission(actor, session), Admission(actor, "no such session")

    def admitted(now: datetime) -> dict[Admission, bool]:
        found = still_admitted(connection, [by_key, by_session, by_nothing], now=now)
        return {admission: whom == actor for admission, whom in found.items()}

    assert admitted(NOON) == {by_key: True, by_session: True, by_nothing: False}
    assert admitted(NOON + HOUR) == {by_key: True, by_session: False, by_nothing: False}
    revoke_key(connection, created.key_id, now=NOON)
    assert admitted(NOON) == {by_key: False, by_session: False, by_nothing: False}
