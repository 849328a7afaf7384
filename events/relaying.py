"""What a node committed and the others have not been told yet.

Commits hand over what they left in the log.  When more waits than a node should hold, it is dropped, and the log itself
is read from there on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from events.feed import Hint

MOST_WAITING = 1000
# Who was away for longer has read the log in the meantime, and so have all who would be told.
FURTHEST = 20_000
_UNACKNOWLEDGED = 256
_ACKNOWLEDGED_SECONDS = 5.0
_RETRY_SECONDS = 1.0


class Stretch(Struct, frozen=True):
    """What a stretch of the log tells of, the position up to which it does, and the log's last one."""

    hints: tuple[Hint, ...]
    until: int
    last: int


Read = Callable[[int, int], Awaitable[Stretch | None]]
"""The stretch of the log from a position on, of about so many versions; None while the log does not answer."""
Publish = Callable[[Hint], Awaitable[Awaitable[object]]]
"""Puts a hint in the way, and gives what waits for its acknowledgement."""


class Relay:
    """From this node's commits to the broker, in order; used on the event loop alone."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._waiting: deque[Hint] = deque()
        self._sent: deque[tuple[Hint, Awaitable[object]]] = deque()
        # Where the log is to be read on, when commits were dropped; None while what waits is all there is.
        self._next: int | None = None
        self._has_dropped = False
        self._changed = asyncio.Event()
        self._committed = self._acknowledged = 0
        self.told = 0
        self.catch_ups = 0

    @property
    def is_idle(self) -> bool:
        """Whether the others were told everything."""
        return self._next is None and not self._waiting and not self._sent

    @property
    def lag(self) -> int:
        """By how many log positions what the others were told is behind this node's last commit."""
        return 0 if self.is_idle else max(1, self._committed - self._acknowledged)

    def hand_over(self, hints: Sequence[Hint]) -> None:
        """A commit left these in the log."""
        if self.is_idle:
            # What lies between is other nodes' to tell.
            self._acknowledged = max(self._acknowledged, hints[0].position - 1)
        self._committed = max(self._committed, hints[-1].position)
        if self._next is not None:
            self._has_dropped = True
        elif len(self._waiting) + len(hints) <= MOST_WAITING:
            self._waiting.extend(hints)
        else:
            self._next = self._waiting[0].position if self._waiting else hints[0].position
            self._has_dropped = True
            self._waiting.clear()
        self._changed.set()

    async def until_idle(self) -> None:
        """Wait until the others were told everything."""
        await self._until(lambda: self.is_idle)

    async def run(self, publish: Publish) -> None:
        """Tell until it fails; the next run tells again whatever was not acknowledged."""
        self._waiting.extendleft(hint for hint, _ in reversed(self._sent))
        self._sent.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell(publish), name="relay telling")
            group.create_task(self._settle(), name="relay settling")

    async def _tell(self, publish: Publish) -> None:
        while True:
            await self._until(lambda: bool(self._waiting or self._next is not None))
            if not self._waiting:
                await self._read_on()
                continue
            await self._until(lambda: len(self._sent) < _UNACKNOWLEDGED)
            if self._waiting:
                hint = self._waiting[0]
                self._sent.append((hint, await publish(hint)))
                # Unless `hand_over` has dropped all of them meanwhile.
                if self._waiting and self._waiting[0] is hint:
                    self._waiting.popleft()
                self._changed.set()

    async def _settle(self) -> None:
        while True:
            await self._until(lambda: bool(self._sent))
            hint, acknowledged = self._sent[0]
            async with asyncio.timeout(_ACKNOWLEDGED_SECONDS):
                await acknowledged
            self._sent.popleft()
            self._acknowledged = max(self._acknowledged, hint.position)
            self.told += 1
            self._changed.set()

    async def _read_on(self) -> None:
        assert self._next is not None
        self._has_dropped = False
        stretch = await self._read(self._next, MOST_WAITING)
        if stretch is None:
            await asyncio.sleep(_RETRY_SECONDS)
            return
        self.catch_ups += 1
        if stretch.last - self._next > FURTHEST:
            self._next = stretch.last
            return
        self._waiting.extend(stretch.hints)
        is_end = stretch.until >= stretch.last
        # A commit without an event of its own shares the last position, so that one is read again.
        self._next = stretch.last if is_end else stretch.until + 1
        if is_end and not self._has_dropped:
            self._next = None
        self._changed.set()

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()
