"""What a viewer of the live stream may say, what it is answered, and the document that names all of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import yaml

from build_live import ASYNCAPI, KEY, LivePort, live_port
from build_port import discharged
from web.live_commands import COMMANDS
from web.live_frames import MAX_KEYS, Close

pytestmark = pytest.mark.anyio


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


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


async def test_a_heartbeat_tells_the_heads(port: LivePort):
    client = await port.client("customs")
    await client.subscribe("officers")
    client.viewer.heartbeat_due = 0
    assert await client.hear() == [{"heartbeat": {"at": "2026-11-21T12:00:00Z", "versions": {"officers": 0}}}]
    assert client.viewer.heartbeat_due > asyncio.get_running_loop().time() + 23


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
