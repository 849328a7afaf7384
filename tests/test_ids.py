"""Ids: from content alone, keyed, and gathered so that what is made together lies together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

import pytest

from port.draft import dated_id, derived_id, gathered_id, opaque_id

AT = datetime(2026, 11, 22, 3, 30, 10, tzinfo=UTC)
SALT, OTHER_SALT = b"one port", b"another port"


@pytest.mark.parametrize(
    "made",
    [derived_id("event"), opaque_id(SALT, "visit"), dated_id(AT, "decision"), gathered_id(SALT, AT, 1, "visit")],
)
def test_an_id_is_a_uuid_of_version_8(made: str):
    read = UUID(made)
    assert (str(read), read.version, read.variant) == (made, 8, RFC_4122)


def test_a_dated_id_sorts_by_its_second_and_tells_two_of_one_second_apart():
    made = [dated_id(AT + timedelta(seconds=n), "decision", "visit") for n in (0, 1, 59, 3600)]
    assert made == sorted(made)
    assert len({dated_id(AT, "decision", visit) for visit in "ab"}) == 2
    assert dated_id(AT, "decision", "a")[:8] == dated_id(AT, "instruction", "b")[:8] == f"{int(AT.timestamp()):08x}"


@pytest.mark.parametrize(
    "at", [datetime(1, 1, 1, tzinfo=UTC), datetime(1950, 6, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_dated_id_of_any_date_is_a_uuid(at: datetime):
    assert str(UUID(dated_id(at, "event"))) == dated_id(at, "event")


def test_a_gathered_id_begins_alike_for_a_minute_and_does_not_tell_which():
    minute = {gathered_id(SALT, AT + timedelta(seconds=n), 100 * n, "visit", str(n))[:8] for n in range(50)}
    assert len(minute) == 1
    hours = [gathered_id(SALT, AT + timedelta(hours=n), 1, "visit")[:8] for n in range(48)]
    assert len(set(hours)) == 48
    assert hours != sorted(hours)
    assert gathered_id(SALT, AT, 1, "visit")[:8] != gathered_id(OTHER_SALT, AT, 1, "visit")[:8]


def test_what_is_keyed_differs_from_port_to_port():
    assert opaque_id(SALT, "visit", "a") != opaque_id(OTHER_SALT, "visit", "a")
    assert gathered_id(SALT, AT, 1, "visit", "a")[13:] == opaque_id(SALT, "visit", "a")[13:]


def test_within_its_minute_a_gathered_id_begins_alike_for_what_lies_together_in_the_log():
    near = {gathered_id(SALT, AT, position, "visit", str(position))[:13] for position in range(256, 512)}
    assert len(near) == 1
    places = [gathered_id(SALT, AT, 256 * n, "visit")[:13] for n in range(40)]
    assert len(set(places)) == 40
    assert places != sorted(places)
