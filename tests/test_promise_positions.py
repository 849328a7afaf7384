"""Promise: positions are dense and in commit order, so a reader that follows `> position` misses nothing.

Several processes write the log at once; readers follow it meanwhile.  The control numbers its rows as one is tempted
to, by a sequence, and loses some to the same readers.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from books import read_books
from counts import short_and_full, write_down
from events import log
from events.log import EVENTS
from port.database import open_database
from stands import prepare

pytestmark = [pytest.mark.server, pytest.mark.slow]

WRITERS = 3
READERS = 3
Follow = Callable[[int], list[int]]


@short_and_full("each", short=80, full=2000)
def test_readers_who_follow_miss_nothing_while_several_processes_write(database_url: str, each: int) -> None:
    prepare(database_url)
    with _followed(_log_of(database_url)) as read:
        _write_from_processes("recorder", database_url, each)
        wanted = _positions(database_url)
    assert wanted == list(range(1, len(wanted) + 1))
    assert len(wanted) >= WRITERS * each
    assert read == [wanted] * READERS
    books = read_books(database_url)
    assert (books.contradictions, books.told_events) == ((), WRITERS * each)
    write_down(
        f"positions, {database_url.partition(':')[0]}",
        tried=f"{WRITERS} writers of {each:,} messages, {READERS} readers",
        found=f"{len(wanted):,} positions, dense; each reader read all, in order",
    )


@short_and_full("each", short=300, full=2000)
def test_a_sequence_loses_commits_to_those_who_follow(postgresql_url: str, each: int) -> None:
    """The control: numbers drawn before the commit become visible out of order, and are stepped over."""
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE naive (position bigserial PRIMARY KEY)")
    with _followed(_naive_log_of(postgresql_url)) as read:
        _write_from_processes("naive", postgresql_url, each)
        time.sleep(0.2)
    missed = [WRITERS * each - len(seen) for seen in read]
    assert sum(missed) > 0, "the control lost nothing: this race proves nothing on this machine"
    write_down(
        "positions, control: a sequence",
        tried=f"{WRITERS} writers of {each:,} rows, {READERS} readers",
        found=f"{max(missed):,} of {WRITERS * each:,} missed by one reader",
    )


@contextlib.contextmanager
def _followed(follow: Callable[[], contextlib.AbstractContextManager[Follow]]) -> Iterator[list[list[int]]]:
    """What each reader read, who asks for what is newer than the last it saw until the block ends, and once more."""
    read: list[list[int]] = [[] for _ in range(READERS)]
    is_over = threading.Event()

    def read_on(seen: list[int]) -> None:
        with follow() as newer:
            is_last = False
            while not is_last:
                is_last = is_over.is_set()
                while news := newer(seen[-1] if seen else 0):
                    seen += news

    threads = [threading.Thread(target=read_on, args=(seen,)) for seen in read]
    for thread in threads:
        thread.start()
    try:
        yield read
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def _log_of(url: str) -> Callable[[], contextlib.AbstractContextManager[Follow]]:
    @contextlib.contextmanager
    def follow() -> Iterator[Follow]:
        with closing(open_database(url)) as database:

            def newer(position: int) -> list[int]:
                time.sleep(0.002)
                with database.read() as connection:
                    return [recorded.position for recorded in log.since(connection, position)]

            yield newer

    return follow


def _naive_log_of(url: str) -> Callable[[], contextlib.AbstractContextManager[Follow]]:
    @contextlib.contextmanager
    def follow() -> Iterator[Follow]:
        with psycopg.connect(url, autocommit=True) as connection:
            question = "SELECT position FROM naive WHERE position > %s ORDER BY position"
            yield lambda position: [row[0] for row in connection.execute(question, [position])]

    return follow


def _positions(url: str) -> list[int]:
    with closing(open_database(url)) as database, database.read() as connection:
        return list(connection.scalars(select(EVENTS.c.position).order_by(EVENTS.c.position)))


def _write_from_processes(how: str, url: str, each: int) -> None:
    script = str(Path(__file__).with_name("race_writer.py"))
    writers = [subprocess.Popen([sys.executable, script, how, url, str(n), str(each)]) for n in range(WRITERS)]
    assert [writer.wait(600) for writer in writers] == [0] * WRITERS
