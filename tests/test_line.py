"""events.line: what is told travels with what is asked, and what psycopg does on the connection does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg.rows import tuple_row

from events.line import Line, _Piped

KEEP, ALL = "INSERT INTO kept VALUES (%s, %s)", "SELECT number, words FROM kept ORDER BY number"
STANDS = psycopg.pq.TransactionStatus


@pytest.fixture
def line(postgresql_url: str) -> Iterator[Line]:
    """A connection, and an empty table `kept`."""
    with psycopg.connect(postgresql_url, autocommit=True) as operator:
        operator.execute("CREATE TABLE kept (number int PRIMARY KEY, words text)")
    with closing(Line.connect(postgresql_url)) as opened:
        yield opened


def seen_by_others(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, row_factory=tuple_row) as other:
        return other.execute(ALL).fetchall()


def test_what_is_told_is_there_for_what_is_asked_and_for_others_behind_the_commit(
    line: Line, postgresql_url: str
) -> None:
    line.tell(KEEP, (1, "one"))
    line.tell(KEEP, (2, None))
    assert line.ask(ALL, ()) == [(1, "one"), (2, None)]
    assert seen_by_others(postgresql_url) == []
    line.tell(KEEP, (3, "three"))
    line.commit()
    assert seen_by_others(postgresql_url) == [(1, "one"), (2, None), (3, "three")]
    assert line.pgconn.transaction_status == STANDS.IDLE


def test_a_cursor_of_psycopg_comes_behind_what_was_told(line: Line) -> None:
    line.tell(KEEP, (1, "one"))
    assert line.cursor().execute(ALL).fetchall() == [(1, "one")]
    line.tell(KEEP, (2, "two"))
    with line.cursor() as cursor, cursor.copy("COPY kept FROM STDIN") as copy:
        copy.write_row((3, "three"))
    assert line.ask("SELECT count(*) FROM kept", ()) == [(3,)]


@pytest.mark.parametrize("is_asked", [True, False])
def test_what_is_rolled_back_is_not_there(line: Line, postgresql_url: str, is_asked: bool) -> None:
    line.tell(KEEP, (1, "one"))
    if is_asked:
        line.ask(ALL, ())
    line.rollback()
    assert line.pgconn.transaction_status == STANDS.IDLE
    line.tell(KEEP, (2, "two"))
    line.commit()
    assert seen_by_others(postgresql_url) == [(2, "two")]


@pytest.mark.parametrize("by", ["ask", "commit", "cursor"])
def test_a_refusal_is_raised_by_what_comes_next_and_nothing_of_the_transaction_stays(
    line: Line, postgresql_url: str, by: str
) -> None:
    line.tell(KEEP, (1, "one"))
    line.tell(KEEP, (1, "again"))
    line.tell(KEEP, (2, "two"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        line.ask(ALL, ()) if by == "ask" else getattr(line, by)()
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        line.ask(ALL, ())
    line.rollback()
    assert line.ask(ALL, ()) == []
    line.tell(KEEP, (3, "three"))
    line.commit()
    assert seen_by_others(postgresql_url) == [(3, "three")]


def test_a_commit_behind_a_refusal_that_somebody_swallowed_says_that_nothing_is_kept(
    line: Line, postgresql_url: str
) -> None:
    line.tell(KEEP, (1, "one"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        line.ask("SELECT 1 / %s::int", (0,))
    with pytest.raises(psycopg.errors.InFailedSqlTransaction, match="nothing is committed"):
        line.commit()
    assert line.pgconn.transaction_status == STANDS.IDLE
    assert seen_by_others(postgresql_url) == []
    line.tell(KEEP, (2, "two"))
    line.commit()
    assert seen_by_others(postgresql_url) == [(2, "two")]


def test_a_text_that_is_no_sql_is_refused_each_time_and_harms_nothing(line: Line) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.SyntaxError):
            line.ask("SELEKT 1", ())
        line.rollback()
    assert line.ask(ALL, ()) == []


VALUES = [
    *[(kind, value) for kind in ("int", "bigint") for value in (0, -1, 2**31 - 1)],
    ("bigint", 2**62),
    ("bool", True),
    ("bool", False),
    ("double precision", 0.1),
    ("text", ""),
    ("text", "桂花 \\ \" ' $1 {,}\n"),
    ("bytea", b""),
    ("bytea", bytes(range(256))),
    ("text[]", ["", "a,b", 'c"d', "e\\f", "{g}", "NULL", "桂花 \n"]),
    ("text[]", []),
    *[(kind, None) for kind in ("int", "text", "bytea", "bool")],
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_values_come_back_as_they_were_given_and_as_psycopg_gives_them(line: Line, kind: str, value: object) -> None:
    text = f"SELECT CAST(%s AS {kind})"
    assert line.ask(text, (value,)) == [(value,)] == line.cursor().execute(text, (value,)).fetchall()


@pytest.mark.parametrize("value", ["a\0b", ["a\0b"], object()])
def test_what_postgresql_cannot_hold_is_refused_and_not_cut_off(line: Line, value: object) -> None:
    line.tell(KEEP, (1, "one"))
    with pytest.raises(psycopg.Error):
        line.tell(KEEP, (2, value))
    assert line.ask(ALL, ()) == [(1, "one")]


def test_thousands_are_told_whatever_the_server_answers_meanwhile(line: Line) -> None:
    words = "x" * 2_000
    for number in range(5_000):
        line.tell("INSERT INTO kept VALUES (%s, %s) RETURNING words", (number, words))
    assert line.ask("SELECT count(*), sum(length(words)) FROM kept", ()) == [(5_000, 10_000_000)]


def test_psycopg_prepares_and_frees_its_own_and_ours_stay(line: Line) -> None:
    """psycopg frees everything that is prepared when it rolls back; that was ours too."""
    for number in range(10):
        line.ask(ALL, ())
        line.cursor().execute("SELECT words FROM kept WHERE number = %s", (number,))
        line.rollback()
    for number in range(10):
        line.tell(KEEP, (number, "kept"))
        line.cursor().execute("SELECT words FROM kept WHERE number = %s", (number,))
    assert len(line.ask(ALL, ())) == 10


def test_when_somebody_else_frees_what_was_prepared_the_connection_is_given_up(line: Line) -> None:
    line.ask(ALL, ())
    line.cursor().execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.OperationalError, match="gone"):
        line.ask(ALL, ())
    assert line.closed


def test_a_transaction_is_begun_as_the_connection_is_set(line: Line) -> None:
    line.isolation_level, line.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
    assert line.ask("SELECT current_setting('transaction_isolation')", ()) == [("repeatable read",)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        line.ask(KEEP, (1, "one"))
    line.rollback()
    line.isolation_level, line.read_only = None, None
    line.set_autocommit(True)
    line.tell(KEEP, (1, "one"))
    line.commit()
    assert line.pgconn.transaction_status == STANDS.IDLE


def test_a_connection_that_is_cut_says_so_and_is_closed(line: Line, postgresql_url: str) -> None:
    [(pid,)] = line.ask("SELECT pg_backend_pid()", ())
    with psycopg.connect(postgresql_url, autocommit=True) as operator:
        operator.execute("SELECT pg_terminate_backend(%s)", (pid,))
    with pytest.raises(psycopg.OperationalError):
        line.ask(ALL, ())
    assert line.closed


def heard(line: Line, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each way to the server and back."""
    ways, hear = list[int](), _Piped._hear
    monkeypatch.setattr(_Piped, "_hear", lambda piped: [ways.append(1), hear(piped)][1])
    return ways


def test_what_was_foreseen_is_answered_at_one_go_with_what_was_told(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = heard(line, monkeypatch)
    line.tell(KEEP, (1, "one"))
    line.foresee(ALL, ())
    line.foresee("SELECT %s::int", (7,))
    assert line.ask("SELECT 2", ()) == [(2,)]
    assert line.ask(ALL, ()) == [(1, "one")]
    assert line.ask("SELECT %s::int", (7,)) == [(7,)]
    assert len(ways) == 1
    assert line.ask_each("SELECT %s::int", [(8,), (9,)]) == [[(8,)], [(9,)]]
    assert len(ways) == 2


def test_of_one_text_as_many_are_foreseen_as_are_wanted(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = heard(line, monkeypatch)
    for number in (1, 2, 3):
        line.foresee("SELECT %s::int", (number,))
    assert line.ask("SELECT %s::int", (2,)) == [(2,)]
    assert line.ask_each("SELECT %s::int", [(3,), (1,)]) == [[(3,)], [(1,)]]
    assert len(ways) == 1
    # Each is an answer to one question.
    assert line.ask("SELECT %s::int", (2,)) == [(2,)]
    assert len(ways) == 2


def test_what_cannot_be_sent_is_not_foreseen(line: Line) -> None:
    line.foresee("SELECT %s::text", ("a\0b",))
    assert line.ask("SELECT 1", ()) == [(1,)]


def test_a_question_that_is_not_the_foreseen_one_is_asked(line: Line) -> None:
    line.foresee("SELECT %s::int", (7,))
    assert line.ask("SELECT %s::int", (8,)) == [(8,)]


@pytest.mark.parametrize("by", ["tell", "cursor", "commit", "rollback"])
def test_what_was_foreseen_is_forgotten_when_it_may_have_changed(line: Line, by: str) -> None:
    line.foresee("SELECT count(*) FROM kept", ())
    if by == "tell":
        line.tell(KEEP, (1, "one"))
    elif by == "cursor":
        line.cursor().execute(KEEP, (1, "one"))
    else:
        getattr(line, by)()
        line.tell(KEEP, (1, "one"))
        line.commit()
    assert line.ask("SELECT count(*) FROM kept", ()) == [(1,)]


def test_behind_a_refusal_nothing_is_foreseen(line: Line) -> None:
    line.tell(KEEP, (1, "one"))
    line.foresee("SELECT 1 / %s::int", (0,))
    line.foresee(ALL, ())
    with pytest.raises(psycopg.errors.DivisionByZero):
        line.ask("SELECT 2", ())
    line.rollback()
    assert line.ask(ALL, ()) == []


@pytest.mark.parametrize("how", ["commit", "rollback"])
def test_a_transaction_begun_by_hand_is_ended_by_psycopg(line: Line, postgresql_url: str, how: str) -> None:
    line.set_autocommit(True)
    line.execute("BEGIN")
    line.tell(KEEP, (1, "one"))
    assert line.ask(ALL, ()) == [(1, "one")]
    getattr(line, how)()
    assert line.pgconn.transaction_status == STANDS.IDLE
    assert len(seen_by_others(postgresql_url)) == (how == "commit")
    assert line.ask("SELECT 1", ()) == [(1,)]
