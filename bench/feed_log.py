"""What the feed is measured on: a database with boxes in it, people who may look, and versions committed at will.

A version here is what it is for a gate message, without the message: the visit's row and its kept record, a fact in
the log, one transaction of the Recorder's, the feed told afterwards.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace
from sqlalchemy import Connection

from adapters import intake
from adapters.seam import SenderProfile
from bench import traffic
from bench.inside import inside
from bench.story import FACILITY
from events.types import AlertRaised
from port import register
from port.actor import Role
from port.batch import Work
from port.database import open_database
from port.keys import KeyWanted, create_key
from port.record import Recorder
from port.register import Registered
from port.sessions import create_ticket

_PER_MESSAGE = 1000


def make_boxes(url: str, count: int) -> list[str]:
    """Boxes on the terminal's yard, told by gate messages through the real path; the database gets its tables."""
    boxes = [traffic.container() for _ in range(count)]
    profile = SenderProfile(
        party="TERMINAL",
        role=Role.TERMINAL,
        facilities=frozenset({FACILITY}),
        known_facilities=frozenset({FACILITY}),
    )
    with inside(url, now=datetime.now(UTC)) as port:
        for start in range(0, count, _PER_MESSAGE):
            draft = intake.receive(
                traffic.gate(boxes[start : start + _PER_MESSAGE]),
                format="gate",
                sender=profile,
                key_id="bench",
                received_at=port.clock(),
                content_type="application/json",
            )
            receipt = port.port.recorder.submit_and_wait(draft)
            refused = [result.error for result in receipt.results if result.error is not None]
            assert not refused, refused[0]
    return boxes


def make_keys(url: str, count: int = 1) -> list[tuple[str, str]]:
    """So many keys of customs, who may see every box: the id and the key of each."""
    wanted = KeyWanted(party="CUSTOMS", name="Customs", role=Role.CUSTOMS, facilities=())
    with closing(open_database(url)) as database, database.write() as connection:
        made = [create_key(connection, wanted, now=datetime.now(UTC), draw=secrets.token_bytes) for _ in range(count)]
    return [(one.key_id, one.key) for one in made]


def make_terminal_key(url: str) -> str:
    """The key of the terminal whose boxes these are."""
    wanted = KeyWanted(party="TERMINAL", name="Terminal", role=Role.TERMINAL, facilities=(FACILITY,))
    with closing(open_database(url)) as database, database.write() as connection:
        return create_key(connection, wanted, now=datetime.now(UTC), draw=secrets.token_bytes).key


def draw_tickets(url: str, key_ids: Sequence[str], count: int) -> list[str]:
    """So many tickets, of these keys in turns, as POST /v1/stream-tickets draws them, in one transaction."""
    now = datetime.now(UTC)
    with closing(open_database(url)) as database, database.write() as connection:
        return [
            create_ticket(connection, key_ids[n % len(key_ids)], now=now, draw=secrets.token_bytes).token
            for n in range(count)
        ]


class Versions:
    """Gives boxes their next versions, as many as wanted in one commit."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._rows: dict[str, tuple[Registered, dict[str, Any]]] = {}  # records, as JSON
        self._commits = 0

    async def commit(self, numbers: Sequence[str]) -> None:
        """One transaction with a new version of each box named, two of one named twice."""
        self._commits += 1
        await self._recorder.command(partial(self._write, numbers, commit=self._commits))

    def _write(self, numbers: Sequence[str], work: Work, *, commit: int) -> None:
        now = datetime.now(UTC)
        # A fact of a box of its own, so that the log goes on and nobody's story grows.
        alert = AlertRaised(alert_id=f"A-{commit}", code="BENCH", container_number=f"BENC{commit:07d}", at=now)
        told = work.append(alert, sender="BENCH", role="customs", identity=secrets.token_hex(8))
        changed: dict[str, Registered] = {}
        for number in numbers:
            row, record = self._row(work.connection, number)
            # The yard position: what a terminal's next report of the box would change.
            record["position"] = f"A{row.version + 1:07d}"
            text = orjson.dumps(record).decode()
            row = replace(row, version=row.version + 1, record=text)
            work.announce(f"visit:{row.visit_id}", event_id=told.event_id, type="DROP", record=text, subject=number)
            self._rows[number], changed[number] = (row, record), row
        register.save(work.connection, list(changed.values()))

    def _row(self, connection: Connection, number: str) -> tuple[Registered, dict[str, Any]]:  # as above
        found = self._rows.get(number)
        if found is None:
            [row] = register.of_containers(connection, [number])
            found = self._rows[number] = (row, json.loads(row.record))
        return found


def copy(path: Path, to: Path) -> None:
    """A database's file again; SQLite."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(path, to)
