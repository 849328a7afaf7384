"""web.client against a port that closes as it is told to: which codes come back, how soon, with which cursors."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from web.client import Event, Following, PortClient, Refused, Snapshot, StreamEnded, Stub, World

KEY = "container:CSQU3054383"
SECONDS = 10


@dataclass
class ClosingPort:
    """Tells one key: each line gets the versions it lacks and one more, and is closed by the next of `closings`."""

    closings: deque[int]
    tickets: deque[Response] = field(default_factory=deque)
    version: int = 3
    asked: list[Any] = field(default_factory=list)
    drawn: int = 0
    slept: list[float] = field(default_factory=list)
    now: float = 0.0
    url: str = ""

    async def ticket(self, request: Request) -> Response:
        if self.tickets:
            return self.tickets.popleft()
        self.drawn += 1
        return JSONResponse({"ticket": f"t{self.drawn}", "expiresAt": "2026-11-21T12:01:00Z"})

    async def stream(self, line: WebSocket) -> None:
        await line.accept()
        try:
            await self._talk(line)
        except WebSocketDisconnect:
            return

    async def _talk(self, line: WebSocket) -> None:
        connect = json.loads(await line.receive_text())
        at = "2026-11-21T12:00:00Z"
        await line.send_json({"id": connect["id"], "connected": {"at": at, "heartbeatSeconds": 25, "maxKeys": 128}})
        wanted = json.loads(await line.receive_text())
        since = wanted["subscribe"].get("since")
        self.asked.append(since)
        told = {"key": KEY, "epoch": "e", "version": self.version, "recovered": since is not None}
        await line.send_json({"id": wanted["id"], "subscribed": told})
        if since is None:
            await line.send_json({"snapshot": {"key": KEY, "version": self.version, "data": {"n": self.version}}})
        self.version += 1
        for version in range((self.version if since is None else since["version"] + 1), self.version + 1):
            event = {"key": KEY, "version": version, "eventID": None, "type": "DROP", "data": {"n": version}}
            await line.send_json({"event": event})
        if self.closings:
            code = self.closings.popleft()
            await line.send_json({"disconnect": {"code": code, "reason": "WHY", "reconnect": code < 4500}})
            await line.close(code, "WHY")
        else:
            await line.receive_text()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def world(self) -> World:
        return World(clock=lambda: self.now, sleep=self.sleep, chance=lambda: 1.0)


@asynccontextmanager
async def following(*closings: int, tickets: tuple[Response, ...] = ()) -> AsyncIterator[tuple[ClosingPort, Following]]:
    port = ClosingPort(deque(closings), deque(tickets))
    routes = [Route("/v1/stream-tickets", port.ticket, methods=["POST"]), WebSocketRoute("/v1/stream", port.stream)]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error", ws="websockets-sansio"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(server.serve([listening]))
        try:
            async with PortClient(url, "dp_k_s", trust_env=False, world=port.world()) as client:
                yield port, client.follow(KEY)
        finally:
            server.should_exit = True
            await serving


async def versions(told: Following, until: int) -> list[int]:
    """The versions as they were handed over, up to that one."""
    found: list[int] = []
    async with asyncio.timeout(SECONDS):
        async for telling in told:
            assert isinstance(telling, Snapshot | Event | Stub)
            found.append(telling.cursor.version)
            if found[-1] >= until:
                break
    return found


def test_each_line_goes_on_where_the_last_one_ended():
    async def scenario() -> None:
        async with following(4000, 4001, 4008, 4013, 4429, 4499) as (port, told):
            assert await versions(told, 10) == [3, 4, 5, 6, 7, 8, 9, 10]
            assert port.asked == [None, *({"epoch": "e", "version": version} for version in range(4, 10))]
            assert port.drawn == 7
            assert port.slept == [0.5, 1, 2, 4, 8, 16]

    asyncio.run(scenario())


@pytest.mark.parametrize("code", [4500, 4501, 4509, 4999])
def test_a_final_close_is_the_end(code: int):
    async def scenario() -> None:
        async with following(code) as (port, told):
            with pytest.raises(StreamEnded) as ended:
                await versions(told, 99)
            assert (ended.value.parting.code, port.drawn, port.slept) == (code, 1, [])
            assert told.cursors[KEY].version == 4

    asyncio.run(scenario())


def test_ended_rights_get_one_new_ticket_and_then_are_believed():
    async def scenario() -> None:
        async with following(4401, 4401) as (port, told):
            with pytest.raises(StreamEnded, match="4401"):
                await versions(told, 99)
            assert (port.drawn, len(port.slept)) == (2, 1)

    asyncio.run(scenario())


def test_no_ticket_for_a_key_that_ended():
    async def scenario() -> None:
        gone = JSONResponse({"reason": "KEY_REVOKED", "detail": "this key has ended."}, 401)
        async with following(4401, tickets=(JSONResponse({"ticket": "t"}), gone)) as (_, told):
            with pytest.raises(StreamEnded, match="KEY_REVOKED"):
                await versions(told, 99)

    asyncio.run(scenario())


def test_a_busy_port_is_asked_again_when_it_says():
    async def scenario() -> None:
        busy = [JSONResponse({}, status, headers={"Retry-After": "7"}) for status in (429, 503)]
        async with following(tickets=(*busy, Response(status_code=500))) as (port, told):
            assert await versions(told, 4) == [3, 4]
            assert port.slept == [7.5, 8, 2]

    asyncio.run(scenario())


def test_a_refused_ticket_is_said_at_once():
    async def scenario() -> None:
        no = JSONResponse({"reason": "WRONG_NODE", "detail": "not here.", "fix": "Ask the feed node."}, 404)
        async with following(tickets=(no,)) as (_, told):
            with pytest.raises(Refused, match="Ask the feed node"):
                await versions(told, 4)

    asyncio.run(scenario())
