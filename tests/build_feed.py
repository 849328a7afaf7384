"""Feeds of several nodes in one process, joined by a real NATS, and what their listeners hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from build_port import NOW
from events.feed import Change, Hint
from events.jetstream import JetStreamFeed
from events.nats_stream import Broker
from events.relaying import Stretch

SECONDS = 15.0
_databases = count(1)


def fresh_database_id() -> str:
    """An id that no stream is named after yet."""
    return f"{next(_databases):04d}{id(_databases):x}".ljust(32, "0")


def change(version: int, *, key: str = "visit:v1", position: int | None = None) -> Change:
    return Change(
        key=key,
        version=version,
        position=version if position is None else position,
        at=NOW,
        event_id=f"E-{version}",
        type="DISC",
        record='{"declaredValue":"secret"}',
        subject="CSQU3054383",
    )


def hint(version: int, *, key: str = "visit:v1", position: int | None = None) -> Hint:
    return Hint(key, version, version if position is None else position, "CSQU3054383")


@dataclass
class Log:
    """What a relay may read: every hint ever committed, in order; `None` while it does not answer."""

    hints: list[Hint] | None = field(default_factory=list)
    readings: list[int] = field(default_factory=list)

    async def read(self, position: int, most: int) -> Stretch | None:
        self.readings.append(position)
        if self.hints is None:
            return None
        last = self.hints[-1].position if self.hints else 0
        newer = [one for one in self.hints if one.position >= position]
        until = newer[most - 1].position if len(newer) >= most else last
        return Stretch(tuple(one for one in newer if one.position <= until), until, last)


@dataclass
class Ear:
    """A listener, and what it heard."""

    hints: list[Hint] = field(default_factory=list)
    missed: int = 0

    def hear(self, hints: tuple[Hint, ...]) -> None:
        self.hints += hints

    def miss(self) -> None:
        self.missed += 1


@dataclass
class Node:
    feed: JetStreamFeed
    ear: Ear
    log: Log

    def commit(self, *changes: Change) -> None:
        """As the Recorder tells it, and the log keeps it."""
        if self.log.hints is not None:
            self.log.hints += [Hint(one.key, one.version, one.position, one.subject) for one in changes]
        self.feed.publish(changes)


@asynccontextmanager
async def node(url: str, database_id: str, *, hears: bool = True, broker: Broker | None = None) -> AsyncIterator[Node]:
    """A node that runs, whether NATS is there or not."""
    log, ear = Log(), Ear()
    feed = JetStreamFeed(
        broker or Broker((url,)), database_id=database_id, hears=hears, read=log.read, spread=lambda low, high: high / 5
    )
    feed.listen(ear.hear, missed=ear.miss)
    running = asyncio.create_task(feed.run())
    await asyncio.sleep(0)
    try:
        yield Node(feed, ear, log)
    finally:
        feed.end()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def nodes(url: str, database_id: str, *, hears: tuple[bool, ...] = (True, True)) -> AsyncIterator[list[Node]]:
    """Some of them, joined."""
    async with AsyncExitStack() as stack:
        made = [await stack.enter_async_context(node(url, database_id, hears=one)) for one in hears]
        await until(lambda: all(one.feed.is_connected for one in made))
        yield made


async def until(is_so: Callable[[], bool], *, seconds: float = SECONDS) -> None:
    """Wait so long for it; fails the test otherwise."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.01)
