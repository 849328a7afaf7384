"""A port with its live stream on the test's own loop, clients that keep what they hear, and the frames' shapes."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from adapters import intake
from build_port import BOX, NOW, Hands
from migrated import make_tables
from port import projecting, views
from port.actor import Actor, Role
from port.draft import Receipt
from port.keys import KeyWanted, create_key, find_actor
from port.sessions import Admission
from port.views import Seen
from web.app import open_port
from web.live import Live
from web.live_frames import Close, Frame
from web.live_groups import Viewer
from web.port import Port
from web.settings import Settings

KEY = f"container:{BOX}"
SECONDS = 5.0
_numbers = count(1)
ASYNCAPI = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"


@dataclass
class Client:
    """One stream as its client hears it; every frame, either way, is held against docs/asyncapi.yaml."""

    live: Live
    actor: Actor
    admission: Admission
    frames: list[Frame] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    ended: tuple[int, str] | None = None
    viewer: Viewer | None = None
    next_id: int = 1

    def __post_init__(self) -> None:
        self._news = asyncio.Event()
        self.viewer = self.live.open(self.admission, self)

    def send(self, told: Sequence[Frame], *, is_asked: bool) -> None:
        if self.ended is None:
            self.frames += told
            self.heard += [checked(frame) for frame in told]
            self._news.set()

    def end(self, close: Close, reason: str = "") -> None:
        if self.ended is None:
            self.ended = (close.value, reason or close.name)
            self._news.set()

    async def say(self, **command: Any) -> int:
        """Send a command; its id."""
        assert self.viewer is not None
        id, self.next_id = self.next_id, self.next_id + 1
        text = json.dumps({"id": id, **command})
        checked(text)
        await self.live.receive(self.viewer, text)
        return id

    async def hear(self, count: int = 1) -> list[dict[str, Any]]:
        """The next frames, in order; fails the test if they do not come."""
        await self.wait(lambda: len(self.heard) >= count)
        told, self.heard = self.heard[:count], self.heard[count:]
        return told

    async def subscribe(self, key: str, since: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Subscribe; the `subscribed` frame and the snapshot, if one follows."""
        asked = {"key": key} if since is None else {"key": key, "since": since}
        await self.say(subscribe=asked)
        told = await self.hear()
        if "subscribed" in told[0] and not told[0]["subscribed"]["recovered"]:
            told += await self.hear()
        return told

    async def wait(self, until: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not until():
                self._news.clear()
                await self._news.wait()

    async def hears_nothing_more(self, seconds: float = 0.1) -> bool:
        await asyncio.sleep(seconds)
        return not self.heard

    def leave(self) -> None:
        """The connection is gone, without a word."""
        self.ended = self.ended or (1006, "")
        self.live.close(self.viewer)


@dataclass
class LivePort:
    """A port and its stream."""

    port: Port
    live: Live
    actors: dict[tuple[str, Role], Actor] = field(default_factory=dict)

    async def actor(self, role: str, party: str | None = None, *facilities: str) -> Actor:
        """Who speaks with a key of that role; made when first asked for."""
        code = party or role.upper()
        known = self.actors.get((code, Role(role)))
        if known is None:
            wanted = KeyWanted(party=code, name=code.title(), role=Role(role), facilities=facilities)
            created = await self.port.recorder.command(
                lambda work: create_key(work.connection, wanted, now=NOW, draw=secrets.token_bytes)
            )
            known = await self.port.read(find_actor, created.key)
            assert known is not None
            self.actors[code, Role(role)] = known
        return known

    async def client(self, role: str, party: str | None = None, *facilities: str) -> Client:
        actor = await self.actor(role, party, *facilities)
        return Client(self.live, actor, Admission(actor))

    async def gate(self, *events: dict[str, Any], party: str = "TERMINAL", facility: str = "XMHT") -> Receipt:
        actor = await self.actor("terminal", party, facility)
        return await self._push("gate", {"events": list(events)}, actor)

    async def customs(self, **arrays: Any) -> Receipt:
        return await self._push("customs", arrays, await self.actor("customs"))

    async def seen(self, actor: Actor, number: str) -> Seen | None:
        return await self.port.read(views.find_seen, actor, number)

    async def status(self, actor: Actor, number: str) -> dict[str, Any]:
        """As GET answers."""
        found = await self.seen(actor, number)
        return {} if found is None else json.loads(json.dumps(projecting.status(found)))

    async def _push(self, format: str, body: dict[str, Any], actor: Actor) -> Receipt:
        named = {"messageID": f"M-{next(_numbers)}", **body}
        draft = intake.receive(
            json.dumps(named).encode(),
            format=format,
            sender=await self.port.profile(actor),
            key_id=actor.key_id,
            received_at=self.port.clock(),
            content_type="application/json",
            named_identity=None,
        )
        receipt = await self.port.recorder.submit(draft)
        assert all(result.error is None for result in receipt.results), receipt
        return receipt


@asynccontextmanager
async def live_port(url: str, *, clock: Hands | None = None, **settings: Any) -> AsyncIterator[LivePort]:
    """The port on that database, as the server joins it; what is there already stays."""
    await asyncio.to_thread(make_tables, url)
    port = open_port(Settings(database_url=url, **settings), clock=clock or Hands())
    port.recorder.start()
    live = Live(port)
    await live.start()
    port.nodes.start()
    try:
        yield LivePort(port, live)
    finally:
        live._viewers.clear()
        await live.stop()
        await asyncio.to_thread(port.recorder.stop)
        await port.nodes.stop()
        port.database.close()


@dataclass
class Wire:
    """The ASGI side of one websocket: what the server said, and a send that may never return."""

    to_server: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    said: list[dict[str, Any]] = field(default_factory=list)
    may_send: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.to_server.put_nowait({"type": "websocket.connect"})
        self.may_send.set()

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] != "websocket.accept":
            await self.may_send.wait()
        self.said.append(message)
        if message["type"] == "websocket.close":
            self.to_server.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    def hear(self, **message: Any) -> None:
        self.to_server.put_nowait({"type": "websocket.receive", **message})

    def go(self) -> None:
        self.to_server.put_nowait({"type": "websocket.disconnect", "code": 1006})

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.said if message["type"] == "websocket.send"]

    @property
    def closed(self) -> int | None:
        return next((message["code"] for message in self.said if message["type"] == "websocket.close"), None)


@cache
def _validator(name: str) -> Draft7Validator:
    components = yaml.safe_load(ASYNCAPI.read_text(encoding="utf-8"))["components"]
    return Draft7Validator({"$ref": f"#/components/messages/{name}/payload", "components": components})


def checked(frame: Frame | bytes | str) -> dict[str, Any]:
    """The frame read, after it was held against its published shape."""
    told: dict[str, Any] = json.loads(frame.body if isinstance(frame, Frame) else frame)
    [name] = [member for member in told if member != "id"]
    faults = [f"{list(fault.absolute_path)}: {fault.message}" for fault in _validator(name).iter_errors(told)]
    assert not faults, (faults, told)
    return told


def cursor(subscribed: dict[str, Any]) -> dict[str, Any]:
    """Where a stream stands that was told so."""
    told = subscribed["subscribed"]
    return {"epoch": told["epoch"], "version": told["version"]}
