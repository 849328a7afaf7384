"""Who follows which key, and bringing each follower from where it stands to the last commit.

A commit only wakes the keys it touched; what is then told is read from the log, for all followers of a key at one
commit, and told in one turn of the loop.  So there is no buffer to race with: a follower's cursor moves only here, and
one reading of a key follows another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError

from events.feed import Hint
from port.actor import Actor
from port.errors import PortError
from web import live_frames as frames
from web.live_frames import Close, Cursor, Rank, Telling
from web.live_groups import Group, Joiner, Topic, Viewer
from web.live_queue import Queue
from web.live_tail import Answers, Tail, Wish
from web.live_tasks import Tasks

_log = logging.getLogger("digital_port.live")
_READERS = 3
_KEYS_AT_ONCE = 64
_RETRY_SECONDS = 1.0
_RANKS = {"instructions": Rank.FIRST, "port": Rank.LAST}

Ask = Callable[[dict[str, list[Wish]], Mapping[str, Hint]], Awaitable[dict[str, Answers]]]
"""What those who stand so before these keys must be told, each key at one commit; of some keys with a hint of why."""


class Topics:
    """The keys that anybody follows, and the tasks that read for them."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._topics: dict[str, Topic] = {}
        # Of those that wait to be read, by key.
        self._hints: dict[str, Hint] = {}
        self._queue = Queue()
        self._work = asyncio.Event()
        self._is_writing: Callable[[], bool] = lambda: False
        self._tasks = Tasks()

    def start(self) -> None:
        """Begin to read."""
        for number in range(1, _READERS + 1):
            self._tasks.begin(self._read, f"live reader {number}")

    def pace(self, is_writing: Callable[[], bool]) -> None:
        """Read while nothing is written, or it is urgent; there may be one transport that says so."""
        self._is_writing = is_writing

    async def stop(self) -> None:
        """Read no more."""
        await self._tasks.stop()

    def follow(self, viewer: Viewer, key: str, *, since: Cursor | None, id: int | None) -> None:
        """Follow a key that the viewer does not follow yet; the answer comes through its peer."""
        topic = self._topics.get(key)
        if topic is None:
            topic = self._topics[key] = Topic(key, _RANKS.get(key.partition(":")[0], Rank.MIDDLE))
        topic.join(viewer, Wish(viewer.actor, since), id=id)
        self._plan(topic, is_new=True)

    def leave(self, viewer: Viewer, key: str) -> None:
        """No longer follow a key; nothing happens if the viewer does not."""
        place = viewer.keys.pop(key, None)
        if place is None:
            return
        if isinstance(place, Group):
            place.discard(viewer)
        else:
            place.topic.answered(place)
        if not place.topic.is_followed:
            # One that is being read goes too: whoever asks meanwhile gets a topic of its own.
            self._topics.pop(key, None)
            self._hints.pop(key, None)
            self._queue.discard(place.topic)

    def look_again(self, viewer: Viewer, actor: Actor) -> None:
        """The viewer speaks for somebody else now, or with other rights."""
        viewer.actor = actor
        for place in tuple(viewer.keys.values()):
            wish = Wish(actor, place.wish.cursor)
            if isinstance(place, Joiner):
                place.wish = wish
            else:
                place.discard(viewer)
                place.topic.place(viewer, wish)
        self.wake(tuple(viewer.keys))

    def wake(self, keys: Iterable[str], *, hint: Hint | None = None) -> None:
        """Read these keys again, if anybody follows them: something may have changed, and `hint` tells of it."""
        for key in keys:
            topic = self._topics.get(key)
            if topic is not None:
                if hint is not None:
                    self._hints[key] = hint
                self._plan(topic, is_new=False)

    def stands_at(self, key: str, version: int) -> bool:
        """Whether all who follow the key were told that version or a later one of whatever they see under it."""
        topic = self._topics.get(key)
        if topic is None:
            return True
        if topic.is_read or topic.joiners:
            return False
        cursors = [group.wish.cursor for group in topic.groups]
        return all(cursor is not None and cursor.version >= version for cursor in cursors)

    def _plan(self, topic: Topic, *, is_new: bool) -> None:
        if topic.is_read:
            topic.is_due = True
        else:
            self._queue.add(topic, is_new=is_new)
            self._work.set()

    async def _read(self) -> None:
        while True:
            await self._read_once(await self._next())

    async def _read_once(self, topics: Sequence[Topic]) -> None:
        # Apart, so that what was read is let go of while there is nothing to read.
        has_failed = True
        try:
            answers = await self._answers(topics)
            for topic in topics:
                self._tell(topic, answers.get(topic.key, {}))
            has_failed = False
        finally:
            self._done(topics, has_failed=has_failed)

    async def _next(self) -> list[Topic]:
        while not self._queue or (self._is_writing() and not self._queue.is_urgent):
            if self._queue:
                # What is read while much is being written only waits behind it; read then, it is more at once.
                await asyncio.sleep(0)
            else:
                self._work.clear()
                await self._work.wait()
        topics = self._queue.take(_KEYS_AT_ONCE)
        for topic in topics:
            topic.is_read, topic.is_due = True, False
        return topics

    async def _answers(self, topics: Sequence[Topic]) -> dict[str, Answers]:
        try:
            hints = {topic.key: hint for topic in topics if (hint := self._hints.pop(topic.key, None)) is not None}
            return await self._ask({topic.key: topic.wishes for topic in topics}, hints)
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
                _end_all(topic)
        self.wake([topic.key for topic in topics if topic.is_due and topic.is_followed])

    def _tell(self, topic: Topic, answers: Answers) -> None:
        """Tell whoever was asked for; another reading is due for those who came, or whose rights changed, meanwhile."""
        groups, joiners = topic.groups, topic.joiners
        tellings: dict[int, Telling] = {}
        for group in groups:
            told = answers.get(group.wish)
            if isinstance(told, Tail) and not told.is_nothing:
                self._advance(group, told, tellings)
            elif told is not None:
                self._end(group)
        for joiner in joiners:
            told = answers.get(joiner.wish)
            if isinstance(told, Tail):
                self._welcome(joiner, told)
            elif told is not None:
                self._refuse(joiner, told)

    def _advance(self, group: Group, tail: Tail, tellings: dict[int, Telling]) -> None:
        if tail.recovered and not tail.frames:
            return
        topic, members = group.topic, tuple(group.members)
        telling = tellings.get(id(tail))
        if telling is None:
            begun = () if tail.recovered else (_subscribed(topic, tail, id=None),)
            telling = tellings[id(tail)] = Telling((*begun, *tail.frames), topic.rank)
        topic.advance(group, Wish(group.wish.actor, tail.cursor))
        for viewer in members:
            viewer.peer.send(telling, is_asked=False)

    def _welcome(self, joiner: Joiner, tail: Tail) -> None:
        topic, viewer = joiner.topic, joiner.viewer
        topic.place(viewer, Wish(viewer.actor, tail.cursor))
        topic.answered(joiner)
        viewer.peer.send((_subscribed(topic, tail, id=joiner.id), *tail.frames), is_asked=True)

    def _refuse(self, joiner: Joiner, error: PortError) -> None:
        self.leave(joiner.viewer, joiner.topic.key)
        joiner.viewer.peer.send((frames.refused(joiner.id, error),), is_asked=True)

    def _end(self, group: Group) -> None:
        """What was visible is so no longer."""
        key = group.topic.key
        ended = Telling((frames.unsubscribed(None, key=key, reason="RIGHTS_ENDED"),), group.topic.rank)
        for viewer in tuple(group.members):
            self.leave(viewer, key)
            viewer.peer.send(ended, is_asked=False)


def _subscribed(topic: Topic, tail: Tail, *, id: int | None) -> frames.Frame:
    return frames.subscribed(id, key=topic.key, cursor=tail.cursor, recovered=tail.recovered)


def _end_all(topic: Topic) -> None:
    waiting = tuple(joiner.viewer for joiner in topic.joiners)
    for viewer in (*waiting, *(viewer for group in topic.groups for viewer in group.members)):
        viewer.peer.end(Close.FAULT)
