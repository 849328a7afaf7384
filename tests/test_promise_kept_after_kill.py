"""Promise: what was acknowledged is there after the server was killed in the middle of its work."""

from __future__ import annotations

import itertools
import random
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

import pytest

from books import doctor_says, read_books
from counts import short_and_full, write_down
from senders import Answer, gate_in, gate_ins, sending
from server import serve
from stands import SALT, kill, prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

CONNECTIONS = 8


@dataclass(frozen=True)
class Size:
    """How often the server is killed, and how many acknowledgements there are at least from one time to the next."""

    rounds: int
    acknowledged: int


@short_and_full("size", short=Size(10, 40), full=Size(200, 150))
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(database_url: str, size: Size) -> None:
    key, chance, rounds = prepare(database_url), random.Random(size.rounds), size.rounds
    numbers = itertools.count()
    acknowledged: list[Answer] = []
    for _ in range(rounds):
        with serve(database_url, salt=SALT) as server:
            messages = (gate_in(number) for number in numbers)
            with sending(server.base_url, key=key, messages=messages, connections=CONNECTIONS) as senders:
                senders.wait_for(size.acknowledged)
                time.sleep(chance.uniform(0, 0.2))
                acknowledged += senders.acknowledged
                kill(server)
        books = read_books(database_url)
        assert books.contradictions == ()
        assert books.missing(acknowledged) == []
    assert len(acknowledged) >= rounds * size.acknowledged
    # Stored and not acknowledged: at most what was on its way when the server died.
    assert len(books.answers) - len(acknowledged) <= rounds * CONNECTIONS * 4
    assert doctor_says(database_url)[0] == 0
    store = database_url.partition(":")[0]
    write_down(
        f"acknowledged is never lost: SIGKILL, {store}",
        tried=f"{rounds} kills, {len(acknowledged):,} acknowledged",
        found="0 lost, books without contradiction",
    )


def test_the_books_would_show_what_is_lost(sqlite_url: str) -> None:
    """The control: events and a message taken out of the store must be missed."""
    key = prepare(sqlite_url)
    with serve(sqlite_url, salt=SALT) as server:
        with sending(server.base_url, key=key, messages=gate_ins()) as senders:
            senders.wait_for(20)
        kill(server)
    acknowledged = senders.acknowledged
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DELETE FROM message WHERE receipt_id IN (SELECT receipt_id FROM message LIMIT 1)")
        connection.execute("DELETE FROM stored_event WHERE position = 2")
        connection.execute(
            "UPDATE key_change SET version = version + 9999 WHERE key = (SELECT min(key) FROM key_change)"
        )
    books = read_books(sqlite_url)
    assert len(books.missing(acknowledged)) == 1
    told = "\n".join(books.contradictions)
    for fault in ("positions are not 1..", "1 events stored that no answer names", "gap in their versions"):
        assert fault in told
