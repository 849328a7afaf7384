"""Quiet hours and digests by the clock on somebody's wall, wherever she is and whenever clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from port.quiet import DAILY_AT, Digest, QuietHours, due_at, next_digest

# Far east and far west, halves and quarters of an hour, changes by half an hour and by two, north and south.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham",
        "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca",
        "UTC",
    )
]  # fmt: skip
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(), timedelta(days=6 * 365)).map(lambda since: FIRST + since)
zones = st.sampled_from(ZONES)
walls = st.times().map(lambda wall: wall.replace(second=0, microsecond=0))


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    begins = draw(walls)
    return QuietHours(begins, draw(walls.filter(lambda ends: ends != begins)), draw(zones))


@st.composite
def around_changes(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    """An instant within a day of when clocks are changed."""
    zone = draw(st.sampled_from([zone for zone in ZONES if changes(zone)]))
    return draw(st.sampled_from(changes(zone))) + draw(st.integers(-1440, 1440)) * MINUTE, zone


def changes(zone: ZoneInfo) -> list[datetime]:
    days = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365)]
    return [
        day
        for day in days
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset()
    ]


def check(quiet: QuietHours, at: datetime) -> None:
    over = quiet.over(at)
    assert over.tzinfo is UTC
    assert at <= over
    assert not quiet.covers(over)
    # Not a minute later than it must be, and never over two days away.
    assert over - at < timedelta(hours=49)
    if over != at:
        assert quiet.covers(at)
        assert quiet.covers(over - timedelta(microseconds=1))


@given(quiet_hours(), instants)
def test_what_waits_is_told_at_the_first_moment_that_is_not_quiet(quiet: QuietHours, at: datetime):
    check(quiet, at)


@given(quiet_hours(), around_changes())
def test_so_it_is_where_clocks_are_changed(quiet: QuietHours, at: tuple[datetime, ZoneInfo]):
    check(QuietHours(quiet.begins, quiet.ends, at[1]), at[0])


@given(quiet_hours(), around_changes(), st.data())
def test_nothing_between_is_loud(quiet: QuietHours, at: tuple[datetime, ZoneInfo], data: st.DataObject):
    quiet = QuietHours(quiet.begins, quiet.ends, at[1])
    over = quiet.over(at[0])
    seconds = int((over - at[0]).total_seconds())
    if seconds:
        between = at[0] + timedelta(seconds=data.draw(st.integers(0, seconds - 1)))
        assert quiet.covers(between)


@pytest.mark.parametrize(
    ("at", "over"),
    [
        ("2026-03-28T22:30+01:00", "2026-03-29T07:00+02:00"),  # an hour is lost in this night
        ("2026-10-24T22:30+02:00", "2026-10-25T07:00+01:00"),  # and in this one an hour is told twice
        ("2026-07-01T07:00+02:00", "2026-07-01T07:00+02:00"),
        ("2026-07-01T06:59:59+02:00", "2026-07-01T07:00+02:00"),
        ("2026-07-01T22:00+02:00", "2026-07-02T07:00+02:00"),
        ("2026-07-01T21:59:59+02:00", "2026-07-01T21:59:59+02:00"),
    ],
)
def test_a_night_in_berlin(at: str, over: str):
    quiet = QuietHours(time(22), time(7), BERLIN)
    assert quiet.over(datetime.fromisoformat(at)) == datetime.fromisoformat(over)


def test_an_end_that_no_clock_shows_is_over_when_the_clock_has_passed_it():
    quiet = QuietHours(time(22), time(2, 30), BERLIN)
    assert quiet.over(datetime.fromisoformat("2026-03-29T01:59+01:00")) == datetime.fromisoformat(
        "2026-03-29T03:00+02:00"
    )


def test_an_end_that_the_clock_shows_twice_is_quiet_twice():
    quiet = QuietHours(time(22), time(2, 30), BERLIN)
    first = datetime.fromisoformat("2026-10-25T02:30+02:00")
    assert quiet.over(first - MINUTE) == first
    assert quiet.over(datetime.fromisoformat("2026-10-25T02:10+01:00")) == datetime.fromisoformat(
        "2026-10-25T02:30+01:00"
    )


@given(instants, zones)
def test_an_hourly_digest_is_due_at_the_next_full_hour_of_the_wall(at: datetime, zone: ZoneInfo):
    due = next_digest(Digest.HOURLY, at, zone=zone)
    assert at < due <= at + timedelta(hours=1)
    is_changed = at.astimezone(zone).utcoffset() != due.astimezone(zone).utcoffset()
    assert is_changed or due.astimezone(zone).timetz().replace(tzinfo=None).minute == 0
    assert (due.second, due.microsecond) == (0, 0)


@given(instants, zones)
def test_a_daily_digest_is_due_the_next_time_the_wall_shows_eight(at: datetime, zone: ZoneInfo):
    due = next_digest(Digest.DAILY, at, zone=zone)
    assert at < due <= at + timedelta(hours=26)
    assert due.astimezone(zone).time() == DAILY_AT


@given(instants, zones, st.sampled_from([Digest.HOURLY, Digest.DAILY]), st.integers(0, 3 * 86_400))
def test_what_comes_before_a_digest_is_due_becomes_part_of_it(
    at: datetime, zone: ZoneInfo, digest: Digest, seconds: int
):
    due = next_digest(digest, at, zone=zone)
    later = at + timedelta(seconds=seconds)
    assert (next_digest(digest, later, zone=zone) == due) == (later < due)


@given(instants, quiet_hours(), st.sampled_from(list(Digest)), zones)
def test_nothing_is_ever_due_while_it_is_quiet(at: datetime, quiet: QuietHours, digest: Digest, zone: ZoneInfo):
    due = due_at(at, quiet=quiet, digest=digest, zone=zone)
    assert at <= due
    assert not quiet.covers(due)
    assert due_at(at, quiet=None, digest=Digest.NONE, zone=zone) == at
