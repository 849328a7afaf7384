"""What the feed is held against: NATS and Mosquitto by websocket, websockets.broadcast(), the loop of FastAPI's docs.

    python -m bench.feed_peers broadcast PORT CONTROL      (and `tutorial`: for `started` below)

Each is set up as its authors would have it be fast.  The two in Python take what is published on a socket of their own,
"PUB topic length" and the payload, as NATS does.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench import servers
from bench.feed_client import SERVER_CORE, Plan, pinned
from bench.sections import Skipped

TOKEN = "bench"  # what NATS checks, as a ticket is checked here
EVERYTHING = "all"
_NATS = """
host: 127.0.0.1
port: {control}
max_connections: 20000
write_deadline: "30s"
authorization {{ token: {token} }}
websocket {{ listen: "127.0.0.1:{port}", no_tls: true }}
"""
_MOSQUITTO = """
per_listener_settings false
allow_anonymous true
listener {control} 127.0.0.1
listener {port} 127.0.0.1
protocol websockets
max_queued_messages 100000
max_inflight_messages 0
set_tcp_nodelay true
persistence false
log_type error
"""


@dataclass(frozen=True)
class Peer:
    """A running server to compare with."""

    name: str
    proto: str
    port: int
    control: int
    pid: int

    def plan(self, follows: Sequence[Sequence[str]], topics: Sequence[str]) -> Plan:
        """Connections that each follow these topics, and a publisher that takes the topics in turns."""
        if self.proto == "plain":
            conns = [f"/feed?topic={names[0]}" for names in follows]
        else:
            first = TOKEN if self.proto == "nats" else "-"
            conns = [" ".join([first, *names]) for names in follows]
        return Plan(self.proto, self.port, conns, topics, self.control, "mqtt" if self.proto == "mqtt" else "lines")


@contextmanager
def started(name: str) -> Iterator[Peer]:
    """A peer on the server's core: nats, mosquitto, broadcast, tutorial or bare."""
    proto = {"nats": "nats", "mosquitto": "mqtt"}.get(name, "plain")
    port, control = servers.free_port(), servers.free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = _command(name, folder, port=port, control=control)
        with subprocess.Popen([*pinned(SERVER_CORE), *command], stderr=subprocess.DEVNULL) as process:
            try:
                servers.wait_for(port)
                servers.wait_for(control)
                # The first answers of any of them cost more than the later ones.
                time.sleep(0.2)
                yield Peer(name, proto, port, control, process.pid)
            finally:
                process.kill()


def _command(name: str, folder: str, *, port: int, control: int) -> list[str]:
    if proto_of := {"nats": _NATS, "mosquitto": _MOSQUITTO}.get(name):
        path = Path(folder) / "configuration"
        path.write_text(proto_of.format(port=port, control=control, token=TOKEN), encoding="ascii")
        return [_found(f"{name}-server" if name == "nats" else name), "-c", str(path)]
    program = ["bench.feed_bare"] if name == "bare" else ["bench.feed_peers", name]
    return [sys.executable, "-m", *program, str(port), str(control)]


def _found(program: str) -> str:
    beside = f"{Path(sys.executable).parent}:/usr/sbin:/usr/bin"
    found = shutil.which(program) or shutil.which(program, path=beside)
    if found is None:
        raise Skipped(f"no {program} on this machine to compare with")
    return found


class Published(asyncio.Protocol):
    """The publisher's socket: `publish` hears each message, `flush` the end of what came at once."""

    def __init__(self, publish: Callable[[str, bytes], None], flush: Callable[[], None] = lambda: None) -> None:
        self._publish, self._flush = publish, flush
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        rest, at = self._rest + data, 0
        while (end := rest.find(b"\r\n", at)) >= 0:
            _, topic, length = rest[at:end].split(b" ")
            begin, until = end + 2, end + 2 + int(length)
            if len(rest) < until + 2:
                break
            self._publish(topic.decode(), rest[begin:until])
            at = until + 2
        self._rest = rest[at:]
        self._flush()


async def _broadcast(port: int, control: int) -> None:
    """`broadcast()` of the websockets library to the connections of a topic."""
    rooms: dict[str, set[ServerConnection]] = {}

    async def follow(connection: ServerConnection) -> None:
        assert connection.request is not None
        topic = connection.request.path.rpartition("=")[2]
        rooms.setdefault(topic, set()).add(connection)
        await connection.wait_closed()
        rooms[topic].discard(connection)

    def publish(topic: str, payload: bytes) -> None:
        broadcast(rooms.get(topic, ()), payload.decode())

    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Published(publish), "127.0.0.1", control)
    async with serve(follow, "127.0.0.1", port, compression=None, ping_interval=None):
        await asyncio.Event().wait()


async def _tutorial(port: int, control: int) -> None:
    """The connection manager of FastAPI's documentation, a list of connections for each topic."""
    rooms: dict[str, list[WebSocket]] = {}
    app = FastAPI()

    async def follow(websocket: WebSocket, topic: str) -> None:
        await websocket.accept()
        rooms.setdefault(topic, []).append(websocket)
        try:
            while True:
                await websocket.receive_text()
        except WebSocketDisconnect:
            rooms[topic].remove(websocket)

    app.add_api_websocket_route("/feed", follow)
    waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def tell() -> None:
        while True:
            topic, text = await waiting.get()
            for connection in tuple(rooms.get(topic, ())):
                await connection.send_text(text)

    def publish(topic: str, payload: bytes) -> None:
        waiting.put_nowait((topic, payload.decode()))

    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Published(publish), "127.0.0.1", control)
    telling = asyncio.create_task(tell())
    config = uvicorn.Config(app, port=port, log_level="error", ws_per_message_deflate=False, ws_ping_interval=None)
    await uvicorn.Server(config).serve()
    telling.cancel()


def main() -> None:
    """One of the two in Python, on uvloop."""
    name, port, control = sys.argv[1:]
    run = {"broadcast": _broadcast, "tutorial": _tutorial}[name]
    uvloop.run(run(int(port), int(control)))


if __name__ == "__main__":
    main()
