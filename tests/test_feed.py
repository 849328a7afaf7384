"""What every feed keeps to, in one process and joined with others by a real NATS."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from build_feed import Ear, change, fresh_database_id, hint, node, until
from events.feed import Feed, LocalFeed

Opened = Callable[[], AbstractAsyncContextManager[Feed]]


@asynccontextmanager
async def local() -> AsyncIterator[Feed]:
    yield LocalFeed()


@pytest.fixture(params=["local", "joined", "joined, and NATS is away"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "local":
        return local
    url = request.getfixturevalue("nats_url") if request.param == "joined" else "nats://127.0.0.1:1"

    @asynccontextmanager
    async def joined() -> AsyncIterator[Feed]:
        async with node(url, fresh_database_id()) as made:
            if request.param == "joined":
                await until(lambda: made.feed.is_connected)
            yield made.feed

    return joined


def test_a_listener_hears_what_is_committed_here_at_once_in_order_and_once(opened: Opened):
    async def run() -> tuple[list[int], Ear]:
        ear, at_once = Ear(), []
        async with opened() as feed:
            feed.listen(ear.hear)
            for version in range(1, 51):
                feed.publish((change(2 * version - 1), change(2 * version)))
                at_once.append(len(ear.hints))
            await asyncio.sleep(0.3)  # what comes back from others would be heard by now
        return at_once, ear

    at_once, ear = asyncio.run(run())
    assert at_once == list(range(2, 101, 2))
    assert ear.hints == [hint(version) for version in range(1, 101)]


def test_a_listener_hears_it_on_the_thread_that_publishes(opened: Opened):
    async def run() -> tuple[set[int], int | None]:
        heard: set[int] = set()
        async with opened() as feed:
            feed.listen(lambda _: heard.add(threading.get_ident()))
            writer = threading.Thread(target=feed.publish, args=((change(1),),))
            writer.start()
            await asyncio.to_thread(writer.join)
        return heard, writer.ident

    heard, writer = asyncio.run(run())
    assert heard == {writer}


def test_a_listener_taken_away_hears_no_more_and_the_others_do(opened: Opened):
    async def run() -> tuple[Ear, Ear]:
        first, second = Ear(), Ear()
        async with opened() as feed:
            silence = feed.listen(first.hear)
            feed.listen(second.hear)
            feed.publish((change(1),))
            silence()
            feed.publish((change(2),))
        return first, second

    first, second = asyncio.run(run())
    assert (first.hints, second.hints) == ([hint(1)], [hint(1), hint(2)])


def test_a_commit_that_changed_nothing_is_not_told(opened: Opened):
    async def run() -> list[int]:
        calls: list[int] = []
        async with opened() as feed:
            feed.listen(lambda hints: calls.append(len(hints)))
            feed.publish(())
        return calls

    assert asyncio.run(run()) == []


def test_what_is_told_holds_no_record(opened: Opened):
    async def run() -> str:
        ear = Ear()
        async with opened() as feed:
            feed.listen(ear.hear)
            feed.publish((change(1),))
        return repr(ear.hints)

    assert "secret" not in asyncio.run(run())
