"""web.live: nothing is missing or repeated: who comes back, two processes, and a commit while we read."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from build_live import KEY, Client, LivePort, cursor, live_port
from build_port import BOX, declaration, discharged, manifest, moved, notice
from port.actor import Actor
from port.sessions import Admission
from web import live_tail

pytestmark = pytest.mark.anyio


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


async def test_who_comes_back_gets_what_it_missed(port: LivePort):
    await port.customs(manifests=[manifest()])
    client = await port.client("customs")
    subscribed, _ = await client.subscribe(KEY)
    client.leave()
    await port.gate(discharged())
    await port.customs(declarations=[declaration()])
    back = await port.client("customs")
    [recovered] = await back.subscribe(KEY, since=cursor(subscribed))
    assert recovered["subscribed"] == {"key": KEY, **cursor(subscribed), "version": 3, "recovered": True}
    told = await back.hear(2)
    assert [event["event"]["version"] for event in told] == [2, 3]
    assert told[0]["event"]["data"]["facets"]["movement"] == "DISCHARGED"
    assert told[1]["event"]["data"] == await port.status(back.actor, BOX)


async def test_who_missed_nothing_is_told_nothing(port: LivePort):
    client = await port.client("customs")
    subscribed, _ = await client.subscribe(KEY)
    back = await port.client("customs")
    [recovered] = await back.subscribe(KEY, since=cursor(subscribed))
    assert recovered["subscribed"]["recovered"] is True
    assert await back.hears_nothing_more()


@pytest.mark.parametrize(
    "since",
    [{"epoch": "another", "version": 1}, {"version": 99}, {"version": 0, "epoch": "another"}],
    ids=["another epoch", "ahead of the head", "neither"],
)
async def test_a_cursor_of_another_history_gets_a_snapshot(port: LivePort, since: dict[str, Any]):
    await port.customs(manifests=[manifest()])
    client = await port.client("customs")
    subscribed, _ = await client.subscribe(KEY)
    back = await port.client("customs")
    told, snapshot = await back.subscribe(KEY, since=cursor(subscribed) | since)
    assert told["subscribed"] == {"key": KEY, **cursor(subscribed), "recovered": False}
    assert snapshot["snapshot"]["data"] == await port.status(back.actor, BOX)


async def test_who_missed_too_much_gets_a_snapshot(port: LivePort, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_tail, "MAX_TAIL", 2)
    await port.customs(manifests=[manifest()])
    subscribed, _ = await (await port.client("customs")).subscribe(KEY)
    await port.gate(discharged(minutes_ago=30))
    await port.gate(moved("DROP", minutes_ago=20))
    [near] = await (await port.client("customs")).subscribe(KEY, since=cursor(subscribed))
    await port.gate(moved("PICK", minutes_ago=10))
    [far, _] = await (await port.client("customs")).subscribe(KEY, since=cursor(subscribed))
    assert (near["subscribed"]["recovered"], far["subscribed"]["recovered"]) == (True, False)


async def test_cursors_hold_across_a_restart(sqlite_url: str):
    async with live_port(sqlite_url) as first:
        await first.customs(manifests=[manifest()])
        officer = await first.client("customs")
        subscribed, _ = await officer.subscribe(KEY)
        actor = officer.actor
        await first.live.stop()
        assert officer.ended == (4001, "GOING_AWAY")
        await first.gate(discharged())
    async with live_port(sqlite_url) as second:
        back = Client(second.live, actor, Admission(actor))
        [recovered] = await back.subscribe(KEY, since=cursor(subscribed))
        [event] = await back.hear()
    assert (recovered["subscribed"]["recovered"], event["event"]["version"]) == (True, 2)


async def test_what_another_process_commits_is_told_within_a_second(database_url: str):
    async with live_port(database_url) as here, live_port(database_url) as there:
        await there.customs(manifests=[manifest()])
        client = await here.client("customs", "WATCHER")
        subscribed, _ = await client.subscribe(KEY)
        await there.gate(discharged(minutes_ago=10))
        [event] = await asyncio.wait_for(client.hear(), 1.5)
        assert event["event"]["version"] == 2
        await there.customs(declarations=[declaration()])
        await here.customs(notices=[notice("RELEASED", minutes_ago=1)])
        told = await client.hear(2)
        assert [event["event"]["version"] for event in told] == [3, 4]
        elsewhere = Client(there.live, client.actor, Admission(client.actor))
        [recovered] = await elsewhere.subscribe(KEY, since=cursor(subscribed))
        assert recovered["subscribed"] == {"key": KEY, **cursor(subscribed), "version": 4, "recovered": True}
        assert [event["event"] for event in await elsewhere.hear(3)] == [
            event["event"],
            *(one["event"] for one in told),
        ]


async def test_a_commit_during_a_reading_is_told_by_the_next(port: LivePort):
    key, is_reading, may_go_on = "certificate:one", threading.Event(), threading.Event()
    may_go_on.set()

    def show(connection: Connection, _actor: Actor, _name: str) -> dict[str, Any]:
        connection.execute(text("SELECT 1 FROM key_change"))  # From here on it sees one commit.
        is_reading.set()
        may_go_on.wait(5)
        return {}

    async def step() -> None:
        await port.port.recorder.command(
            lambda work: work.announce(key, event_id="event", type="STEP", record=secrets.token_hex(4))
        )

    port.live.register("certificate", show=show, retell=lambda _actor, record: {"record": record})
    client = await port.client("customs")
    await client.subscribe(key)
    is_reading.clear()
    may_go_on.clear()
    await step()
    assert await asyncio.to_thread(is_reading.wait, 5)
    await step()
    await asyncio.sleep(0)
    may_go_on.set()
    assert [told["event"]["version"] for told in await client.hear(2)] == [1, 2]
