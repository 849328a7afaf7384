"""What lies before a viewer's part in a visit is not replayed to it, whatever cursor it brings."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from build_live import Client, LivePort, live_port
from build_port import BOX, at, discharged, manifest, moved
from port.sessions import Admission

pytestmark = pytest.mark.anyio
KEY = f"container:{BOX}"


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


def named(code: str, *, minutes_ago: float) -> dict[str, object]:
    return manifest(forwarder={"code": code, "name": f"{code} of Xiamen"}, consignee=None, issuedAt=at(minutes_ago))


async def test_a_forged_cursor_reads_nothing_of_the_time_before_one_was_named(port: LivePort):
    await port.customs(manifests=[named("HERON", minutes_ago=90)])
    await port.gate(discharged(minutes_ago=60))
    await port.customs(manifests=[named("EGRET", minutes_ago=30)])
    egret = await port.client("forwarder", "EGRET")
    subscribed, snapshot = await egret.subscribe(KEY)
    assert subscribed["subscribed"]["version"] == 3
    egret.leave()
    again = Client(port.live, egret.actor, Admission(egret.actor))
    since = {"epoch": subscribed["subscribed"]["epoch"], "version": 1}
    told = await again.subscribe(KEY, since=since)
    told += again.heard
    assert "HERON" not in str([frame.body for frame in again.frames])
    assert told[1]["snapshot"]["data"] == snapshot["snapshot"]["data"]


async def test_who_was_struck_off_and_named_again_is_told_how_things_stand_and_not_what_was_between(port: LivePort):
    await port.customs(manifests=[named("EGRET", minutes_ago=90)])
    egret = await port.client("forwarder", "EGRET")
    subscribed, _ = await egret.subscribe(KEY)
    egret.leave()
    await port.customs(manifests=[named("HERON", minutes_ago=60)])
    await port.gate(discharged(minutes_ago=50))
    await port.customs(manifests=[named("EGRET", minutes_ago=30)])
    again = Client(port.live, egret.actor, Admission(egret.actor))
    cursor = {name: subscribed["subscribed"][name] for name in ("epoch", "version")}
    told = await again.subscribe(KEY, since=cursor)
    assert "HERON" not in str([frame.body for frame in again.frames])
    assert told[0]["subscribed"] | cursor == subscribed["subscribed"] | {"recovered": False} | cursor
    assert told[1]["snapshot"]["data"] == await port.status(egret.actor, BOX)


async def test_a_terminal_reads_nothing_of_the_time_before_the_box_came_to_it(port: LivePort):
    await port.gate(discharged(minutes_ago=90, position="SECRET BAY"))
    await port.gate(moved("DROP", minutes_ago=80, position="SECRET STACK"))
    await port.gate(moved("DROP", minutes_ago=10, facilityCode="XMSY"), party="SONGYU", facility="XMSY")
    songyu = await port.client("terminal", "SONGYU", "XMSY")
    subscribed, _ = await songyu.subscribe(KEY)
    assert subscribed["subscribed"]["version"] == 3
    songyu.leave()
    again = Client(port.live, songyu.actor, Admission(songyu.actor))
    await again.subscribe(KEY, since={"epoch": subscribed["subscribed"]["epoch"], "version": 1})
    assert "SECRET" not in str([frame.body for frame in again.frames])
