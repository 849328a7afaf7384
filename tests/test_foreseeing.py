"""port.foreseeing: what a lone message asks goes to PostgreSQL at one go, and is the same as asked one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

import port.batch as batches
import stores
from adapters import intake
from adapters.seam import SenderProfile
from build_port import moved
from events import log
from events.line import _Piped
from migrated import make_tables
from port.actor import Role
from port.draft import Draft, Receipt
from port.errors import IdentityReused
from web.app import open_port
from web.port import Port
from web.settings import Settings

TERMINAL = SenderProfile(party="XMHT", role=Role.TERMINAL, facilities=frozenset({"XMHT"}))
BEGUN = datetime(2026, 11, 20, 8, tzinfo=UTC)
# A visit with a repeat, the same id with another body, a correction, a leave and a second visit.
STORY = [
    ("A", "DISC", 0, {}),
    ("B", "GTOT", 3, {}),
    ("A", "DISC", 0, {}),
    ("A", "DISC", 1, {}),
    ("C", "GTIN", 200, {"position": "GATE 1"}),
    ("D", "GTIN", 200, {"position": "GATE 2"}),
    ("E", "LOAD", 220, {}),
]
TABLES = ("stored_event", "event_key", "visit", "key_change", "decision", "instruction", "sender_sequence", "message")


@contextmanager
def opened(postgresql: str) -> Iterator[Port]:
    """A port on a database of its own, whose clock stands still."""
    with stores.fresh_database(postgresql) as url:
        make_tables(url)
        with psycopg.connect(url) as connection:
            # Or each database would name its visits in its own way.
            connection.execute("INSERT INTO salt (name, value) VALUES ('ids', 'as salty as another'::bytea)")
        settings = Settings(database_url=url, salt="the tests name alike")
        port = open_port(settings, clock=lambda: BEGUN + timedelta(days=20))
        port.recorder.start()
        try:
            yield port
        finally:
            port.recorder.stop()
            port.database.close()


def drafts() -> Iterator[Draft]:
    for identity, code, hours, more in STORY:
        at = BEGUN + timedelta(hours=hours)
        yield draft(identity, code, at, **more)


def draft(identity: str, code: str, at: datetime, **more: str) -> Draft:
    body = json.dumps({"messageID": identity, "events": [moved(code, **more) | {"eventDateTime": at.isoformat()}]})
    return intake.receive(body.encode(), format="gate", sender=TERMINAL, key_id="k", received_at=at)


def told(port: Port) -> list[Receipt | str]:
    """What each message of the story is answered."""
    answers: list[Receipt | str] = []
    for one in drafts():
        try:
            answers.append(port.recorder.submit_and_wait(one))
        except IdentityReused:
            answers.append("IDENTITY_REUSED")
    return answers


def rows(port: Port) -> dict[str, list[tuple[object, ...]]]:
    with port.database.read() as connection:
        return {name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))), key=str) for name in TABLES}


def test_a_story_is_answered_and_stored_alike_with_and_without_foresight(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(postgresql) as port:
        foreseen = told(port), rows(port)
    monkeypatch.setattr(batches, "foresee", lambda connection, drafts: None)
    with opened(postgresql) as port:
        assert (told(port), rows(port)) == foreseen
    assert "IDENTITY_REUSED" in foreseen[0]
    assert all(foreseen[1].values())


def test_a_lone_discharge_goes_four_times_to_the_database(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(postgresql) as port:
        port.recorder.submit_and_wait(draft("A", "DISC", BEGUN))
        ways, hear = list[int](), _Piped._hear
        monkeypatch.setattr(_Piped, "_hear", lambda piped: [ways.append(1), hear(piped)][1])
        port.recorder.submit_and_wait(draft("B", "DISC", BEGUN, box="TGHU1643396"))
    # What is foreseen; the slots of the sites; the keys' heads, with the facts; the rest, with the COMMIT.
    assert len(ways) <= 4


def test_statements_are_planned_anew_whenever_the_log_has_doubled(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, planned = list[int](), list[int]()
    with opened(postgresql) as port:
        whole, anew = log.advance, batches.plan_anew
        monkeypatch.setattr(
            log, "advance", lambda connection, to, **told: [reached.append(to), whole(connection, to, **told)]
        )
        monkeypatch.setattr(batches, "plan_anew", lambda connection: [planned.append(reached[-1]), anew(connection)])
        with port.database.read() as connection:
            begun, _ = log.head(connection)
        for number in range(12):
            port.recorder.submit_and_wait(
                draft(f"D-{number}", "DISC", BEGUN, box=("CSQU3054383", "TGHU1643396")[number % 2])
            )
    steps = zip([begun, *reached], reached, strict=False)
    assert planned == [to for before, to in steps if to.bit_length() > before.bit_length()]
    assert planned
