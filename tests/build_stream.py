"""Two servers on one port of ours, one with our own websocket transport and one with the stock route, and a client that
speaks to them in bytes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from build_live import live_port
from port.actor import Actor
from port.errors import NothingThere
from port.sessions import Admission
from web import live
from web import live_frames as frames
from web.live import Live
from web.live_admitting import NotLetIn
from web.live_frames import Close, Cursor
from web.live_tail import Answers, Tail, Wish
from web.port import Port
from web.stream_protocol import stream_protocol

SECONDS = 10.0
Told = list[tuple[int, bytes]]
LAST = 999
OPENING = (
    b"GET /v1/stream HTTP/1.1\r\nHost: port.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@dataclass
class Memory:
    """What the keys hold, instead of a database: `heads` counts versions, a key `no:…` is not there."""

    heads: dict[str, int] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=lambda: {"pad": "x" * 300})
    epoch: str = "e"

    async def ask(self, wishes: dict[str, list[Wish]], _hints: object) -> dict[str, Answers]:
        return {key: {wish: self._answer(key, wish) for wish in wanted} for key, wanted in wishes.items()}

    def _answer(self, key: str, wish: Wish) -> Tail | NothingThere:
        if key.startswith("no:"):
            return NothingThere("there is no such thing", fix="name another")
        head = Cursor(self.epoch, self.heads.get(key, 0))
        if wish.cursor is None or wish.cursor.epoch != head.epoch or wish.cursor.version > head.version:
            return Tail(head, recovered=False, frames=(frames.snapshot(key, head, self.data),))
        missed = range(wish.cursor.version + 1, head.version + 1)
        return Tail(head, recovered=True, frames=tuple(self._event(key, version) for version in missed))

    def _event(self, key: str, version: int) -> frames.Frame:
        return frames.event(key, Cursor(self.epoch, version), event_id=None, type="DISC", data=self.data)


@dataclass
class Both:
    """The servers' ports, their streams, and the loop they run on."""

    own: int
    stock: int
    memory: Memory
    streams: dict[str, Live]
    loop: asyncio.AbstractEventLoop

    def commit(self, key: str, versions: int = 1) -> None:
        """The key has so many more versions, and both streams hear of it."""

        def bump() -> None:
            self.memory.heads[key] = self.memory.heads.get(key, 0) + versions
            for stream in self.streams.values():
                stream.wake([key])

        self.loop.call_soon_threadsafe(bump)

    def viewers(self, name: str) -> int:
        return self.streams[name].viewers


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def both(folder: Path, *, loop: str, certificate: Path | None = None) -> Iterator[Both]:
    """Both servers, on a loop of that kind in a thread of its own; with TLS where there is a certificate."""
    started: list[Both] = []
    is_up, is_over = threading.Event(), threading.Event()

    async def run() -> None:
        async with live_port(f"sqlite:///{folder / 'port.db'}") as opened:
            actor = await opened.actor("customs")
            memory = Memory()
            names = ("own", "stock")
            streams = {name: Live(opened.port, ask=memory.ask, redeem=_redeem(actor)) for name in names}
            servers = {name: _server(name, streams[name], opened.port, certificate) for name in names}
            running = [asyncio.create_task(server.serve()) for server in servers.values()]
            for stream in streams.values():
                await stream.start()
            while not all(server.started for server in servers.values()):  # noqa: ASYNC110  # uvicorn tells by this alone
                await asyncio.sleep(0.01)
            ports = {name: _port(server) for name, server in servers.items()}
            started.append(Both(ports["own"], ports["stock"], memory, streams, asyncio.get_running_loop()))
            is_up.set()
            await asyncio.to_thread(is_over.wait)
            for stream in streams.values():
                await stream.stop()
            for server in servers.values():
                server.should_exit = True
            await asyncio.gather(*running)

    def begin() -> None:
        factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(run())

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        assert is_up.wait(SECONDS)
        yield started[0]
    finally:
        is_over.set()
        thread.join(SECONDS)


def _redeem(actor: Actor) -> live.Redeem:
    async def redeem(ticket: str) -> Admission:
        if ticket == "fault":
            raise ZeroDivisionError
        if ticket != "good":
            raise NotLetIn(Close.RIGHTS_ENDED, "TICKET_USED")
        return Admission(actor)

    return redeem


def _server(name: str, stream: Live, port: Port, certificate: Path | None) -> _Server:
    app = FastAPI()
    app.include_router(live.router)
    app.state.live, app.state.port = stream, port
    websockets: Any = stream_protocol(lambda: stream) if name == "own" else "auto"
    return _Server(
        uvicorn.Config(app, port=0, http="httptools", ws=websockets, lifespan="off", log_level="critical",
                       ssl_certfile=certificate, ws_per_message_deflate=False, ws_max_size=65_536,
                       timeout_graceful_shutdown=5)
    )  # fmt: skip


def _port(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def masked(first: int, payload: bytes, mask: bytes = b"mask") -> bytes:
    """A frame as a client sends it; `first` is its first byte."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0xFE,)) + size.to_bytes(2, "big")
    return bytes((first,)) + length + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def said(**frame: Any) -> bytes:
    """A text frame with that in it."""
    return masked(0x81, json.dumps(frame).encode())


class RawClient:
    """A connection in bytes."""

    def __init__(
        self, port: int, opening: bytes = OPENING, *, receive_bytes: int | None = None, is_tls: bool = False
    ) -> None:
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(SECONDS)
        self.socket.connect(("127.0.0.1", port))
        if is_tls:
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            self.socket = trusting.wrap_socket(self.socket)
        self.socket.sendall(opening)
        self.held = b""
        self.head = self._read_head()

    def _read_head(self) -> bytes:
        while b"\r\n\r\n" not in self.held and self._more():
            pass
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        return head

    def _more(self) -> bool:
        try:
            came = self.socket.recv(65_536)
        except ConnectionResetError:
            came = b""
        self.held += came
        return bool(came)

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1])

    def body(self) -> bytes:
        """All that follows a refusal."""
        while self._more():
            pass
        return self.held

    def send(self, *pieces: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(b"".join(pieces))

    def frame(self) -> tuple[int, bytes] | None:
        """The next frame: its first byte and what it holds; None when the connection is at its end."""
        while len(self.held) < 2 or len(self.held) < (size := _size(self.held)):
            if not self._more():
                return None
        first, payload = self.held[0], self.held[_header(self.held) : size]
        self.held = self.held[size:]
        return first, payload

    def until(self, id: int) -> Told:
        """The frames up to the answer with that id, or to the end."""
        told: Told = []
        while (frame := self.frame()) is not None:
            told.append(frame)
            if frame[0] == 0x88:
                self.send(masked(0x88, frame[1]))
            elif frame[0] == 0x81 and json.loads(frame[1]).get("id") == id:
                break
        return told

    def rest(self) -> Told:
        """The frames up to the end; a close frame is answered, and the connection closed."""
        told: Told = []
        while (frame := self.frame()) is not None:
            told.append(frame)
            if frame[0] == 0x88:
                self.send(masked(0x88, frame[1]))
        self.close()
        return told

    def close(self) -> None:
        self.socket.close()


def _header(held: bytes) -> int:
    return {126: 4, 127: 10}.get(held[1] & 0x7F, 2)


def _size(held: bytes) -> int:
    header = _header(held)
    if len(held) < header:
        return len(held) + 1
    return header + (held[1] if header == 2 else int.from_bytes(held[2:header], "big"))


def conversation(
    port: int, sent: Sequence[bytes], last: bytes
) -> tuple[list[tuple[int, bytes]], list[tuple[int, bytes]]]:
    """What a server says to frames it may hear, in some order, and then to the last one, up to the end."""
    client = RawClient(port)
    try:
        client.send(*sent, said(id=LAST, subscribe={"key": "barrier:1"}))
        told = client.until(LAST)
        client.send(last)
        return told, client.rest()
    finally:
        client.close()
