"""Statements whose text is made once and given to the driver as it is: what the write path asks and writes.

SQLAlchemy's own execution costs 40 to 100 microseconds a statement, several times that where the processor's caches are
others', and some 4 a row, which at a thousand events a second is half of everything.  Here a statement is a constant
text for each of the two databases, given to the connection's own driver; a row is a tuple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import Connection, Table
from sqlalchemy.engine.interfaces import DBAPIConnection

from events.columns import UtcDateTime, to_microseconds
from events.line import Line, Values

AMONG = "{among}"
"""In a question's text: stands where a column is compared with any of many values."""
_HOLDER = {"sqlite": "?", "postgresql": "%s"}
# One parameter however many values, so the text stays one and the driver keeps its plan.
_AMONG = {"sqlite": "IN (SELECT value FROM json_each(?))", "postgresql": "= ANY(%s)"}

# From so many rows on PostgreSQL's COPY is cheaper than an INSERT of each, for it and for us.
_MANY = 8


class Insert:
    """Writes rows of `columns`; a row whose `key` is there already gets the `changing` columns anew.

    Rows are objects with the columns' names as attributes (`write`) or tuples in the columns' order (`write_tuples`);
    instants are aware datetimes in both.  Without `key` a row that is there already is an IntegrityError.
    """

    def __init__(self, table: Table, columns: Sequence[str], *, key: str = "", changing: Sequence[str] = ()) -> None:
        self._texts = {dialect: _insert(table, columns, holder, key, changing) for dialect, holder in _HOLDER.items()}
        self._copy = "" if key else f'COPY "{table.name}" ({_names(columns)}) FROM STDIN'
        self._times = [n for n, name in enumerate(columns) if isinstance(table.c[name].type, UtcDateTime)]
        self._values = attrgetter(*columns) if len(columns) > 1 else _only(columns[0])

    def write(self, connection: Connection, rows: Iterable[object]) -> None:
        """One statement for all rows; none for none."""
        self.write_tuples(connection, [self._values(row) for row in rows])

    def write_tuples(self, connection: Connection, rows: list[Values]) -> None:
        """One statement for all rows; none for none."""
        if rows:
            values = [self._stored(row) for row in rows] if self._times else rows
            _run_for_each(connection, self._texts[connection.dialect.name], values, copy=self._copy)

    def _stored(self, row: Values) -> Values:
        values = list(row)
        for n in self._times:
            if values[n] is not None:
                values[n] = to_microseconds(values[n])
        return tuple(values)


class Statement:
    """A text with `?` where a parameter goes and at most one AMONG, which takes a list of texts.

    Columns come as the driver gives them: an instant as microseconds.
    """

    def __init__(self, text: str) -> None:
        self._texts = {
            dialect: text.replace("?", holder).replace(AMONG, _AMONG[dialect]) for dialect, holder in _HOLDER.items()
        }

    def rows(self, connection: Connection, *parameters: object) -> Sequence[Values]:
        """What it answers; a list among the parameters is AMONG's."""
        given = self._given(connection, parameters)
        return _run(connection, self._texts[connection.dialect.name], given, is_asked=True)

    def rows_for_each(self, connection: Connection, parameters: list[Values]) -> list[Sequence[Values]]:
        """What it answers to each tuple, none of which has a list."""
        text = self._texts[connection.dialect.name]
        with _driven(connection, text) as driver:
            if isinstance(driver, Line) and not connection.dispatch.before_cursor_execute:
                return [*driver.ask_each(text, parameters)]
        return [_run(connection, text, given, is_asked=True) for given in parameters]

    def foresee(self, connection: Connection, *parameters: object) -> None:
        """Let it be asked with the next question: `rows` of the same parameters then costs no way to the database.

        Until something is written; the answer is of the time when it was asked.  Where there is no way to go, nothing.
        """
        text = self._texts[connection.dialect.name]
        with _driven(connection, text) as driver:
            if isinstance(driver, Line) and not connection.dispatch.before_cursor_execute:
                driver.foresee(text, self._given(connection, parameters))

    def run(self, connection: Connection, *parameters: object) -> None:
        """Run it for what it does."""
        _run(connection, self._texts[connection.dialect.name], parameters)

    def run_for_each(self, connection: Connection, parameters: list[Values]) -> None:
        """Run it once per tuple."""
        if parameters:
            _run_for_each(connection, self._texts[connection.dialect.name], parameters)

    def _given(self, connection: Connection, parameters: tuple[object, ...]) -> Values:
        if connection.dialect.name != "sqlite":
            return parameters
        return tuple(orjson.dumps(value).decode() if isinstance(value, list) else value for value in parameters)


def plan_anew(connection: Connection) -> None:
    """Let every prepared statement of this connection be planned for the tables as they are now.

    On PostgreSQL a plan lives until its tables are analyzed, which may be a minute from now: one made for an empty port
    would go on reading whole tables.
    """
    if connection.dialect.name == "postgresql":
        _PLAN_ANEW.run(connection)


def _run(connection: Connection, text: str, given: Values, *, is_asked: bool = False) -> Sequence[Values]:
    """Run it once; what it answers if that `is_asked`."""
    if connection.dispatch.before_cursor_execute:
        # Somebody listens to what is asked.
        result = connection.exec_driver_sql(text, given)
        return [tuple(row) for row in result] if is_asked else ()
    with _driven(connection, text) as driver:
        if isinstance(driver, Line):
            if is_asked:
                return driver.ask(text, given)
            driver.tell(text, given)
            return ()
        with closing(driver.cursor()) as cursor:
            cursor.execute(text, given)
            return cursor.fetchall() if is_asked else ()


def _run_for_each(connection: Connection, text: str, given: list[Values], *, copy: str = "") -> None:
    """Run it once per tuple; `copy` is a COPY that does the same for many."""
    if len(given) == 1:
        # The drivers' way for many is dearer for one.
        _run(connection, text, given[0])
        return
    if connection.dispatch.before_cursor_execute:
        connection.exec_driver_sql(text, given)
        return
    with _driven(connection, text) as driver:
        if not isinstance(driver, Line):
            with closing(driver.cursor()) as cursor:
                cursor.executemany(text, given)
        elif copy and len(given) >= _MANY:
            _copy(driver, copy, given)
        else:
            for one in given:
                driver.tell(text, one)


def _copy(line: Line, text: str, given: list[Values]) -> None:
    """Write the rows by PostgreSQL's COPY."""
    with line.cursor() as cursor, cursor.copy(text) as copy:
        for row in given:
            copy.write_row(row)


@contextmanager
def _driven(connection: Connection, text: str) -> Iterator[DBAPIConnection | Line]:
    """The driver's own connection; what it raises is raised as of SQLAlchemy's execution."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    try:
        yield driver
    except connection.dialect.loaded_dbapi.Error as error:
        # Its own, because it alone knows whether the connection, and the pool with it, is lost.
        connection._handle_dbapi_exception(error, text, None, None, None)


_PLAN_ANEW = Statement("DISCARD PLANS")


def _insert(table: Table, columns: Sequence[str], holder: str, key: str, changing: Sequence[str]) -> str:
    text = f'INSERT INTO "{table.name}" ({_names(columns)}) VALUES ({", ".join([holder] * len(columns))})'
    if not key:
        return text
    update = ", ".join(f'"{name}" = excluded."{name}"' for name in changing)
    return f'{text} ON CONFLICT ("{key}") DO UPDATE SET {update}'


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _only(name: str) -> Any:  # a getter of one-tuples
    get = attrgetter(name)
    return lambda row: (get(row),)
