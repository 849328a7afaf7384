"""Instants as integers of microseconds: read back to the microsecond, near and far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from events.columns import from_microseconds, to_microseconds

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_2106 = 2**32 * 1_000_000
stored = st.integers(0, YEAR_2106) | st.integers(-(10**15), 2 * 10**17)


@given(stored)
@example(0)
@example(-1)
@example(YEAR_2106 - 1)
@example(YEAR_2106)
def test_an_instant_is_read_to_the_microsecond(microseconds: int) -> None:
    at = from_microseconds(microseconds)
    assert (at, at.tzinfo) == (EPOCH + timedelta(microseconds=microseconds), UTC)
    assert to_microseconds(at) == microseconds
