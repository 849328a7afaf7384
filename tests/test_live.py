"""web.live: what a viewer is told of what it follows, by who it is, and nothing of another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from build_live import KEY, LivePort, cursor, live_port
from build_port import BILL, BOX, IMO, at, declaration, discharged, manifest, moved
from port.calls import find_by_aliases

pytestmark = pytest.mark.anyio


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


async def test_a_follower_gets_the_snapshot_and_then_every_version(port: LivePort):
    await port.customs(manifests=[manifest()], declarations=[declaration()])
    forwarder = await port.client("forwarder")
    subscribed, snapshot = await forwarder.subscribe(KEY)
    assert subscribed["id"] == 1
    assert subscribed["subscribed"] == {"key": KEY, **cursor(subscribed), "version": 1, "recovered": False}
    assert snapshot == {"snapshot": {"key": KEY, "version": 1, "data": await port.status(forwarder.actor, BOX)}}
    receipt = await port.gate(discharged())
    [event] = await forwarder.hear()
    assert event == {
        "event": {
            "key": KEY,
            "version": 2,
            "eventID": receipt.results[0].event_id,
            "type": "DISC",
            "data": await port.status(forwarder.actor, BOX),
        }
    }
    assert event["event"]["data"]["facets"]["movement"] == "DISCHARGED"
    assert await forwarder.hears_nothing_more()


async def test_absent_and_foreign_are_told_byte_alike(port: LivePort):
    absent = await port.client("forwarder", "STRANGER")
    await absent.subscribe(KEY)
    await port.customs(manifests=[manifest()])
    await port.gate(discharged())
    foreign = await port.client("forwarder", "STRANGER")
    [subscribed, snapshot] = await foreign.subscribe(KEY)
    assert (subscribed["subscribed"]["version"], snapshot["snapshot"]["data"]) == (0, {})
    assert [frame.body for frame in foreign.frames] == [frame.body for frame in absent.frames]
    assert await absent.hears_nothing_more()


async def test_what_becomes_visible_begins_a_new_epoch(port: LivePort):
    forwarder = await port.client("forwarder")
    nothing, _ = await forwarder.subscribe(KEY)
    await port.customs(manifests=[manifest()])
    subscribed, snapshot = await forwarder.hear(2)
    assert "id" not in subscribed
    assert subscribed["subscribed"]["recovered"] is False
    assert subscribed["subscribed"]["epoch"] != nothing["subscribed"]["epoch"]
    assert snapshot["snapshot"] == {"key": KEY, "version": 1, "data": await port.status(forwarder.actor, BOX)}


async def test_what_a_grant_hides_is_a_stub_of_version_and_time(port: LivePort):
    haulier = await port.client("haulier", "TRUCKS")
    await port.gate(discharged())
    await port.customs(
        manifests=[manifest()],
        carrierReleases=[
            {"transportDocumentReference": BILL, "status": "RELEASED", "releasedAt": at(9), "haulierCode": "TRUCKS"}
        ],
        declarations=[declaration()],
    )
    _, snapshot = await haulier.subscribe(KEY)
    await port.customs(declarations=[declaration(declarationNumber="371120261001234999", seqNo="S2", containers=[BOX])])
    [stub] = await haulier.hear()
    assert stub == {"event": {"key": KEY, "version": snapshot["snapshot"]["version"] + 1, "at": "2026-11-21T12:00:00Z"}}


async def test_equal_views_share_one_encoded_frame(port: LivePort):
    await port.customs(manifests=[manifest()])
    one, other = await port.client("customs"), await port.client("customs", "SECOND-OFFICE")
    await one.subscribe(KEY)
    await other.subscribe(KEY)
    await port.gate(discharged())
    await asyncio.gather(one.hear(), other.hear())
    assert one.frames[-1] is other.frames[-1]


async def test_a_cause_that_is_anothers_is_not_told(port: LivePort):
    await port.customs(manifests=[manifest()])
    await port.gate(discharged())
    strangers = manifest(
        transportDocumentReference="COSU999", forwarder={"code": "STRANGER", "name": "S"}, consignee=None
    )
    forwarder = await port.client("forwarder")
    await forwarder.subscribe(KEY)
    receipt = await port.customs(manifests=[strangers])
    [event] = await forwarder.hear()
    assert (event["event"]["eventID"], event["event"]["type"]) == (None, "UPDATED")
    assert receipt.results[0].event_id not in str(forwarder.frames)
    assert "COSU999" not in str([frame.body for frame in forwarder.frames])


async def test_another_grant_is_another_epoch(port: LivePort):
    await port.customs(manifests=[manifest()])
    forwarder = await port.client("forwarder")
    before, _ = await forwarder.subscribe(KEY)
    await port.customs(manifests=[manifest(transportDocumentReference="COSU777")])
    after, snapshot = await forwarder.hear(2)
    assert after["subscribed"]["epoch"] != before["subscribed"]["epoch"]
    assert [d["transportDocumentReference"] for d in snapshot["snapshot"]["data"]["documents"]] == [
        "COSU6123456780",
        "COSU777",
    ]


async def test_the_next_visit_of_a_box_is_another_epoch(port: LivePort):
    await port.gate(discharged(minutes_ago=600))
    terminal = await port.client("terminal", "TERMINAL", "XMHT")
    before, _ = await terminal.subscribe(KEY)
    await port.gate(moved("GTOT", minutes_ago=500))
    await terminal.hear()
    await port.gate(moved("GTIN", minutes_ago=5, movementType="EXPORT"))
    after, snapshot = await terminal.hear(2)
    assert after["subscribed"]["epoch"] != before["subscribed"]["epoch"]
    assert snapshot["snapshot"]["data"] == await port.status(terminal.actor, BOX)


async def test_who_is_no_longer_named_hears_no_more(port: LivePort):
    await port.customs(manifests=[manifest(issuedAt=at(60))])
    forwarder = await port.client("forwarder")
    await forwarder.subscribe(KEY)
    other = {"code": "STRANGER", "name": "Other"}
    await port.customs(manifests=[manifest(issuedAt=at(30), forwarder=other)])
    assert await forwarder.hear() == [{"unsubscribed": {"key": KEY, "reason": "RIGHTS_ENDED"}}]
    await port.gate(discharged())
    assert await forwarder.hears_nothing_more()


async def test_a_berth_lets_its_terminal_see_the_boxes_of_the_call(port: LivePort):
    await port.customs(manifests=[manifest()])
    terminal = await port.client("terminal", "SONGYU", "XMSY")
    await terminal.subscribe(KEY)
    await port.customs(
        vesselCalls=[
            {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMSY", "ata": at(90), "atb": at(60)}
        ]
    )
    _, snapshot = await terminal.hear(2)
    assert snapshot["snapshot"]["data"] == await port.status(terminal.actor, BOX)


async def test_a_vessel_fact_bumps_only_its_call(port: LivePort):
    call = {"vesselIMONumber": IMO, "importVoyage": "031W", "facilityCode": "XMHT", "eta": at(-60)}
    await port.customs(vesselCalls=[call], manifests=[manifest()])
    agent = await port.client("customs")
    await agent.subscribe(KEY)
    key = await _call_key(port)
    _, snapshot = await agent.subscribe(key)
    assert snapshot["snapshot"]["data"]["ata"] is None
    await port.customs(vesselCalls=[call | {"ata": at(5)}])
    [event] = await agent.hear()
    assert (event["event"]["key"], event["event"]["version"]) == (key, snapshot["snapshot"]["version"] + 1)
    assert event["event"]["data"]["ata"] == at(5)
    assert await agent.hears_nothing_more()


async def _call_key(port: LivePort) -> str:
    [call] = (await port.port.read(find_by_aliases, [f"{IMO}/031W"])).values()
    return f"vessel-call:{call.call_id}"


async def test_a_terminal_hears_its_instructions(port: LivePort):
    terminal = await port.client("terminal", "TERMINAL", "XMHT")
    _, empty = await terminal.subscribe("instructions:XMHT")
    assert empty["snapshot"] == {"key": "instructions:XMHT", "version": 0, "data": {"instructions": [], "next": None}}
    await port.customs(manifests=[manifest()], declarations=[declaration()])
    receipt = await port.gate(discharged())
    [event] = await terminal.hear()
    assert event["event"]["version"] == 1
    assert event["event"]["data"]["instructionID"] == receipt.results[0].instruction.instruction_id
    late = await port.client("terminal", "TERMINAL", "XMHT")
    _, snapshot = await late.subscribe("instructions:XMHT")
    assert snapshot["snapshot"]["data"]["instructions"] == [event["event"]["data"]]


@pytest.mark.parametrize("key", ["instructions:XMSY", "instructions:NOWHERE"])
async def test_another_terminals_list_is_told_like_no_list(port: LivePort, key: str):
    terminal = await port.client("terminal", "TERMINAL", "XMHT")
    await port.actor("terminal", "SONGYU", "XMSY")
    assert await terminal.subscribe(key) == [
        {
            "id": 1,
            "error": {
                "reason": "NOTHING_THERE",
                "message": "no instructions for you there",
                "fix": "name a facility that your key speaks for",
            },
        }
    ]


async def test_the_officers_key_is_for_officers(port: LivePort):
    [told] = await (await port.client("forwarder")).subscribe("officers")
    assert told["error"]["reason"] == "NOT_ALLOWED"
    officer = await port.client("customs")
    _, snapshot = await officer.subscribe("officers")
    assert snapshot["snapshot"]["data"] == {"waiting": 0, "alerts": []}
    await port.customs(manifests=[manifest()], declarations=[declaration()])
    [event] = await officer.hear()
    assert (event["event"]["type"], event["event"]["data"]["equipmentReference"]) == ("diversion_decided", BOX)
