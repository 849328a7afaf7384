"""What wakes the live stream: the feed of this process, and what other processes commit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from starlette.concurrency import run_in_threadpool

from events.feed import Change
from port import following
from port.following import Head
from web.live_tasks import Tasks, every
from web.live_topics import Topics
from web.port import Port

FOLLOW_SECONDS = 0.5
_CALL = "vessel-call:"


class Watch:
    """Wakes the keys that changed here or elsewhere."""

    def __init__(self, port: Port, topics: Topics) -> None:
        self._port = port
        self._topics = topics
        self._tasks = Tasks()
        self._silence: Callable[[], None] = lambda: None
        self._calls: set[str] = set()
        self._position = 0
        self._data_version = -1
        self._heads: set[Head] = set()
        self._looked_at = time.monotonic()

    async def start(self) -> None:
        """Begin; what is committed from now on is heard."""
        loop = asyncio.get_running_loop()

        def listen(changes: tuple[Change, ...]) -> None:
            # On the Recorder's thread: once per commit, and only handed on.
            loop.call_soon_threadsafe(self._hear, changes)

        self._silence = self._port.feed.listen(listen)
        self._position = await self._port.read(following.last_position)
        self._tasks.begin(partial(every, self._follow, FOLLOW_SECONDS), "live _follow")

    @property
    def lag_seconds(self) -> float:
        """How long ago it was looked what others have committed; ever longer when nobody looks any more."""
        return time.monotonic() - self._looked_at

    async def stop(self) -> None:
        """Hear and look no more."""
        self._silence()
        self._silence = lambda: None
        await self._tasks.stop()

    def _hear(self, changes: Sequence[Change]) -> None:
        self._wake((change.key, change.subject) for change in changes)

    def _wake(self, changed: Iterable[tuple[str, str]]) -> None:
        for key, subject in changed:
            if key.startswith("visit:"):
                self._topics.wake([f"container:{subject}"])
            else:
                self._topics.wake([key])
            if key.startswith(_CALL):
                self._calls.add(key.removeprefix(_CALL))

    async def _follow(self) -> None:
        """Wake what others changed, and the boxes of a vessel call: its berth may let a terminal see them."""
        await self._follow_others()
        if call_ids := frozenset(self._calls):
            numbers = await self._port.read(following.containers_of_calls, call_ids)
            self._calls -= call_ids
            self._topics.wake(f"container:{number}" for number in numbers)

    async def _follow_others(self) -> None:
        database = self._port.database
        data_version = await run_in_threadpool(database.data_version)
        self._looked_at = time.monotonic()
        if database.is_embedded and data_version == self._data_version:
            return
        heads = set(await self._port.read(following.heads_from, self._position))
        self._wake((head.key, head.subject) for head in heads - self._heads)
        self._heads, self._data_version = heads, data_version
        self._position = max([self._position, *(head.position for head in heads)])
