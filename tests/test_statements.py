"""events.statements: what the driver is given, and what becomes of its errors, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from build_notes import NOTES, database_of_notes
from events.statements import AMONG, Insert, Statement
from port.availability import DatabaseUnavailable, is_unavailable
from port.database import Database, open_database

KEEP = Insert(NOTES, ("id", "words"))
AMONG_WORDS = Statement(f"SELECT id, words FROM note WHERE words {AMONG} ORDER BY id")
ALL = Statement("SELECT id, words FROM note ORDER BY id")
BACKEND = Statement("SELECT pg_backend_pid()")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with the table `note`."""
    with database_of_notes(database_url) as opened:
        yield opened


@pytest.mark.parametrize("rows", [[(1, "桂花")], [(1, "桂花"), (2, "桂花")]])
def test_rows_are_written_and_come_back_as_tuples(database: Database, rows: list[tuple[int, str]]) -> None:
    with database.write() as connection:
        KEEP.write_tuples(connection, list(rows))
    with database.read() as connection:
        assert AMONG_WORDS.rows(connection, ["桂花", "else"]) == rows


@pytest.mark.parametrize("rows", [[(1, "again")], [(2, "new"), (1, "again")]])
def test_what_the_database_refuses_is_an_error_of_sqlalchemy(database: Database, rows: list[tuple[int, str]]) -> None:
    with database.write() as connection:
        KEEP.write_tuples(connection, [(1, "there")])
    with pytest.raises(IntegrityError) as refused, database.write() as connection:
        KEEP.write_tuples(connection, list(rows))
    assert not is_unavailable(refused.value)
    assert "again" not in str(refused.value).partition("[SQL")[2]
    with database.read() as connection:
        assert AMONG_WORDS.rows(connection, ["there", "again", "new"]) == [(1, "there")]


AWKWARD = ("", "\\N", "\\.", "a\tb", "a\nb", "a\\b", "'\"", "桂花", None)


def test_many_rows_are_written_whatever_is_in_them(database: Database) -> None:
    rows = [(n, AWKWARD[n % len(AWKWARD)]) for n in range(3 * len(AWKWARD))]
    with database.write() as connection:
        KEEP.write_tuples(connection, rows)
    with database.read() as connection:
        assert ALL.rows(connection) == rows


def test_one_of_many_rows_that_is_there_already_keeps_all_out(database: Database) -> None:
    with database.write() as connection:
        KEEP.write_tuples(connection, [(7, "there")])
    with pytest.raises(IntegrityError), database.write() as connection:
        KEEP.write_tuples(connection, [(n, "new") for n in range(20)])
    with database.write() as connection:
        KEEP.write_tuples(connection, [(n, "later") for n in range(8, 28)])
    with database.read() as connection:
        assert ALL.rows(connection) == [(7, "there"), *((n, "later") for n in range(8, 28))]


def lose(ask: Callable[[], AbstractContextManager[Connection]], url: str) -> None:
    """Ask on a connection whose session has been ended meanwhile."""
    with ask() as connection, psycopg.connect(url, autocommit=True) as operator:
        operator.execute("SELECT pg_terminate_backend(%s)", BACKEND.rows(connection)[0])
        BACKEND.rows(connection)


def test_a_line_that_is_cut_is_an_outage_and_the_next_question_has_another(postgresql_url: str) -> None:
    with closing(open_database(postgresql_url)) as database:
        with pytest.raises(DatabaseUnavailable):
            lose(database.read, postgresql_url)
        with pytest.raises(DBAPIError) as failed:
            lose(database.write, postgresql_url)
        assert failed.value.connection_invalidated
        for ask in (database.read, database.write):
            with ask() as connection:
                assert BACKEND.rows(connection)


def test_who_listens_to_what_is_asked_hears_it_and_nothing_else_changes(database: Database) -> None:
    heard = list[str]()
    with database.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: heard.append(given[2]))
        KEEP.write_tuples(connection, [(1, "one")])
        KEEP.write_tuples(connection, [(2, "two"), (3, "three")])
        assert AMONG_WORDS.rows(connection, ["one", "three"]) == [(1, "one"), (3, "three")]
    assert [text.split()[0] for text in heard] == ["INSERT", "INSERT", "SELECT"]
