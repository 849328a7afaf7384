"""Column types whose meaning must not differ between SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EXACT = 2**32 * 1_000_000
"""Below it (the year 2106) a float of seconds is nearer to its microsecond than to any other, and half as dear."""

T = TypeVar("T", bound=Struct)
WideInteger = BigInteger().with_variant(Integer, "sqlite")


def to_microseconds(at: datetime) -> int:
    """Since 1970.  Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored: give it a zone")
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """The instant in UTC."""
    if 0 <= stored < _EXACT:
        return datetime.fromtimestamp(stored / 1_000_000, UTC)
    return _EPOCH + timedelta(microseconds=stored)


def reader(shape: type[T]) -> Callable[[Sequence[Any]], T]:
    """What makes a struct of a row of its fields: those named `…_at` are instants, `is_…`, `has_…`, `holds_…` flags."""
    reads = [(n, _read_of(name)) for n, name in enumerate(shape.__struct_fields__)]
    told = [(n, read) for n, read in reads if read is not None]

    def made(row: Sequence[Any]) -> T:
        values = list(row)
        for n, read in told:
            if values[n] is not None:
                values[n] = read(values[n])
        return shape(*values)

    return made


def _read_of(name: str) -> Callable[[Any], Any] | None:  # of what the driver has
    if name.endswith("_at"):
        return from_microseconds
    return bool if name.startswith(("is_", "has_", "holds_")) else None


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
