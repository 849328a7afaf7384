"""Who follows which key, and bringing each follower from where it stands to the last commit.

A commit only wakes the keys it touched; what is then told is read from the log, for all followers of a key at one
commit, and told in one turn of the loop.  So there is no buffer to race with: a follower's cursor moves only here, and
one reading of a key follows another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from port.actor import Actor
from port.errors import PortError
from port.sessions import Admission
from web import live_frames as frames
from web import live_tail
from web.live_frames import Close, Cursor, Peer
from web.live_keys import LiveKeys
from web.live_tail import Answers, Tail, Wish
from web.live_tasks import Tasks
from web.port import Port

_log = logging.getLogger("digital_port.live")
_READERS = 3
_KEYS_AT_ONCE = 16
_RETRY_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream.  `actor` is kept up to date with the rights behind `admission`; `joining` counts its keys that
    have no answer yet, and `room` is set when there are fewer."""

    admission: Admission
    actor: Actor
    peer: Peer
    heartbeat_due: float
    keys: dict[str, Subscription] = field(default_factory=dict)
    joining: int = 0
    bad_frames: int = 0
    is_checked: bool = False
    room: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class Topic:
    """One key and who follows it.  `is_read` while a reading is under way, `is_due` when another must follow."""

    key: str
    followers: dict[Subscription, None] = field(default_factory=dict)
    is_due: bool = False
    is_read: bool = False


@dataclass(eq=False, slots=True)
class Subscription:
    """One viewer following one key.

    Until the first answer it `is_joining`, and `cursor` is where the client says it is; `id` is its request's.
    """

    viewer: Viewer
    topic: Topic
    id: int | None
    cursor: Cursor | None
    is_joining: bool = True


class Topics:
    """The keys that anybody follows, and the tasks that read for them."""

    def __init__(self, port: Port, keys: LiveKeys) -> None:
        self._port = port
        self._keys = keys
        self._topics: dict[str, Topic] = {}
        self._changed: dict[Topic, None] = {}
        self._joined: dict[Topic, None] = {}
        self._work = asyncio.Event()
        self._tasks = Tasks()

    def start(self) -> None:
        """Begin to read."""
        for number in range(1, _READERS + 1):
            self._tasks.begin(self._read, f"live reader {number}")

    async def stop(self) -> None:
        """Read no more."""
        await self._tasks.stop()

    def follow(self, viewer: Viewer, key: str, *, since: Cursor | None, id: int | None) -> None:
        """Follow a key that the viewer does not follow yet; the answer comes through its peer."""
        topic = self._topics.setdefault(key, Topic(key))
        subscription = viewer.keys[key] = Subscription(viewer, topic, id, since)
        topic.followers[subscription] = None
        viewer.joining += 1
        if topic.is_read:
            topic.is_due = True
        elif topic not in self._changed:
            self._joined[topic] = None
        self._work.set()

    def leave(self, subscription: Subscription) -> None:
        """No longer follow a key."""
        topic = subscription.topic
        del subscription.viewer.keys[topic.key]
        del topic.followers[subscription]
        self._settle(subscription)
        if not topic.followers:
            # One that is being read goes too: whoever asks meanwhile gets a topic of its own.
            del self._topics[topic.key]
            self._changed.pop(topic, None)
            self._joined.pop(topic, None)

    def wake(self, keys: Iterable[str]) -> None:
        """Read these keys again, if anybody follows them: something may have changed."""
        for key in keys:
            topic = self._topics.get(key)
            if topic is None:
                continue
            if topic.is_read:
                topic.is_due = True
            else:
                self._joined.pop(topic, None)
                self._changed[topic] = None
                self._work.set()

    async def _read(self) -> None:
        while True:
            topics = await self._next()
            has_failed = True
            try:
                answers = await self._ask(topics)
                for topic in topics:
                    self._tell(topic, answers.get(topic.key, {}))
                has_failed = False
            finally:
                self._done(topics, has_failed=has_failed)

    async def _next(self) -> list[Topic]:
        while not (self._changed or self._joined):
            self._work.clear()
            await self._work.wait()
        # Those who follow already go before those who come.
        waiting = self._changed or self._joined
        topics = [topic for topic, _ in zip(tuple(waiting), range(_KEYS_AT_ONCE), strict=False)]
        for topic in topics:
            del waiting[topic]
            topic.is_read, topic.is_due = True, False
        return topics

    async def _ask(self, topics: Sequence[Topic]) -> dict[str, Answers]:
        try:
            return await self._port.read(_answer, self._keys, {topic.key: _wishes(topic) for topic in topics})
        except SQLAlchemyError as error:
            _log.warning("the database does not answer the stream: %s", type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)
            for topic in topics:
                topic.is_due = True
            return {}

    def _done(self, topics: Sequence[Topic], *, has_failed: bool) -> None:
        for topic in topics:
            topic.is_read = False
            if has_failed and not self._tasks.is_stopping:
                for subscription in topic.followers:
                    subscription.viewer.peer.end(Close.FAULT)
        self.wake([topic.key for topic in topics if topic.is_due and topic.followers])

    def _tell(self, topic: Topic, answers: Answers) -> None:
        for subscription in tuple(topic.followers):
            told = answers.get(Wish(subscription.viewer.actor, subscription.cursor))
            # None for whoever came, or whose rights changed, during the reading: another one is due.
            if isinstance(told, Tail):
                self._bring_up(subscription, told)
            elif told is not None:
                self._refuse(subscription, told)

    def _bring_up(self, subscription: Subscription, tail: Tail) -> None:
        peer, key, is_asked = subscription.viewer.peer, subscription.topic.key, subscription.is_joining
        if not is_asked and tail.is_nothing:
            self._end(subscription)
            return
        told = list(tail.frames)
        if is_asked or not tail.recovered:
            id = subscription.id if is_asked else None
            told.insert(0, frames.subscribed(id, key=key, cursor=tail.cursor, recovered=tail.recovered))
        subscription.cursor = tail.cursor
        self._settle(subscription)
        if told:
            peer.send(told, is_asked=is_asked)

    def _refuse(self, subscription: Subscription, error: PortError) -> None:
        if not subscription.is_joining:
            self._end(subscription)
            return
        self.leave(subscription)
        subscription.viewer.peer.send([frames.refused(subscription.id, error)], is_asked=True)

    def _end(self, subscription: Subscription) -> None:
        """What was visible is so no longer."""
        self.leave(subscription)
        ended = frames.unsubscribed(None, key=subscription.topic.key, reason="RIGHTS_ENDED")
        subscription.viewer.peer.send([ended], is_asked=False)

    def _settle(self, subscription: Subscription) -> None:
        if subscription.is_joining:
            subscription.is_joining = False
            subscription.viewer.joining -= 1
            subscription.viewer.room.set()


def _wishes(topic: Topic) -> list[Wish]:
    return list(dict.fromkeys(Wish(one.viewer.actor, one.cursor) for one in topic.followers))


def _answer(connection: Connection, keys: LiveKeys, wishes: dict[str, list[Wish]]) -> dict[str, Answers]:
    return {key: live_tail.answer(connection, keys, key, wanted) for key, wanted in wishes.items()}
