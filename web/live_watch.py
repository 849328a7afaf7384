"""What the live stream watches: the feed, other processes' commits, everybody's rights, and when to beat."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from events.feed import Change
from port import following
from port.actor import Actor
from port.following import Head
from port.parties import rights_version
from port.sessions import Admission
from web import live_frames as frames
from web.live_frames import HEARTBEAT_SECONDS, Close
from web.live_tasks import Tasks
from web.live_topics import Topics, Viewer
from web.port import Port

_log = logging.getLogger("digital_port.live")
FOLLOW_SECONDS = 0.5
RIGHTS_SECONDS = 2.0
_BEAT_SECONDS = 1.0
_CALL = "vessel-call:"
_Rights = tuple[int, dict[Admission, Actor | None]]


class Watch:
    """Wakes the keys that changed, ends the streams of those who may look no longer, and lets hearts beat."""

    def __init__(self, port: Port, topics: Topics, viewers: set[Viewer]) -> None:
        self._port = port
        self._topics = topics
        self._viewers = viewers
        self._tasks = Tasks()
        self._silence: Callable[[], None] = lambda: None
        self._calls: set[str] = set()
        self._position = 0
        self._data_version = -1
        self._heads: set[Head] = set()
        self._rights_version = -1
        self._looked_at = time.monotonic()

    async def start(self) -> None:
        """Begin; what is committed from now on is heard."""
        loop = asyncio.get_running_loop()

        def listen(changes: tuple[Change, ...]) -> None:
            # On the Recorder's thread: once per commit, and only handed on.
            loop.call_soon_threadsafe(self._hear, changes)

        self._silence = self._port.feed.listen(listen)
        self._position = await self._port.read(following.last_position)
        for what, seconds in (
            (self._follow, FOLLOW_SECONDS),
            (self._check, RIGHTS_SECONDS),
            (self._beat, _BEAT_SECONDS),
        ):
            self._tasks.begin(partial(self._every, what, seconds), f"live {what.__name__}")

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

    async def _every(self, what: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await what()
            except SQLAlchemyError as error:
                _log.warning("the database does not answer the stream: %s", type(error).__name__)
            await asyncio.sleep(seconds)

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

    async def _check(self) -> None:
        """End who may look no longer, and look again with the rights of today."""
        everybody = {viewer.admission for viewer in self._viewers}
        # A session ends without a change of rights; and who came during the last check was not in it.
        now_and_then = {v.admission for v in self._viewers if v.admission.session_id or not v.is_checked}
        version, actors = await self._port.read(
            _rights, everybody, now_and_then, known=self._rights_version, now=self._port.doorkeeper.clock()
        )
        self._rights_version = version
        for viewer in tuple(self._viewers):
            if viewer.admission in actors:
                self._apply(viewer, actors[viewer.admission])

    def _apply(self, viewer: Viewer, actor: Actor | None) -> None:
        viewer.is_checked = True
        if actor is None:
            viewer.peer.end(Close.RIGHTS_ENDED)
        elif actor != viewer.actor:
            viewer.actor = actor
            self._topics.wake(tuple(viewer.keys))

    async def _beat(self) -> None:
        now, at = asyncio.get_running_loop().time(), self._port.clock()
        for viewer in tuple(self._viewers):
            if viewer.heartbeat_due <= now:
                viewer.heartbeat_due = now + HEARTBEAT_SECONDS
                viewer.peer.send([frames.heartbeat(at, _versions(viewer))], is_asked=False)


def _versions(viewer: Viewer) -> dict[str, int]:
    return {
        key: one.cursor.version for key, one in viewer.keys.items() if not one.is_joining and one.cursor is not None
    }


def _rights(
    connection: Connection, everybody: set[Admission], now_and_then: set[Admission], *, known: int, now: datetime
) -> _Rights:
    version = rights_version(connection)
    asked = everybody if version != known else now_and_then
    return version, following.still_admitted(connection, sorted(asked, key=repr), now=now)
