"""What wakes the live stream: the feed, PostgreSQL's notifications, and a look at the log twice a second as the net.

Whatever brings the news, it only names keys to be read again.  What one of them loses the next look at the log finds.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from events.feed import Hint
from port import following, notifying
from port.notifying import NotHeard
from web import live_port
from web.live_tasks import Tasks
from web.live_topics import Topics
from web.port import Port
from web.settings import ServerRole

T = TypeVar("T")
FOLLOW_SECONDS = 0.5
_CALL, _VISIT = "vessel-call:", "visit:"
# What this node committed, or hears of by NATS, is heard a moment after the notification: then nobody need look.
_GRACE_SECONDS = 0.02
_REMEMBERED = 4096
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 5.0
_log = logging.getLogger("digital_port.live")


class Watch:
    """Wakes the keys that changed here or elsewhere."""

    def __init__(self, port: Port, topics: Topics) -> None:
        self._port = port
        self._topics = topics
        self._nodes = port.nodes
        self._tasks = Tasks()
        self._silence: Callable[[], None] = lambda: None
        self._calls: set[str] = set()
        self._position = 0
        self._data_version = -1
        self._heads: set[Hint] = set()
        self._heard: OrderedDict[Hint, None] = OrderedDict()
        self._positions: OrderedDict[int, None] = OrderedDict()
        self._must_look = asyncio.Event()
        self._looked_at = time.monotonic()

    async def start(self) -> None:
        """Begin; what is committed from now on is heard."""
        loop = asyncio.get_running_loop()

        mine = threading.get_ident()

        def listen(hints: tuple[Hint, ...]) -> None:
            # By NATS it is heard on this loop.  On the Recorder's thread it is only handed on.
            if threading.get_ident() == mine:
                self._hear(hints)
            else:
                loop.call_soon_threadsafe(self._hear, hints)

        def missed() -> None:
            loop.call_soon_threadsafe(self._look_for, "gap")

        self._silence = self._port.feed.listen(listen, missed=missed)
        self._position = await self._port.read(following.last_position)
        self._tasks.begin(self._follow, "live following")
        if not self._port.database.is_embedded:
            self._tasks.begin(self._be_notified, "live notifications")

    @property
    def lag_seconds(self) -> float:
        """How long ago it was looked what others have committed; ever longer when nobody looks any more."""
        return time.monotonic() - self._looked_at

    async def stop(self) -> None:
        """Hear and look no more."""
        self._silence()
        self._silence = lambda: None
        await self._tasks.stop()

    def _hear(self, hints: tuple[Hint, ...]) -> None:
        self._nodes.wakeups["feed"] += 1
        _remember(self._heard, map(_bare, hints))
        _remember(self._positions, (hint.position for hint in hints))
        self._wake(hints)

    def _wake(self, hints: Iterable[Hint]) -> None:
        for hint in hints:
            self._topics.wake(_followed_as(hint), hint=hint)
            if hint.key.startswith(_CALL):
                self._calls.add(hint.key.removeprefix(_CALL))
                self._must_look.set()

    def _look_for(self, source: str) -> None:
        """Look at the log now, and not only at the next half second."""
        self._nodes.wakeups[source] += 1
        self._must_look.set()

    async def _follow(self) -> None:
        """Look at the log whenever there is a reason, and twice a second without one, for ever."""
        while True:
            self._must_look.clear()
            try:
                await self._look()
            except SQLAlchemyError as error:
                _log.warning("the database does not answer the stream: %s", type(error).__name__)
                await asyncio.sleep(FOLLOW_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(FOLLOW_SECONDS):
                    await self._must_look.wait()

    async def _look(self) -> None:
        """Wake what others changed, and the boxes of a vessel call: its berth may let a terminal see them."""
        await self._look_at_log()
        if call_ids := frozenset(self._calls):
            numbers = await self._port.read(following.containers_of_calls, call_ids)
            self._calls -= call_ids
            self._topics.wake(f"container:{number}" for number in numbers)

    async def _look_at_log(self) -> None:
        database = self._port.database
        data_version = await run_in_threadpool(database.data_version)
        self._looked_at = time.monotonic()
        if database.is_embedded and data_version == self._data_version:
            return
        heads = set(await self._port.read(following.heads_from, self._position))
        if new := [head for head in heads - self._heads if not self._is_done_with(head)]:
            self._nodes.wakeups["log"] += 1
            self._wake(new)
        self._heads, self._data_version = heads, data_version
        self._position = max([self._position, *(head.position for head in heads)])

    def _is_done_with(self, head: Hint) -> bool:
        """Whether it was heard of and then read and told; a hint alone may have been too early, or a lie."""
        keys = _followed_as(head)
        return _bare(head) in self._heard and all(self._topics.stands_at(key, keys[key]) for key in keys)

    async def _be_notified(self) -> None:
        """Listen to the database for ever, however often the line breaks."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async for position in notifying.positions(self._port.database.url, self._port.database_id):
                    pause, self._nodes.is_notified = _FIRST_PAUSE, True
                    self._be_told_of(position)
            except NotHeard as why:
                if self._nodes.is_notified:
                    _log.warning("the database notifies no more, the log is looked at: %s", why)
            finally:
                self._nodes.is_notified = False
            # Not all nodes at once, after the database was away for everybody.
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _be_told_of(self, position: int) -> None:
        if position == 0:
            self._look_for("notify")
        elif self._port.settings.role is ServerRole.FEED and not self._nodes.is_joined:
            self._look_unless_heard(position)
        else:
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._look_unless_heard, position)

    def _look_unless_heard(self, position: int) -> None:
        if position not in self._positions:
            self._look_for("notify")


def _followed_as(hint: Hint) -> dict[str, int]:
    """The keys under which a change is followed, and which version of each tells of it."""
    key = f"container:{hint.subject}" if hint.key.startswith(_VISIT) else hint.key
    # The whole port counts in positions, also of what changes no box.
    return {key: hint.version, live_port.KEY: hint.position}


def _bare(hint: Hint) -> Hint:
    """Without its subject, which only a visit's key has in the log."""
    return Hint(hint.key, hint.version, hint.position)


def _remember(known: OrderedDict[T, None], new: Iterable[T]) -> None:
    known.update((one, None) for one in new)
    while len(known) > _REMEMBERED:
        known.popitem(last=False)
