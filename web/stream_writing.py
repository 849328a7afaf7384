"""Writing to many streams: what they are told alike is joined once, and each gets a turn's frames in one write.

What is told first is only kept; the writing follows in the next turn, in slices, so that telling thousands holds up
nobody else.  As each stream's frames stay in order, what is told meanwhile just joins what still waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from web.live_frames import Frame, Rank, Telling
from web.stream_codec import text_frame

_SLICE_SECONDS = 0.002
_LOOK_EVERY = 32


class Waiting:
    """What waits to be written to a stream: all that waited before it, and then these frames.

    Streams to which the same was told in the same order stand at the same one, so the bytes are joined once.
    """

    __slots__ = ("_before", "_told", "_wire")

    def __init__(self, before: Waiting | None, told: Sequence[Frame]) -> None:
        self._before = before
        self._told = told
        self._wire: bytes | None = None

    @property
    def wire(self) -> bytes:
        """The bytes of all of it."""
        if self._wire is not None:
            return self._wire
        if self._before is None and len(self._told) == 1:
            self._wire = text_frame(self._told[0].body)
        else:
            parts: list[bytes] = []
            one: Waiting | None = self
            while one is not None:
                if one._wire is not None:
                    parts.append(one._wire)
                    break
                parts += [text_frame(frame.body) for frame in reversed(one._told)]
                one = one._before
            self._wire = b"".join(reversed(parts))
        return self._wire


class Writes(Protocol):
    """A stream that has something to write."""

    def flush(self) -> None:
        """Write what waits, if anything still does."""


class Sweep:
    """Who has something to write, and the turns in which they do; one for all streams of a server."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lanes: tuple[deque[Writes], ...] = tuple(deque() for _ in Rank)
        self._is_coming = False
        self._shared: dict[tuple[int, int], Waiting] = {}
        # What was begun with last, which the next stream is mostly told too.
        self._begun: Sequence[Frame] | None = None
        self._first = Waiting(None, ())
        self._lane = self._lanes[Rank.MIDDLE]

    @property
    def is_busy(self) -> bool:
        """Whether somebody's turn is still to come."""
        return self._is_coming

    def begin(self, one: Writes, told: Sequence[Frame]) -> Waiting:
        """Something is told to a stream for which nothing waits; it will be flushed."""
        if told is not self._begun:
            self._begin_with(told)
        self._lane.append(one)
        return self._first

    def _begin_with(self, told: Sequence[Frame]) -> None:
        self._begun, self._first = told, self.then(None, told)
        self._lane = self._lanes[told.rank if type(told) is Telling else Rank.MIDDLE]
        if not self._is_coming:
            self._is_coming = True
            self._loop.call_soon(self._go)

    def then(self, waiting: Waiting | None, told: Sequence[Frame]) -> Waiting:
        """What waits, with these frames after it; the same for all who are told the same in this turn."""
        # What is found by their identities holds both, so no other can have them meanwhile.
        key = (id(waiting), id(told))
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = Waiting(waiting, told)
        return found

    def _go(self) -> None:
        """Write to as many as a slice allows, the rest in the turns after it."""
        self._is_coming = False
        self._shared, self._begun = {}, None
        until = self._loop.time() + _SLICE_SECONDS
        for lane in self._lanes:
            while lane:
                for _ in range(min(_LOOK_EVERY, len(lane))):
                    lane.popleft().flush()
                if self._loop.time() > until and any(self._lanes):
                    self._is_coming = True
                    self._loop.call_soon(self._go)
                    return
