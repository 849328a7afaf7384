"""web.live: what ends a stream, with which code, and that no other stream ends with it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.websockets import WebSocket

from build_live import KEY, Client, LivePort, Wire, live_port
from build_port import NOW, discharged
from port.keys import revoke_key
from port.sessions import Admission, create_session, create_ticket, end_session
from port.tokens import sha256
from web import live
from web.sockets import converse

pytestmark = pytest.mark.anyio
_HOUR = timedelta(hours=1)


@pytest.fixture
async def port(sqlite_url: str) -> AsyncIterator[LivePort]:
    async with live_port(sqlite_url) as opened:
        yield opened


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
