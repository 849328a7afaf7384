"""Real servers that come and go, people who follow them over lines that break, and terminals that never pause."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import secrets
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from build_followers import Place
from build_live import checked
from build_port import manifest, moved
from port.actor import Role
from port.database import open_database
from port.keys import KeyWanted, create_key, revoke_key
from senders import Told
from server import Server, serve
from stands import SALT

SECONDS = 30.0
_BROKEN = (OSError, EOFError, TimeoutError, WebSocketException, httpx.HTTPError)


@dataclass
class Node:
    """One server process that may be ended and begun again; `address` is None while it is away."""

    url: str
    arguments: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    server: Server | None = None
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str | None:
        return None if self.server is None else self.server.base_url

    def start(self) -> None:
        self.server = self._stack.enter_context(serve(self.url, *self.arguments, salt=SALT, **self.settings))

    def end(self, how: signal.Signals) -> None:
        """By that signal; returns when it has gone."""
        assert self.server is not None
        ending, self.server = self.server, None
        os.kill(ending.pid, how)
        ending.kept.keeper.wait(20)
        self._stack.close()

    def close(self) -> None:
        self.server = None
        self._stack.close()


@dataclass(frozen=True)
class Who:
    """A role a follower speaks in, and the key it has at present."""

    role: Role
    party: str
    facilities: tuple[str, ...] = ()


def new_key(url: str, who: Who, *, instead_of: str = "") -> str:
    """A fresh key; the one it replaces ends in the same transaction."""
    wanted = KeyWanted(party=who.party, name=who.party.title(), role=who.role, facilities=who.facilities)
    now = datetime.now(UTC)
    with closing(open_database(url)) as database, database.write() as connection:
        if instead_of:
            revoke_key(connection, instead_of.split("_")[1], now=now)
        return create_key(connection, wanted, now=now, draw=secrets.token_bytes).key


@dataclass
class Follower:
    """Somebody who follows keys for as long as it is wanted, over one connection after another.

    `loses_every` makes a liar of it: it never looks at one event in so many.
    """

    who: Who
    key: str
    keys: tuple[str, ...]
    addresses: Callable[[], list[str]]
    chance: random.Random
    is_slow: bool = False
    loses_every: int = 0
    places: dict[str, Place] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    revoked_at: float = 0.0
    longest_after_revocation: float = 0.0
    is_over: bool = False
    _line: Any = None

    def __post_init__(self) -> None:
        self.places = {key: Place(key) for key in self.keys}

    async def run(self) -> None:
        while not self.is_over:
            if known := self.addresses():
                with contextlib.suppress(*_BROKEN):
                    await self.converse(self.chance.choice(known))
            for place in self.places.values():
                place.is_followed = False
            await asyncio.sleep(self.chance.uniform(0.01, 0.2))

    async def converse(self, address: str) -> None:
        """One connection, from its ticket to its end."""
        async with httpx.AsyncClient(base_url=address, timeout=10, trust_env=False) as http:
            answer = await http.post("/v1/stream-tickets", headers={"Authorization": f"Bearer {self.key}"})
        answer.raise_for_status()
        line = await self._connect(address)
        async with line:
            self._line = line
            await line.send(json.dumps({"id": 0, "connect": {"ticket": answer.json()["ticket"]}}))
            for number, place in enumerate(self.places.values(), 1):
                await line.send(json.dumps({"id": number, "subscribe": {"key": place.key, **_since(place)}}))
            pause = self.chance.randint(20, 60) if self.is_slow else 0
            while not self.is_over:
                self.hear(str(await asyncio.wait_for(line.recv(), SECONDS)))
                pause -= 1
                if pause == 0:
                    self.counted["stopped reading"] += 1
                    await asyncio.sleep(self.chance.uniform(3, 6))

    async def _connect(self, address: str) -> ClientConnection:
        parts = urlsplit(address)
        own = socket.socket()
        own.setblocking(False)
        if self.is_slow:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(own, (parts.hostname, parts.port)), 5)
            url, most = f"ws://{parts.netloc}/v1/stream", 2 if self.is_slow else 64
            return await connect(url, sock=own, compression=None, ping_interval=None, close_timeout=1, max_queue=most)
        except _BROKEN:
            own.close()
            raise

    def break_line(self) -> None:
        """Reset, in the middle of whatever is on its way."""
        if self._line is not None:
            self._line.transport.abort()

    def hear(self, text: str) -> None:
        """Take in one frame."""
        frame = checked(text)
        name = next(one for one in frame if one != "id")
        told = frame[name]
        self.counted[name] += 1
        if name == "disconnect":
            self.counted[f"ended {told['reason']}"] += 1
            if told["reason"] == "RIGHTS_ENDED" and self.revoked_at:
                self.longest_after_revocation = max(self.longest_after_revocation, time.monotonic() - self.revoked_at)
                self.revoked_at = 0.0
        elif name in ("error", "unsubscribed"):
            self.faults.append(f"{self.who.party}: {text}")
        elif name in ("subscribed", "snapshot", "event"):
            if name == "event" and self.loses_every and self.counted["event"] % self.loses_every == 0:
                return
            self._take(self.places[told["key"]], name, told)

    def _take(self, place: Place, name: str, told: dict[str, Any]) -> None:
        if name == "subscribed":
            place.is_followed = True
            # One connection, however many keys come back by it.
            self.counted["reconnects"] += place.version is not None and place.key == self.keys[0]
            self.counted["recovered"] += told["recovered"]
        try:
            place.hear(name, told)
        except AssertionError as hole:
            self.faults.append(f"{self.who.party} {place.key}: {hole}")
            place.version = told.get("version")
        place.past.clear()


class Listener(Follower):
    """The same by server-sent events: one key."""

    async def converse(self, address: str) -> None:
        [place] = self.places.values()
        headers = {"Authorization": f"Bearer {self.key}"}
        if place.version is not None:
            headers["Last-Event-ID"] = f"{place.epoch}:{place.version}"
        async with (
            httpx.AsyncClient(base_url=address, timeout=SECONDS, trust_env=False) as http,
            http.stream("GET", "/v1/stream/sse", params={"key": place.key}, headers=headers) as answer,
        ):
            answer.raise_for_status()
            self._line = answer
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self.hear(line.removeprefix("data: "))
                if self.is_over:
                    return

    def break_line(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def _since(place: Place) -> dict[str, Any]:
    return {} if place.version is None else {"since": {"epoch": place.epoch, "version": place.version}}


@contextlib.contextmanager
def following(followers: Sequence[Follower]) -> Iterator[asyncio.AbstractEventLoop]:
    """All of them at it, in a thread, until the block ends."""
    loop = asyncio.new_event_loop()

    async def all_of_them() -> None:
        await asyncio.gather(*(one.run() for one in followers))

    thread = threading.Thread(target=lambda: loop.run_until_complete(all_of_them()), name="followers", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        for one in followers:
            one.is_over = True
            loop.call_soon_threadsafe(one.break_line)
        thread.join(SECONDS + 5)
        assert not thread.is_alive(), "a follower does not end"
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def boxes_move(boxes: Sequence[str], *, a_second: float) -> Iterator[Told]:
    """Each box is discharged, then put down and picked up for as long as anybody listens; the latest is now."""
    begun = datetime.now(UTC) - timedelta(days=20)
    for number in itertools.count():
        time.sleep(1 / a_second)
        turn = number // len(boxes)
        code = "DISC" if turn == 0 else ("DROP", "PICK")[turn % 2]
        event = moved(code, box=boxes[number % len(boxes)], movementType="IMPORT", position=f"B{turn}")
        event["eventDateTime"] = (begun + timedelta(minutes=turn)).isoformat()
        yield Told(f"S{number}", json.dumps({"messageID": f"S{number}", "events": [event]}).encode())


def papers(boxes: Sequence[str], party: str) -> dict[str, Any]:
    """A bill of all boxes that names the party."""
    named = manifest(containers=list(boxes), forwarder={"code": party, "name": party}, consignee=None)
    return {"messageID": f"P-{party}", "manifests": [named | {"vesselIMONumber": None, "voyage": None}]}
