"""Quiet hours and digests: when somebody may be told, by the clock on that person's wall.

An hour is quiet when the wall's clock reads so, whatever the offset just then: where a clock is set back over the end
of the quiet hours, the part that is told twice is quiet twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAILY_AT = time(8)
_MINUTE = timedelta(minutes=1)
_DAY_MINUTES = 24 * 60
# More than any clock has ever been put forward at once.
_NEAR_MINUTES = 4 * 60


class Digest(StrEnum):
    """How often what happened is summed up instead of told one by one."""

    NONE = "NONE"
    HOURLY = "HOURLY"
    DAILY = "DAILY"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` on, until before `ends`, in `zone`; over midnight when it ends before it begins.  Never a whole
    day: the two differ."""

    begins: time
    ends: time
    zone: ZoneInfo

    def covers(self, at: datetime) -> bool:
        """Whether the wall's clock reads a quiet time."""
        wall = at.astimezone(self.zone).time()
        if self.begins < self.ends:
            return self.begins <= wall < self.ends
        return wall >= self.begins or wall < self.ends

    def over(self, at: datetime) -> datetime:
        """The first instant from `at` on that is not quiet, in UTC; a minute's beginning, or `at` itself."""
        at = at.astimezone(UTC)
        while self.covers(at):
            wall = at.astimezone(self.zone).time()
            left = (_minutes(self.ends) - _minutes(wall)) % _DAY_MINUTES
            # In one step to shortly before, and then minute by minute: the clock may be changed between.
            step = left - _NEAR_MINUTES if left > _NEAR_MINUTES else 1
            at = at.replace(second=0, microsecond=0) + step * _MINUTE
        return at


def next_digest(digest: Digest, at: datetime, *, zone: ZoneInfo) -> datetime:
    """The first instant after `at` at which a digest is due, in UTC: a full hour, or `DAILY_AT`, on that zone's wall.

    `at` itself for NONE.
    """
    match digest:
        case Digest.NONE:
            return at
        case Digest.HOURLY:
            return _next_full_hour(at.astimezone(UTC), zone)
        case Digest.DAILY:
            return _next_daily(at.astimezone(UTC), zone)


def due_at(at: datetime, *, quiet: QuietHours | None, digest: Digest, zone: ZoneInfo) -> datetime:
    """When what happened `at` may be told; a digest that falls into quiet hours waits for their end."""
    due = next_digest(digest, at, zone=zone)
    return due if quiet is None else quiet.over(due)


def _next_full_hour(at: datetime, zone: ZoneInfo) -> datetime:
    wall = at.astimezone(zone)
    return at.replace(second=0, microsecond=0) + (60 - wall.minute) * _MINUTE


def _next_daily(at: datetime, zone: ZoneInfo) -> datetime:
    today = at.astimezone(zone).date()
    days = (today + timedelta(days=n) for n in range(3))
    return next(due for day in days if (due := datetime.combine(day, DAILY_AT, zone).astimezone(UTC)) > at)


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute
