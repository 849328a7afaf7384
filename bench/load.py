"""A load client for HTTP/1.1 on loopback: a fixed number of connections, one request in flight on each.

Raw asyncio protocols, since a full client library would be the bottleneck it measures.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Load:
    """What a round gave: requests per second, latency in milliseconds, answers that were not 200."""

    per_second: float
    p50_ms: float
    p99_ms: float
    failures: int


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last is whole."""

    def __init__(self, requests: list[bytes], latencies: list[float], done: asyncio.Future[None]) -> None:
        self.requests, self.latencies, self.done = requests, latencies, done
        self.buffer, self.failures = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        if not self.requests:
            if not self.done.done():
                self.done.set_result(None)
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(self.requests.pop())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.latencies.append(time.perf_counter() - self.sent_at)
        self.failures += not head.startswith(b"HTTP/1.1 200")
        self.buffer = body[length:]
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def request(path: str, body: bytes = b"", *, port: int, key: str = "") -> bytes:
    """A POST as it goes over the wire; without a body a GET."""
    head = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    head += [f"Authorization: Bearer {key}"] if key else []
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def run(port: int, requests: Sequence[bytes], *, clients: int) -> Load:
    """Send every request once over `clients` connections, from a process of its own."""
    return run_on([(port, requests)], clients=clients)


def run_on(shares: Sequence[tuple[int, Sequence[bytes]]], *, clients: int) -> Load:
    """Send each port its requests, all ports at once, over `clients` connections in all."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, ([(port, list(requests)) for port, requests in shares], clients))


def _run(shares: list[tuple[int, list[bytes]]], clients: int) -> Load:
    return asyncio.run(_drive(shares, clients))


async def _drive(shares: list[tuple[int, list[bytes]]], clients: int) -> Load:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    each = clients // len(shares)
    split = [(port, requests[n::each]) for port, requests in shares for n in range(each)]
    connections: list[_Connection] = []
    began = time.perf_counter()
    for port, share in split:
        done: asyncio.Future[None] = loop.create_future()
        _, made = await loop.create_connection(partial(_Connection, share, latencies, done), "127.0.0.1", port)
        connections.append(made)
    await asyncio.gather(*(connection.done for connection in connections))
    took = time.perf_counter() - began
    ordered = sorted(latencies) or [0.0]
    return Load(
        per_second=len(latencies) / took,
        p50_ms=1000 * ordered[len(ordered) // 2],
        p99_ms=1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        failures=sum(connection.failures for connection in connections),
    )
