"""One timer for all streams of a server: who has not begun in time, who does not hang up, and who lives no more."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

TICK_SECONDS = 1.0
# One more than the seconds promised: the first tick may be only just ahead.
CONNECT_TICKS = 11
LINGER_TICKS = 6
PING_TICKS = 20


class Timed(Protocol):
    """A stream as the wheel knows it; `spoke` is the wheel's own."""

    spoke: int

    def connect_in_time(self) -> None:
        """The time to begin is over."""

    def hang_up(self) -> None:
        """The time to close is over."""

    def show_life(self) -> None:
        """Called every `PING_TICKS`: ask whoever was silent, and end whoever stays so."""


class Wheel:
    """Turns while there is anybody on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._spokes: tuple[set[Timed], ...] = tuple(set() for _ in range(PING_TICKS))
        self._connecting: deque[tuple[int, Timed]] = deque()
        self._lingering: deque[tuple[int, Timed]] = deque()
        self._count = 0
        self._tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, one: Timed) -> None:
        """A stream that has just been opened; where it stands on the wheel spreads the pings over time."""
        one.spoke = self._tick % PING_TICKS
        self._spokes[one.spoke].add(one)
        self._connecting.append((self._tick + CONNECT_TICKS, one))
        self._count += 1
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_SECONDS, self._turn)

    def discard(self, one: Timed) -> None:
        """It has gone."""
        if one in self._spokes[one.spoke]:
            self._spokes[one.spoke].discard(one)
            self._count -= 1

    def linger(self, one: Timed) -> None:
        """It is closing, and has a while for that."""
        self._lingering.append((self._tick + LINGER_TICKS, one))

    def _turn(self) -> None:
        self._tick += 1
        for one in _due(self._connecting, self._tick):
            one.connect_in_time()
        for one in _due(self._lingering, self._tick):
            one.hang_up()
        for one in tuple(self._spokes[self._tick % PING_TICKS]):
            one.show_life()
        is_needed = self._count or self._connecting or self._lingering
        self._timer = self._loop.call_later(TICK_SECONDS, self._turn) if is_needed else None


def _due(waiting: deque[tuple[int, Timed]], tick: int) -> list[Timed]:
    due = []
    while waiting and waiting[0][0] <= tick:
        due.append(waiting.popleft()[1])
    return due
