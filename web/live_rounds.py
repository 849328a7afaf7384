"""The rounds of the live stream: whether everybody may still look, and heartbeats."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from port import following
from port.actor import Actor
from port.parties import rights_version
from port.sessions import Admission
from web import live_frames as frames
from web.live_frames import HEARTBEAT_SECONDS, Close
from web.live_groups import Group, Viewer
from web.live_tasks import Tasks, every
from web.live_topics import Topics
from web.port import Port

RIGHTS_SECONDS = 2.0
_BEAT_SECONDS = 1.0
_Rights = tuple[int, dict[Admission, Actor | None]]


class Rounds:
    """Ends the streams of those who may look no longer, looks again with the rights of today, lets hearts beat."""

    def __init__(self, port: Port, topics: Topics, viewers: set[Viewer]) -> None:
        self._port = port
        self._topics = topics
        self._viewers = viewers
        self._tasks = Tasks()
        self._rights_version = -1

    def start(self) -> None:
        """Begin to go round."""
        for what, seconds in ((self._check, RIGHTS_SECONDS), (self._beat, _BEAT_SECONDS)):
            self._tasks.begin(partial(every, what, seconds), f"live {what.__name__}")

    async def stop(self) -> None:
        """Go no more."""
        await self._tasks.stop()

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
            self._topics.look_again(viewer, actor)

    async def _beat(self) -> None:
        now, at = asyncio.get_running_loop().time(), self._port.clock()
        for viewer in tuple(self._viewers):
            if viewer.heartbeat_due <= now:
                viewer.heartbeat_due = now + HEARTBEAT_SECONDS
                viewer.peer.send([frames.heartbeat(at, _versions(viewer))], is_asked=False)


def _versions(viewer: Viewer) -> dict[str, int]:
    told = ((key, place.wish.cursor) for key, place in viewer.keys.items() if isinstance(place, Group))
    return {key: cursor.version for key, cursor in told if cursor is not None}


def _rights(
    connection: Connection, everybody: set[Admission], now_and_then: set[Admission], *, known: int, now: datetime
) -> _Rights:
    version = rights_version(connection)
    asked = everybody if version != known else now_and_then
    return version, following.still_admitted(connection, sorted(asked, key=repr), now=now)
