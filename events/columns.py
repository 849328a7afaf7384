"""Column types whose meaning must not differ between SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

WideInteger = BigInteger().with_variant(Integer, "sqlite")


def to_microseconds(at: datetime) -> int:
    """Since 1970.  Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored: give it a zone")
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + timedelta(microseconds=stored)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as microseconds since 1970 in a 64-bit integer and read back as UTC.

    An integer sorts, indexes and compares alike on both databases; SQLite has no time type and PostgreSQL's costs a
    parse. Raises ValueError for a naive datetime.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds since 1970; None stays None."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # driver values are untyped
        """An aware UTC datetime."""
        return None if value is None else from_microseconds(value)
