"""When something is tried again: the schedule of each channel, and how long a target that is down is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from port.outbox import Channel

# In [0, 1): `random.random`, or a stand-in for a test.
Chance = Callable[[], float]

_WEBHOOK = tuple(
    timedelta(seconds=seconds)
    for seconds in (0, 5, 300, 1_800, *(hours * 3_600 for hours in (2, 5, 10, 14, 20, 24)))
)  # fmt: skip
_MINUTES = tuple(timedelta(seconds=seconds) for seconds in (0, 10, 60, 300, 900, 3_600))
SCHEDULES: dict[Channel, tuple[timedelta, ...]] = {
    Channel.WEBHOOK: _WEBHOOK,
    Channel.PUSH: _MINUTES,
    Channel.SMS: _MINUTES,
    Channel.EMAIL: _MINUTES,
}
"""How long after the attempt before each attempt comes; the first after the delivery was made."""
DOWN_AFTER = 3
"""So many failures in a row, and a target counts as down: one attempt at a time is made, to see whether it is back."""
LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_RETRY_AFTER = timedelta(hours=24)
_FIRST_PAUSE = timedelta(seconds=10)
_JITTER = 0.1


def longest(channel: Channel) -> timedelta:
    """From the first attempt to the last, at least."""
    return sum(SCHEDULES[channel], timedelta())


def delay_of(channel: Channel, attempts: int, *, chance: Chance) -> timedelta | None:
    """How long until the attempt after so many; None when there is none.  Up to a tenth longer, by chance, so that what
    failed together does not come again together."""
    schedule = SCHEDULES[channel]
    return schedule[attempts] * (1 + _JITTER * chance()) if attempts < len(schedule) else None


def pause_after(failures: int) -> timedelta:
    """How long a target is left alone after so many failures in a row; nothing while it does not count as down."""
    if failures < DOWN_AFTER:
        return timedelta()
    doubled: timedelta = _FIRST_PAUSE * 2 ** min(failures - DOWN_AFTER, 16)
    return min(doubled, LONGEST_PAUSE)
