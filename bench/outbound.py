"""Sending to many endpoints while some do not answer: how long the others wait, and how much is sent at most.

The real sender and the real way out, on SQLite, to a server on this machine: what a delivery waits is the time from
its row being written to its arrival.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from adapters import webhooks
from adapters.outbound import Parcel
from port import outbox_queue
from port.database import Database, open_database
from port.outbox import Channel
from port.outbox_queue import Delivery, Wanted
from port.schema import migrate
from web.clock import wall_clock
from web.outbound_sending import Bringer, Sender

ENDPOINTS, PER_SECOND, SECONDS = 10, 40, 4.0
BURST = 400
_SECRET = b"bench" * 8
_BODY = b'{"type":"container.discharged","data":"' + b"x" * 1_500 + b'"}'
_REMARK = f"""{ENDPOINTS} endpoints get {PER_SECOND} deliveries a second together, signed, of 1.5 KB, each
over a connection of its own, without TLS. *Silent*: beside five more that take a connection and never answer;
*refused*: beside five that refuse it, and get as much. All of it, the receiver too, in one process, so the
absolute figures are those of a busy machine; what counts is that the lines are alike."""


@dataclass
class _World:
    arrived: dict[str, float] = field(default_factory=dict)
    put: dict[str, float] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    came: asyncio.Event = field(default_factory=asyncio.Event)


def measure(rounds: int) -> str:
    """Alone, beside silent endpoints, beside such as refuse, in turns; then a backlog at once."""
    arms = {"alone": (), "silent": ("silent",) * 5, "refused": ("refused",) * 5}
    waits: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, away in arms.items():
            waits[name].append(asyncio.run(_arm(away)))
    rate = statistics.median(asyncio.run(_burst()) for _ in range(rounds))
    lines = ["| | p50 ms | p99 ms | p99, of alone |", "|---|---|---|---|"]
    alone = statistics.median(p99 for _, p99 in waits["alone"])
    for name, found in waits.items():
        p50, p99 = (statistics.median(one[place] for one in found) for place in (0, 1))
        lines.append(f"| {name} | {p50:.1f} | {p99:.1f} | {p99 / alone:.2f} × |")
    return "\n".join(
        [*lines, "", f"A backlog over {ENDPOINTS} endpoints goes out at {rate:.0f} a second.", "", _REMARK]
    )


async def _arm(away: tuple[str, ...]) -> tuple[float, float]:
    """p50 and p99 of what the healthy endpoints waited, in milliseconds."""
    world = _World()
    async with _running(world) as (sender, database):
        stop = asyncio.Event()
        working = asyncio.create_task(_work(sender, stop))
        for number in range(int(PER_SECOND * SECONDS)):
            names = [f"ok-{number % ENDPOINTS}", *(f"{kind}-{place}" for place, kind in enumerate(away))]
            await asyncio.to_thread(_put, database, world, names, number)
            await asyncio.sleep(1 / PER_SECOND)
        await _until_all(world)
        stop.set()
        working.cancel()
    found = sorted((world.arrived[name] - at) * 1000 for name, at in world.put.items() if name in world.arrived)
    return statistics.median(found), found[int(len(found) * 0.99) - 1]


async def _burst() -> float:
    """Deliveries a second, of a backlog."""
    world = _World()
    async with _running(world) as (sender, database):
        for number in range(BURST // ENDPOINTS):
            _put(database, world, [f"ok-{place}" for place in range(ENDPOINTS)], number)
        began = time.perf_counter()
        working = asyncio.create_task(_work(sender, asyncio.Event()))
        await _until_all(world)
        taken = time.perf_counter() - began
        working.cancel()
    return BURST / taken


@asynccontextmanager
async def _running(world: _World) -> AsyncIterator[tuple[Sender, Database]]:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        [name] = [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("webhook-id")]
        await reader.readexactly(len(_BODY))
        world.arrived[name] = time.perf_counter()
        world.came.set()
        writer.write(b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await reader.read()

    ok = await asyncio.start_server(receive, "127.0.0.1", 0)
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    with _refusing() as refused, _database() as database, ThreadPoolExecutor(4) as executor:
        world.ports = {
            "ok": ok.sockets[0].getsockname()[1], "silent": silent.sockets[0].getsockname()[1], "refused": refused,
        }  # fmt: skip
        yield _sender(world, database, executor), database
        for server in (ok, silent):
            server.close()
        # What still waits for an answer that never comes.
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _sender(world: _World, database: Database, executor: ThreadPoolExecutor) -> Sender:
    def compose(_connection: Connection, delivery: Delivery, _now: datetime) -> Parcel:
        port = world.ports[delivery.target_id.partition("-")[0]]
        return Parcel(delivery.delivery_id, delivery.type, f"http://127.0.0.1:{port}/", _BODY, secrets=(_SECRET,))

    bringer = Bringer(compose, webhooks.Bringer(allows_private=True).bring)
    return Sender(
        database, {Channel.WEBHOOK: bringer}, "bench", clock=wall_clock, stopwatch=time.monotonic,
        chance=random.random, executor=executor,
    )  # fmt: skip


async def _work(sender: Sender, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await sender.begin_due()
        await asyncio.sleep(0.005)


async def _until_all(world: _World) -> None:
    while world.put.keys() - world.arrived.keys():
        world.came.clear()
        await world.came.wait()


def _put(database: Database, world: _World, names: list[str], number: int) -> None:
    wanted = [Wanted(Channel.WEBHOOK, name, f"visit:{number}", 1, "container.discharged") for name in names]
    with database.write() as connection:
        outbox_queue.enqueue(connection, wanted, now=wall_clock())
    at = time.perf_counter()
    world.put |= {one.delivery_id: at for one in wanted if one.target_id.startswith("ok")}


@contextmanager
def _refusing() -> Iterator[int]:
    """A port that is bound and not listened at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def _database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url)
        with closing(open_database(url, lock_seconds=10)) as database:
            yield database
