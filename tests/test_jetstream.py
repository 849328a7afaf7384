"""events.jetstream: nodes that hear each other by a real NATS, and lose nothing when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import StreamConfig, StreamInfo

from build_feed import change, fresh_database_id, hint, node, nodes, until
from build_nodes import Nats, nats_that_restarts
from events.nats_stream import Broker
from stores import or_skip

pytestmark = pytest.mark.server


@pytest.fixture
def broker() -> Iterator[Nats]:
    with or_skip("NATS", nats_that_restarts()) as running:
        yield running


@asynccontextmanager
async def jetstream(url: str) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(url)
    yield client.jetstream()
    await client.close()


async def stream_of(url: str, database_id: str) -> StreamInfo:
    async with jetstream(url) as context:
        return await context.stream_info(f"digital-port-{database_id}")


def test_what_one_node_commits_the_others_hear_in_order_and_itself_but_once(nats_url: str):
    async def run() -> None:
        async with nodes(nats_url, fresh_database_id(), hears=(True, True, False)) as [first, second, deaf]:
            for version in range(1, 301):
                first.commit(change(version))
            await until(lambda: first.feed.relay.told == 300)
            deaf.commit(change(301))
            await until(lambda: len(second.ear.hints) >= 301 and len(first.ear.hints) >= 301)
            assert second.ear.hints == [hint(version) for version in range(1, 302)]
            assert first.ear.hints == second.ear.hints
            assert deaf.ear.hints == [hint(301)]
            assert (first.feed.relay.told, first.feed.relay.lag, second.feed.gaps) == (300, 0, 0)

    asyncio.run(run())


def test_ports_that_share_a_nats_hear_nothing_of_each_other(nats_url: str):
    async def run() -> None:
        async with nodes(nats_url, fresh_database_id()) as [one, _], nodes(nats_url, fresh_database_id()) as [other, _]:
            one.commit(change(1))
            other.commit(change(2))
            await until(lambda: one.feed.relay.told == other.feed.relay.told == 1)
            await asyncio.sleep(0.1)
            assert (one.ear.hints, other.ear.hints) == ([hint(1)], [hint(2)])

    asyncio.run(run())


def test_what_several_nodes_tell_of_one_commit_is_kept_once_in_a_stream_with_bounds(nats_url: str):
    async def run() -> StreamInfo:
        database_id = fresh_database_id()
        async with nodes(nats_url, database_id) as both:
            for one in both:
                one.commit(*(change(version) for version in range(1, 11)))
            await until(lambda: [one.feed.relay.told for one in both] == [10, 10])
            return await stream_of(nats_url, database_id)

    info = asyncio.run(run())
    assert info.state.messages == 10
    assert (info.config.max_age, info.config.max_bytes, info.config.storage) == (600, 64 * 1024 * 1024, "memory")


def test_a_stream_that_is_there_with_other_bounds_gets_ours(nats_url: str):
    async def run() -> StreamInfo:
        database_id = fresh_database_id()
        async with jetstream(nats_url) as context:
            wanted = StreamConfig(
                name=f"digital-port-{database_id}", subjects=[f"digital-port.{database_id}.change"], storage="memory"
            )
            await context.add_stream(wanted)
        async with nodes(nats_url, database_id) as [first, second]:
            first.commit(change(1))
            await until(lambda: second.ear.hints == [hint(1)])
        return await stream_of(nats_url, database_id)

    assert asyncio.run(run()).config.max_age == 600


def test_a_stream_that_was_deleted_under_the_nodes_is_made_again_and_they_ask_the_log(nats_url: str):
    async def run() -> None:
        database_id = fresh_database_id()
        async with nodes(nats_url, database_id) as [first, second]:
            for version in range(1, 11):
                first.commit(change(version))
            await until(lambda: len(second.ear.hints) == 10)
            missed = second.ear.missed
            async with jetstream(nats_url) as context:
                await context.delete_stream(f"digital-port-{database_id}")
            for version in range(11, 14):
                first.commit(change(version))
            await until(lambda: second.ear.missed > missed and second.feed.is_connected, seconds=30)
            await until(lambda: first.feed.relay.told >= 13)
            first.commit(change(14))
            await until(lambda: hint(14) in second.ear.hints)

    asyncio.run(run())


def test_what_cannot_be_read_is_a_reason_to_ask_the_log_and_no_more(nats_url: str):
    async def run() -> None:
        database_id = fresh_database_id()
        async with nodes(nats_url, database_id) as [first, second]:
            missed = second.ear.missed
            async with jetstream(nats_url) as context:
                for body in (b"", b"{", b'{"key": 1}', b'{"key":"officers","version":"x","position":1}', b"\xff\x00"):
                    await context.publish(f"digital-port.{database_id}.change", body)
            first.commit(change(1))
            await until(lambda: second.ear.hints == [hint(1)])
            assert (second.ear.missed, second.feed.connections) == (missed + 5, 1)

    asyncio.run(run())


def test_a_number_that_is_missing_is_a_reason_to_ask_the_log(nats_url: str):
    async def run() -> None:
        async with nodes(nats_url, fresh_database_id()) as [first, second]:
            first.commit(change(1))
            await until(lambda: second.ear.hints == [hint(1)])
            missed = second.ear.missed
            second.feed._sequence -= 1  # as if one had come between
            first.commit(change(2))
            await until(lambda: second.ear.hints == [hint(1), hint(2)])
            assert (second.ear.missed, second.feed.gaps) == (missed + 1, 1)

    asyncio.run(run())


def test_of_several_servers_one_that_answers_is_enough(nats_url: str):
    async def run() -> None:
        database_id, servers = fresh_database_id(), Broker(("nats://127.0.0.1:1", nats_url, "nats://127.0.0.1:2"))
        async with AsyncExitStack() as stack:
            made = [await stack.enter_async_context(node("", database_id, broker=servers)) for _ in range(4)]
            await until(lambda: all(one.feed.is_connected for one in made))
            made[0].commit(change(1))
            await until(lambda: all(one.ear.hints == [hint(1)] for one in made))
            await asyncio.sleep(0.3)
            assert [one.feed.connections for one in made] == [1, 1, 1, 1]

    asyncio.run(run())


def test_a_node_begins_without_nats_and_joins_when_it_comes(broker: Nats):
    async def run() -> None:
        database_id = fresh_database_id()
        await asyncio.to_thread(broker.kill)
        async with node(broker.url, database_id) as first, node(broker.url, database_id) as second:
            first.commit(change(1))
            assert first.ear.hints == [hint(1)]
            await asyncio.sleep(0.5)
            assert not first.feed.is_connected
            assert first.feed.relay.lag == 1
            await asyncio.to_thread(broker.start)
            await until(lambda: first.feed.is_connected and second.feed.is_connected, seconds=30)
            await until(lambda: first.feed.relay.is_idle)
            first.commit(change(2))
            await until(lambda: hint(2) in second.ear.hints)
            # The first one it heard, or was told to ask the log for.
            assert hint(1) in second.ear.hints or second.ear.missed

    asyncio.run(run())


def test_what_is_committed_while_nats_is_away_waits_for_it_and_holds_nobody_up(broker: Nats):
    async def run() -> None:
        async with nodes(broker.url, fresh_database_id()) as [first, second]:
            first.commit(change(1))
            await until(lambda: second.ear.hints == [hint(1)])
            missed = second.ear.missed
            await asyncio.to_thread(broker.kill)
            await until(lambda: not first.feed.is_connected and not second.feed.is_connected)
            # More than a node holds: the rest is in the log.
            for version in range(2, 2502):
                first.commit(change(version))
            assert len(first.ear.hints) == 2501
            await asyncio.to_thread(broker.start)
            await until(lambda: first.feed.is_connected and second.feed.is_connected, seconds=30)
            await until(lambda: first.feed.relay.is_idle)
            first.commit(change(2502))
            await until(lambda: hint(2502) in second.ear.hints)
            assert second.ear.missed > missed
            assert first.feed.relay.catch_ups > 0

    asyncio.run(run())


def test_a_nats_that_stands_still_is_given_up_and_found_again(broker: Nats):
    async def run() -> None:
        async with nodes(broker.url, fresh_database_id()) as [first, second]:
            broker.freeze()
            first.commit(change(1))
            assert first.ear.hints == [hint(1)]
            # Nothing is refused and nothing answers: only silence tells.
            await until(lambda: not (first.feed.is_connected or second.feed.is_connected), seconds=30)
            broker.thaw()
            await until(lambda: first.feed.is_connected and second.feed.is_connected, seconds=30)
            await until(lambda: first.feed.relay.is_idle)

    asyncio.run(run())
