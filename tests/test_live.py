"""web.live: what a viewer of the live stream is told, and that nothing of it is missing, repeated or another's."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, text
from starlette.websockets import WebSocket

from build_live import ASYNCAPI, Client, LivePort, Wire, live_port
from build_port import BILL, BOX, IMO, NOW, at, declaration, discharged, manifest, moved, notice
from port.actor import Actor
from port.calls import find_by_aliases
from port.keys import revoke_key
from port.sessions import Admission, create_session, create_ticket, end_session
from port.tokens import sha256
from web import live, live_tail
from web.live_commands import COMMANDS
from web.live_frames import MAX_KEYS, Close
from web.sockets import converse

pytestmark = pytest.mark.anyio
KEY = f"container:{BOX}"
_HOUR = timedelta(hours=1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


def cursor(subscribed: dict[str, Any]) -> dict[str, Any]:
    told = subscribed["subscribed"]
    return {"epoch": told["epoch"], "version": told["version"]}


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


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("{", "NOT_JSON"),
        ("NaN", "NOT_JSON"),
        ("[1]", "FRAME_INVALID"),
        ("{}", "FRAME_INVALID"),
        ('{"id":1}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":null}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":{"key":"officers","colour":"red"}}', "FRAME_INVALID"),
        ('{"id":1,"shout":{}}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":{"key":7}}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":{"key":"officers","since":{"epoch":"e","version":-1}}}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":{"key":"officers","since":{"epoch":"e","version":1e99}}}', "FRAME_INVALID"),
        ('{"id":1,"subscribe":{"key":"officers"},"pong":{}}', "FRAME_INVALID"),
        ('{"id":1,"connect":{"ticket":"again"}}', "ALREADY_CONNECTED"),
        ('{"id":1,"subscribe":{"key":"weather:XM"}}', "KEY_UNKNOWN"),
        ('{"id":1,"subscribe":{"key":"container:CSQU3054384"}}', "BAD_CONTAINER_NUMBER"),
        ('{"id":1,"subscribe":{"key":"container:csqu3054383"}}', "BAD_VALUE"),
        ('{"id":1,"subscribe":{"key":"vessel-call:c_none"}}', "NOTHING_REPORTED_TO_YOU"),
        ('{"id":1,"subscribe":{"key":"port:XM"}}', "KEY_UNKNOWN"),
        ('{"id":1,"subscribe":{"key":"port:"}}', "KEY_UNKNOWN"),
        ('{"id":1,"subscribe":{"key":"officers:"}}', "KEY_UNKNOWN"),
    ],
)
async def test_what_cannot_be_obeyed_is_refused_and_the_stream_goes_on(port: LivePort, frame: str, reason: str):
    client = await port.client("customs")
    await port.live.receive(client.viewer, frame)
    [told] = await client.hear()
    assert told["error"]["reason"] == reason
    assert client.ended is None
    assert "subscribed" in (await client.subscribe("officers"))[0]


async def test_an_error_repeats_the_id_of_its_frame(port: LivePort):
    client = await port.client("customs")
    await port.live.receive(client.viewer, '{"id":7,"subscribe":{"key":7}}')
    [told] = await client.hear()
    assert (told["id"], told["error"]["where"]) == (7, "subscribe.key")


async def test_twenty_unreadable_frames_end_the_stream(port: LivePort):
    client = await port.client("customs")
    for _ in range(20):
        await port.live.receive(client.viewer, "{")
    assert client.ended == (4500, "BAD_FRAMES")


async def test_a_stream_follows_at_most_128_keys_each_once(port: LivePort):
    client = await port.client("customs")
    for number in range(MAX_KEYS):
        await client.subscribe(f"instructions:F{number}")
    [told] = await client.subscribe("officers")
    [again] = await client.subscribe("instructions:F1")
    assert (told["error"]["reason"], again["error"]["reason"]) == ("TOO_MANY_KEYS", "ALREADY_SUBSCRIBED")
    await client.say(unsubscribe={"key": "instructions:F1"})
    assert (await client.hear())[0]["unsubscribed"] == {"key": "instructions:F1", "reason": "ASKED"}
    assert "subscribed" in (await client.subscribe("officers"))[0]


async def test_who_unsubscribed_hears_no_more(port: LivePort):
    client = await port.client("customs")
    await client.subscribe(KEY)
    await client.say(unsubscribe={"key": KEY})
    await client.hear()
    await port.gate(discharged())
    assert await client.hears_nothing_more()


async def test_pong_needs_no_answer(port: LivePort):
    client = await port.client("customs")
    await client.say(pong={})
    await client.say(pong={"at": "whenever"})
    assert await client.hears_nothing_more()


async def test_a_revoked_key_is_closed_within_five_seconds(port: LivePort):
    victim, witness = await port.client("customs", "GONE"), await port.client("customs")
    await port.port.recorder.command(lambda work: revoke_key(work.connection, victim.actor.key_id, now=NOW))
    await victim.wait(lambda: victim.ended is not None)
    assert (victim.ended, witness.ended) == ((4401, "RIGHTS_ENDED"), None)


async def test_a_stream_ends_with_the_session_it_was_opened_from(port: LivePort):
    actor = await port.actor("customs")
    clock = port.port.doorkeeper.clock
    session = await port.port.recorder.command(
        lambda work: create_session(
            work.connection, actor.key_id, now=clock(), lifetime=_HOUR, draw=secrets.token_bytes
        )
    )
    session_id = sha256(session.token)
    client = Client(port.live, actor, Admission(actor, session_id))
    await asyncio.sleep(2.5)
    assert client.ended is None
    await port.port.recorder.command(lambda work: end_session(work.connection, session_id))
    await client.wait(lambda: client.ended is not None)
    assert client.ended == (4401, "RIGHTS_ENDED")


async def test_an_expired_ticket_opens_nothing(port: LivePort):
    actor = await port.actor("customs")
    long_ago = port.port.doorkeeper.clock() - timedelta(seconds=61)
    issued = await port.port.recorder.command(
        lambda work: create_ticket(work.connection, actor.key_id, now=long_ago, draw=secrets.token_bytes)
    )
    wire = Wire()
    wire.hear(text=json.dumps({"connect": {"ticket": issued.token}}))
    await converse(WebSocket({"type": "websocket", "headers": []}, wire.to_server.get, wire.send), port.live.talk)
    assert wire.frames == [{"disconnect": {"code": 4401, "reason": "TICKET_EXPIRED", "reconnect": True}}]


async def test_who_does_not_connect_in_time_is_sent_away(port: LivePort, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "CONNECT_SECONDS", 0.05)
    wire = Wire()
    await converse(WebSocket({"type": "websocket", "headers": []}, wire.to_server.get, wire.send), port.live.talk)
    assert (wire.frames[0]["disconnect"]["reason"], wire.closed) == ("CONNECT_TIMEOUT", 4002)


async def test_a_heartbeat_tells_the_heads(port: LivePort):
    client = await port.client("customs")
    await client.subscribe("officers")
    client.viewer.heartbeat_due = 0
    assert await client.hear() == [{"heartbeat": {"at": "2026-11-21T12:00:00Z", "versions": {"officers": 0}}}]
    assert client.viewer.heartbeat_due > asyncio.get_running_loop().time() + 23


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


async def test_a_reading_that_fails_ends_its_streams_and_no_others(port: LivePort):
    def broken(*_given: Any) -> Any:
        raise ZeroDivisionError

    port.live.register("broken", show=broken, retell=broken)
    victim, witness = await port.client("customs"), await port.client("customs")
    await witness.subscribe(KEY)
    await victim.say(subscribe={"key": "broken:one"})
    await victim.wait(lambda: victim.ended is not None)
    assert victim.ended == (4000, "FAULT")
    victim.leave()
    await port.gate(discharged())
    await witness.hear()
    assert witness.ended is None


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


def test_the_document_names_every_code_reason_and_limit():
    told = yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8"))
    description = told["info"]["description"]
    assert told["components"]["messages"]["disconnect"]["payload"]["properties"]["disconnect"]["properties"][
        "code"
    ] == {"enum": [close.value for close in Close]}
    assert [close for close in Close if f"| {close.value} | {close.name}" not in description] == []
    reasons = told["components"]["messages"]["error"]["payload"]["properties"]["error"]["properties"]["reason"]["enum"]
    assert [reason for reason in reasons if reason not in description] == []
    assert [name for name in COMMANDS if name not in told["channels"]["stream"]["messages"]] == []
