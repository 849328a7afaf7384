"""The key `port`: the whole port for big screens, position by position, and nothing in it that is not theirs to see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from build_live import Client, LivePort, cursor, live_port
from build_port import BOX, declaration, discharged, manifest, moved, notice
from port import following, kept, overview
from port.instructing import override
from port.sessions import Admission
from senders import box
from web import live_tail

pytestmark = pytest.mark.anyio
OTHER = "TEMU1234565"


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


def lines(event: dict[str, Any]) -> list[tuple[str, str]]:
    return [(line["equipmentReference"], line["headline"]["code"]) for line in event["event"]["data"]["lines"]]


def versions(told: list[dict[str, Any]]) -> list[int]:
    return [one["event"]["version"] for one in told]


async def until(client: Client, version: int) -> list[dict[str, Any]]:
    """All that is heard up to that version."""
    await client.wait(lambda: any(one.get("event", {}).get("version") == version for one in client.heard))
    told, client.heard = client.heard, []
    return told


async def test_an_empty_port_has_no_lines(port: LivePort):
    _, snapshot = await (await port.client("customs")).subscribe("port")
    empty = {"boxes": 0, "headlines": [], "facilities": [], "lines": []}
    assert snapshot == {"snapshot": {"key": "port", "version": 0, "data": empty}}


async def test_every_position_is_told_and_has_a_line_where_a_box_changed(port: LivePort):
    screen = await port.client("customs")
    await screen.subscribe("port")
    receipt = await port.customs(manifests=[manifest()])
    [first] = await until(screen, 1)
    assert first["event"]["eventID"] == receipt.results[0].event_id
    assert (first["event"]["type"], lines(first)) == ("manifest", [(BOX, "EXPECTED")])
    receipt = await port.gate(discharged(), moved("GTIN", box=OTHER, movementType="EXPORT"))
    last = await port.port.read(overview.last_position)
    told = await until(screen, last)
    # What we decided and ordered takes positions too, and changes nothing that is not said already.
    assert versions(told) == list(range(2, last + 1))
    shown = [one["event"] for one in told if "data" in one["event"]]
    assert [one["type"] for one in shown] == ["DISC", "GTIN"]
    assert [lines({"event": one})[0][0] for one in shown] == [BOX, OTHER]
    status = await port.status(screen.actor, BOX)
    assert shown[0]["data"]["lines"] == [{name: status[name] for name in overview._SHOWN}]
    assert [one["eventID"] for one in shown] == [result.event_id for result in receipt.results]


async def test_who_comes_back_gets_each_position_it_missed_on_whichever_node(sqlite_url: str):
    async with live_port(sqlite_url) as first, live_port(sqlite_url) as second:
        await first.customs(manifests=[manifest()])
        screen = await first.client("customs")
        subscribed, _ = await screen.subscribe("port")
        await first.gate(discharged(minutes_ago=9))
        await first.gate(moved("DROP", minutes_ago=5))
        last = await first.port.read(overview.last_position)
        heard = await until(screen, last)
        back = Client(second.live, screen.actor, Admission(screen.actor))
        cursor = {name: subscribed["subscribed"][name] for name in ("epoch", "version")}
        [recovered] = await back.subscribe("port", since=cursor)
        assert (recovered["subscribed"]["recovered"], recovered["subscribed"]["version"]) == (True, last)
        assert await until(back, last) == heard


async def test_a_cursor_within_a_commit_goes_on_within_it(port: LivePort):
    screen = await port.client("customs")
    subscribed, _ = await screen.subscribe("port")
    await port.gate(discharged(minutes_ago=9), moved("GTIN", box=OTHER, minutes_ago=5, movementType="EXPORT"))
    last = await port.port.read(overview.last_position)
    [_, *later] = await until(screen, last)
    back = Client(port.live, screen.actor, Admission(screen.actor))
    await back.subscribe("port", since={"epoch": subscribed["subscribed"]["epoch"], "version": 1})
    assert await until(back, last) == later


async def test_the_snapshot_counts_boxes_by_headline_and_place(port: LivePort):
    await port.gate(discharged(minutes_ago=9), discharged(box=OTHER, minutes_ago=5, facilityCode="XMHT"))
    screen = await port.client("customs")
    _, snapshot = await screen.subscribe("port")
    data = snapshot["snapshot"]["data"]
    assert data["boxes"] == 2
    assert data["facilities"] == [{"facilityCode": "XMHT", "count": 2}]
    assert sum(one["count"] for one in data["headlines"]) == 2
    assert {line["equipmentReference"] for line in data["lines"]} == {BOX, OTHER}


async def test_the_authority_hears_of_movements_only(port: LivePort):
    screen = await port.client("authority")
    await screen.subscribe("port")
    await port.customs(manifests=[manifest()])
    await port.gate(discharged(minutes_ago=60))
    await port.customs(declarations=[declaration()], notices=[notice("HELD", minutes_ago=1)])
    await port.gate(moved("DROP", minutes_ago=0))
    told = await until(screen, (await port.port.read(overview.last_position)))
    shown = [one["event"] for one in told if "data" in one["event"]]
    assert [(one["type"], one["eventID"] is None) for one in shown] == [
        ("UPDATED", True),
        ("DISC", False),
        ("DROP", False),
    ]
    stubs = [one["event"] for one in told if "data" not in one["event"]]
    assert len(stubs) >= 2
    assert all(set(stub) == {"key", "version", "at"} for stub in stubs)


async def test_nothing_confidential_is_on_the_big_screen(port: LivePort):
    secret = {"code": "SECRETPARTY", "name": "Secret Party"}
    line = {"hsCode": "9403600000", "declaredValue": 987654.25, "currency": "USD"}
    customs, authority = await port.client("customs"), await port.client("authority")
    for screen in (customs, authority):
        await screen.subscribe("port")
    await port.customs(
        manifests=[manifest(forwarder=secret, consignee=secret, transportDocumentReference="SECRETBILL")],
        declarations=[
            declaration(transportDocumentReference="SECRETBILL", declarant=secret, consignee=None, lines=[line])
        ],
    )
    await port.gate(discharged(seals=["SECRETSEAL"], truckPlate="SECRET1"))
    last = await port.port.read(overview.last_position)
    for screen in (customs, authority):
        await until(screen, last)
        late = Client(port.live, screen.actor, Admission(screen.actor))
        await late.subscribe("port")
        everything = str([frame.body for frame in (*screen.frames, *late.frames)])
        assert BOX in everything
        for canary in ("SECRET", "987654", "9403600000", "371120261001234567"):
            assert canary not in everything
    with_route = str([frame.body for frame in authority.frames])
    assert 'place":null' in with_route


@pytest.mark.parametrize("role", ["terminal", "forwarder", "haulier", "carrier", "courier", "admin", "tally"])
async def test_the_big_screen_is_for_nobody_else(port: LivePort, role: str):
    [told] = await (await port.client(role)).subscribe("port")
    assert told["error"]["reason"] == "NOT_ALLOWED"


async def test_a_commit_that_changes_no_box_is_a_position_too(port: LivePort):
    await port.customs(manifests=[manifest()], declarations=[declaration()], notices=[notice("ACCEPTED")])
    screen = await port.client("customs")
    await screen.subscribe("port")
    [decided] = (await port.port.read(kept.list_decisions, state="current", before=None, limit=2)).rows
    before = await port.port.read(overview.last_position)
    decision_id, officer = decided.row.decision_id, screen.actor
    # Ahead of the point it is nobody's but the officers'.
    await port.port.recorder.command(
        lambda work: override(work, officer, decision_id, route="HOLD", place=None, reason="the seal looks odd")
    )
    last = await port.port.read(overview.last_position)
    assert {head.key for head in await port.port.read(following.heads_from, before + 1)} == {"officers"}
    told = await until(screen, last)
    assert [(one["event"]["version"], "data" in one["event"]) for one in told] == [(last, False)]


async def test_equal_roles_share_their_frames_and_other_roles_get_their_own(port: LivePort):
    one, other, authority = [await port.client(*who) for who in (("customs",), ("customs", "SECOND"), ("authority",))]
    for screen in (one, other, authority):
        await screen.subscribe("port")
    await port.gate(discharged())
    last = await port.port.read(overview.last_position)
    for screen in (one, other, authority):
        await until(screen, last)
    assert one.frames[-1] is other.frames[-1]
    assert one.frames[-1] is not authority.frames[-1]


async def test_many_events_that_were_missed_are_told_as_a_snapshot_of_bounded_size(port: LivePort):
    screen = await port.client("customs")
    subscribed, _ = await screen.subscribe("port")
    screen.leave()
    boxes = [discharged(box=box(number), minutes_ago=600 - number) for number in range(live_tail.MAX_TAIL + 10)]
    await port.gate(*boxes)
    again = Client(port.live, screen.actor, screen.admission)
    subscribed, snapshot = await again.subscribe("port", since=cursor(subscribed))
    last = await port.port.read(overview.last_position)
    assert (subscribed["subscribed"]["version"], subscribed["subscribed"]["recovered"]) == (last, False)
    data = snapshot["snapshot"]["data"]
    assert (data["boxes"], len(data["lines"])) == (overview.BOXES, overview.LINES)
