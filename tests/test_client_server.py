"""web.client against the real server: what is told stays exact through kills, cuts, stalls and revocations."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager
from typing import Any

import pytest

from build_following import KEY, Desk, Told, at_version
from build_middleman import between
from build_port import BOX
from server import Key, Server, serve
from web.client import (
    Ended,
    Phase,
    PortClient,
    Refused,
    Snapshot,
    StreamEnded,
    Transport,
    World,
    cursors_from_json,
    cursors_to_json,
)

OTHER = "container:MSKU6011672"
pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = f"sqlite:///{tmp_path_factory.mktemp('client') / 'port.db'}"
    with serve(url, salt="the tests draw alike") as server:
        yield server


@pytest.fixture(scope="module")
def desk(running: Server) -> Desk:
    return Desk(running)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


@asynccontextmanager
async def client(url: str, key: Key, **given: Any) -> AsyncIterator[PortClient]:
    world = World(chance=lambda: 0.1)
    async with PortClient(url, key.secret, trust_env=False, **({"world": world} | given)) as port:
        yield port


def test_a_box_is_followed_from_its_snapshot_on(running: Server, desk: Desk):
    async def scenario() -> None:
        async with client(running.base_url, desk.customs) as port:
            following, told = port.follow(KEY), Told()
            first = await told.until(following, lambda _: True)
            assert isinstance(first, Snapshot)
            assert first.data == await port.container(BOX)
            await asyncio.to_thread(desk.move, 3)
            await told.until(following, at_version(desk.versions))
            assert told.kinds() == ["Snapshot", "Event", "Event", "Event"]
            assert following.cursors == told.cursors

    run(scenario())


def test_keys_are_added_and_left_while_the_stream_is_open(running: Server, desk: Desk):
    async def scenario() -> None:
        async with client(running.base_url, desk.customs) as port, port.follow(KEY) as following:
            told = Told()
            await told.until(following, lambda _: True)
            await following.subscribe(OTHER, "officers", "instructions:NOWHERE/AT ALL")
            heard = [await told.until(following, lambda _: True) for _ in range(3)]
            assert {telling.key for telling in heard} == {OTHER, "officers", "instructions:NOWHERE/AT ALL"}
            assert set(following.keys) >= {KEY, OTHER, "officers"}
            await following.unsubscribe(*following.keys)
            with pytest.raises(StopAsyncIteration):
                await anext(following)
            assert following.cursors == {}

    run(scenario())


@pytest.mark.parametrize("transport", [Transport.WEBSOCKET, Transport.SSE])
def test_another_process_goes_on_where_this_one_was(running: Server, desk: Desk, transport: Transport):
    async def scenario() -> None:
        told = Told()
        async with client(running.base_url, desk.customs, transport=transport) as port:
            following = port.follow(KEY)
            await told.until(following, lambda _: True)
            kept = cursors_to_json(following.cursors)
        await asyncio.to_thread(desk.move, 2)
        async with client(running.base_url, desk.customs, transport=transport) as port:
            following = port.follow(KEY, since=cursors_from_json(kept))
            await told.until(following, at_version(desk.versions))
        assert told.kinds() == ["Snapshot", "Event", "Event"]

    run(scenario())


def test_a_line_that_is_cut_again_and_again_loses_and_repeats_nothing(running: Server, desk: Desk):
    async def scenario() -> None:
        async with between(running.base_url) as middleman, client(middleman.url, desk.customs) as port:
            following, told = port.follow(KEY), Told()
            await told.until(following, lambda _: True)
            for _ in range(8):
                pushing = asyncio.create_task(asyncio.to_thread(desk.move, 4))
                await asyncio.sleep(0.02)
                middleman.cut()
                await pushing
                await told.until(following, at_version(desk.versions))
            assert told.kinds() == ["Snapshot"] + ["Event"] * 32

    run(scenario())


def test_a_server_that_is_killed_and_comes_back_is_followed_on(sqlite_url: str):
    async def scenario() -> None:
        told, phases = Told(), list[Phase]()
        with ExitStack() as stack:
            server = stack.enter_context(serve(sqlite_url))
            desk = Desk(server)
            async with between(server.base_url) as middleman, client(middleman.url, desk.customs) as port:
                following = port.follow(KEY, on_phase=lambda phase, _: phases.append(phase))
                await told.until(following, lambda _: True)
                for stop in (signal.SIGKILL, signal.SIGTERM):
                    await asyncio.to_thread(desk.move, 3)
                    os.kill(desk.server.pid, stop)
                    await asyncio.sleep(0.3)
                    desk.server = await asyncio.to_thread(stack.enter_context, serve(sqlite_url))
                    middleman.target = desk.server.base_url
                    await asyncio.to_thread(desk.move, 2)
                    await told.until(following, at_version(desk.versions))
        assert told.kinds() == ["Snapshot"] + ["Event"] * 10
        assert phases[:3] == [Phase.CONNECTING, Phase.LIVE, Phase.WAITING]

    run(scenario())


def test_who_takes_nothing_holds_little_and_misses_nothing(running: Server, desk: Desk):
    async def scenario() -> None:
        async with client(running.base_url, desk.customs) as port:
            following, told = port.follow(KEY), Told()
            await told.until(following, lambda _: True)
            await asyncio.to_thread(desk.move, 150)
            await asyncio.sleep(0.5)
            assert following._queue.qsize() <= 64
            await told.until(following, at_version(desk.versions))
            assert told.kinds() == ["Snapshot"] + ["Event"] * 150

    run(scenario())


def test_a_wait_that_is_cancelled_loses_nothing(running: Server, desk: Desk):
    async def scenario() -> None:
        async with client(running.base_url, desk.customs) as port:
            following, told = port.follow(KEY), Told()
            await told.until(following, lambda _: True)
            for _ in range(5):
                pushing = asyncio.create_task(asyncio.to_thread(desk.move, 2))
                for _ in range(20):
                    with contextlib.suppress(TimeoutError):
                        told.take(await asyncio.wait_for(anext(following), 0.003))
                await pushing
            await asyncio.to_thread(desk.move, 1)
            await told.until(following, at_version(desk.versions))
            assert told.kinds() == ["Snapshot"] + ["Event"] * 11
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    run(scenario())


def test_a_line_that_falls_silent_is_given_up(running: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("web.client.following.SILENCE_FACTOR", 0.02)

    async def scenario() -> None:
        async with between(running.base_url) as middleman, client(middleman.url, desk.customs) as port:
            why: list[str] = []
            following, told = port.follow(KEY, on_phase=lambda _, reason: why.append(reason)), Told()
            await told.until(following, lambda _: True)
            middleman.stall()
            await asyncio.to_thread(desk.move, 1)
            asyncio.get_running_loop().call_later(0.7, middleman.flow)
            await told.until(following, at_version(desk.versions))
            assert "SILENT" in why
            assert told.kinds() == ["Snapshot", "Event"]

    run(scenario())


def test_where_no_websocket_can_be_had_events_come_by_http(running: Server, desk: Desk):
    async def scenario() -> None:
        async with between(running.base_url) as middleman, client(middleman.url, desk.customs) as port:
            middleman.has_no_websockets = True
            following, told = port.follow(KEY, OTHER, "instructions:NOWHERE"), Told()
            for _ in range(3):
                await told.until(following, lambda _: True)
            for _ in range(3):
                await asyncio.to_thread(desk.move, 1)
                await told.until(following, at_version(desk.versions))
                middleman.cut()
            assert told.kinds().count("Gap") == 0
            assert [telling.key for telling in told.tellings].count(KEY) == 4

    run(scenario())


@pytest.mark.parametrize("transport", [Transport.WEBSOCKET, Transport.SSE])
def test_a_revoked_key_is_told_the_end(running: Server, desk: Desk, transport: Transport):
    admin = running.create_key(party="ADMIN", role="admin")
    passing = running.create_key(party="CUSTOMS", role="customs")

    async def scenario() -> None:
        async with client(running.base_url, passing, transport=transport) as port:
            following, told = port.follow(KEY), Told()
            await told.until(following, lambda _: True)
            with running.client(admin) as by_admin:
                assert by_admin.delete(f"/v1/keys/{passing.key_id}").is_success
            with pytest.raises(StreamEnded, match="4401"):
                await told.until(following, lambda _: False)

    run(scenario())


def test_a_key_that_opens_nothing_is_said_at_once(running: Server):
    async def scenario() -> None:
        wrong = Key("x", "dp_aaaaaaaaaaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "X", "customs")
        async with client(running.base_url, wrong) as port:
            with pytest.raises(StreamEnded):
                await anext(port.follow(KEY))
            with pytest.raises(Refused) as refused:
                await port.container(BOX)
            assert refused.value.status == 401

    run(scenario())


@pytest.mark.parametrize("transport", [Transport.WEBSOCKET, Transport.SSE])
def test_a_key_that_is_not_for_you_ends_and_the_others_go_on(running: Server, desk: Desk, transport: Transport):
    async def scenario() -> None:
        async with client(running.base_url, desk.terminal, transport=transport) as port:
            following, told = port.follow("officers", "container:CSQU3054384", KEY), Told()
            heard = {type(one): one for one in [await told.until(following, lambda _: True) for _ in range(3)]}
            assert isinstance(heard[Snapshot], Snapshot)
            reasons = {one.key: one.reason for one in told.tellings if isinstance(one, Ended)}
            assert reasons == {"officers": "NOT_ALLOWED", "container:CSQU3054384": "BAD_CONTAINER_NUMBER"}
            assert following.keys == (KEY,)

    run(scenario())
