"""The two clocks of a server: the wall's, for people and sessions, and the port's, which a demo lets run faster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """The time now, UTC."""
    return datetime.now(UTC)


def port_clock(start: datetime | None, factor: float, *, wall: Clock = wall_clock) -> Clock:
    """A clock that showed the right time at `start` and has run `factor` times as fast since; None: the wall's.

    It needs nothing but its two settings, so a server and a simulator that share them agree.
    """
    if start is None:
        return wall
    return lambda: start + (wall() - start) * factor
