"""port.database: one writer, several readers, one leader, on both databases."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from build_notes import NOTES, database_of_notes
from port.availability import DatabaseUnavailable, is_unavailable
from port.database import Database, DatabaseUrlRefused, insert_if_absent, open_database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with the table `note`."""
    with database_of_notes(database_url) as opened:
        yield opened


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[Database]:
    """The same, SQLite only."""
    with database_of_notes(sqlite_url) as opened:
        yield opened


def note(connection: Connection, words: str) -> None:
    connection.execute(insert(NOTES).values(words=words))


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(NOTES)) or 0


def test_what_was_written_is_read(database: Database) -> None:
    with database.write() as connection:
        note(connection, "桂花")
    with database.read() as connection:
        assert connection.scalars(select(NOTES.c.words)).all() == ["桂花"]


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(NOTES).values(id=1))
    with pytest.raises(DBAPIError), database.write() as connection:
        connection.execute(insert(NOTES), [{"id": 2}, {"id": 1}])
    with database.read() as connection:
        assert connection.scalars(select(NOTES.c.id)).all() == [1]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.read() as connection:
        note(connection, "no")


def test_a_reader_sees_one_commit_however_many_queries_it_makes(database: Database) -> None:
    with database.read() as reader:
        before = count(reader)
        with database.write() as connection:
            note(connection, "meanwhile")
        assert (before, count(reader)) == (0, 0)


def test_a_reader_does_not_wait_for_the_writer(database: Database) -> None:
    with database.write() as writer, database.read() as reader:
        note(writer, "not yet")
        assert count(reader) == 0


def test_writers_of_one_process_take_turns(database: Database) -> None:
    def write_twenty() -> None:
        for _ in range(20):
            with database.write() as connection:
                highest = connection.scalar(select(func.max(NOTES.c.id))) or 0
                connection.execute(insert(NOTES).values(id=highest + 1))

    threads = [threading.Thread(target=write_twenty) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert (count(connection), connection.scalar(select(func.max(NOTES.c.id)))) == (80, 80)


def test_writers_of_two_processes_take_turns_on_sqlite(embedded: Database) -> None:
    script = """
import sys
from sqlalchemy import text
from port.availability import DatabaseUnavailable, is_unavailable
from port.database import open_database
database = open_database(sys.argv[1])
for _ in range(20):
    with database.write() as connection:
        highest = connection.scalar(text("SELECT coalesce(max(id), 0) FROM note"))
        connection.execute(text("INSERT INTO note (id) VALUES (:id)"), {"id": highest + 1})
database.close()
"""
    command = [sys.executable, "-c", script, embedded.url.set(drivername="sqlite").render_as_string()]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    with embedded.read() as connection:
        assert count(connection) == 40


def test_sqlite_keeps_what_it_acknowledged_when_the_power_goes(embedded: Database) -> None:
    with embedded.write() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    full = 2
    assert modes == ["wal", full]


def test_postgresql_writes_read_committed(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url)) as database, database.write() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_the_commit_of_another_process_is_noticed_and_an_own_one_is_not(embedded: Database) -> None:
    before = embedded.data_version()
    with embedded.write() as connection:
        note(connection, "own")
    after_own = embedded.data_version()
    plain_url = embedded.url.set(drivername="sqlite").render_as_string()
    with closing(open_database(plain_url)) as other, other.write() as connection:
        note(connection, "other")
    assert (after_own == before, embedded.data_version() == before) == (True, False)


def test_one_of_two_processes_leads_and_the_other_takes_over(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url)) as one, closing(open_database(postgresql_url)) as other:
        first, second = one.leadership(), other.leadership()
        assert (first.is_held(), second.is_held(), first.is_held()) == (True, False, True)
        first.release()
        assert (second.is_held(), first.is_held()) == (True, False)
        second.release()


def test_a_leader_whose_connection_broke_leads_no_more_until_it_asks_again(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url)) as database:
        leadership = database.leadership()
        assert leadership.is_held()
        with database.write() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        assert (leadership.is_held(), leadership.is_held()) == (False, True)
        leadership.release()


def test_the_embedded_server_always_leads(embedded: Database) -> None:
    assert embedded.leadership().is_held()


def test_a_row_that_is_there_already_is_not_inserted_again(database: Database) -> None:
    with database.write() as connection:
        inserted = [insert_if_absent(connection, NOTES, {"id": 1, "words": words}) for words in ("first", "second")]
        assert (inserted, connection.scalars(select(NOTES.c.words)).all()) == ([True, False], ["first"])


def test_a_lock_that_another_writer_holds_is_given_up_in_time(database_url: str, database: Database) -> None:
    with closing(open_database(database_url, lock_seconds=0.2)) as other, database.write() as writer:
        note(writer, "first")
        writer.execute(text("UPDATE note SET words = 'held'"))
        began = time.monotonic()
        with pytest.raises(DBAPIError) as failed, other.write() as connection:
            connection.execute(text("DROP TABLE note"))
        assert (is_unavailable(failed.value), time.monotonic() - began < 2) == (True, True)


def test_after_a_failure_of_the_database_the_writer_has_a_connection_of_its_own(embedded: Database) -> None:
    with embedded.write() as connection:
        before = connection.connection.dbapi_connection
    with pytest.raises(OperationalError), embedded.write():
        raise OperationalError("COMMIT", {}, _sqlite_error(sqlite3.SQLITE_IOERR))
    with embedded.write() as connection:
        assert connection.connection.dbapi_connection is not before


def test_who_reads_is_told_that_the_database_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gone' / 'port.db'}"
    with closing(open_database(url)) as database, pytest.raises(DatabaseUnavailable), database.read() as connection:
        count(connection)


def test_a_wrong_question_is_no_outage(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed, database.read() as connection:
        connection.execute(text("SELECT words FROM nowhere"))
    assert not is_unavailable(failed.value)


def test_a_connection_that_died_while_idle_costs_nobody_an_answer(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url)) as database:
        for ask in (database.read, database.write):
            with ask() as connection:
                [pid] = connection.scalars(text("SELECT pg_backend_pid()"))
            with psycopg.connect(postgresql_url, autocommit=True) as operator:
                operator.execute("SELECT pg_terminate_backend(%s)", [pid])
            time.sleep(1.1)
            with ask() as connection:
                assert connection.scalar(text("SELECT 1")) == 1


def test_postgresql_syncs_before_it_answers_whatever_it_is_set_to(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as operator:
        name = operator.execute("SELECT current_database()").fetchone()
        operator.execute(f"ALTER DATABASE {name and name[0]} SET synchronous_commit = off")
    with closing(open_database(postgresql_url)) as database, database.write() as connection:
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"


@pytest.mark.parametrize(
    ("code", "is_outage"),
    [
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR | 4 << 8, True),
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_READONLY, False),
        (sqlite3.SQLITE_CONSTRAINT, False),
    ],
)
def test_what_sqlite_says_of_itself_is_told_from_what_it_says_of_a_statement(code: int, is_outage: bool) -> None:
    assert is_unavailable(OperationalError("", {}, _sqlite_error(code))) == is_outage


@pytest.mark.parametrize(
    ("error", "is_outage"),
    [
        (psycopg.errors.DiskFull, True),
        (psycopg.errors.AdminShutdown, True),
        (psycopg.errors.LockNotAvailable, True),
        (psycopg.OperationalError, True),
        (psycopg.errors.NumericValueOutOfRange, False),
        (psycopg.errors.UniqueViolation, False),
        (psycopg.errors.UndefinedTable, False),
    ],
)
def test_what_postgresql_says_of_itself_is_told_from_what_it_says_of_a_statement(
    error: type[psycopg.Error], is_outage: bool
) -> None:
    assert is_unavailable(DBAPIError("", {}, error())) == is_outage


def _sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://root@127.0.0.1/port", "mysql: only sqlite:/// and postgresql:// are known"),
        ("sqlite://", "SQLite needs a file: sqlite:///NAME.db, or sqlite:////folder/NAME.db"),
        ("sqlite:///:memory:", "SQLite needs a file: sqlite:///NAME.db, or sqlite:////folder/NAME.db"),
        ("port.db", "not a database URL: use sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ],
)
def test_a_url_that_is_no_known_database_is_refused(url: str, why: str) -> None:
    with pytest.raises(DatabaseUrlRefused) as refused:
        open_database(url)
    assert str(refused.value) == why


def test_plain_urls_get_our_drivers(tmp_path: Path) -> None:
    urls = (f"sqlite:///{tmp_path}/p.db", "postgresql://dp:secret@127.0.0.1/port")
    opened = [open_database(url) for url in urls]
    assert [(database.url.drivername, database.is_embedded) for database in opened] == [
        ("sqlite+pysqlite", True),
        ("postgresql+psycopg", False),
    ]
    assert "secret" not in str(opened[1].url)


def test_what_fails_does_not_tell_the_log_what_it_was_to_write(database: Database):
    for ask in (database.write, database.read):
        with pytest.raises(DBAPIError) as refused, ask() as connection:
            connection.execute(text("INSERT INTO nowhere (words) VALUES (:words)"), {"words": "a secret rule"})
        assert "a secret rule" not in str(refused.value)
