"""When the database cannot answer, told apart from questions that are wrong: only the first is worth trying again."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, TimeoutError

RETRY_AFTER_SECONDS = 2

# Locked, disk full, failing or gone; every other code tells of the statement, or of a bug of ours.
_SQLITE_CODES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
    }
)
# Connection, transaction rolled back, resources, state, stopped by an operator, its system: PostgreSQL, appendix A.
_POSTGRESQL_CLASSES = ("08", "40", "53", "55", "57", "58")


class DatabaseUnavailable(SQLAlchemyError):
    """The database does not answer at present; ask again in `retry_after` seconds."""

    retry_after = RETRY_AFTER_SECONDS


def is_unavailable(error: BaseException) -> bool:
    """Whether `error` tells of the database (stopped, locked, full, failing) and not of what it was asked."""
    if isinstance(error, DatabaseUnavailable | TimeoutError | OSError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        # The low byte is the code, the rest says in which call.
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_CODES
    if isinstance(cause, psycopg.Error):
        # Without a code it comes from the connection, and not from the server.
        is_lost = cause.sqlstate is None and isinstance(cause, psycopg.OperationalError)
        return is_lost or (cause.sqlstate or "").startswith(_POSTGRESQL_CLASSES)
    return False
