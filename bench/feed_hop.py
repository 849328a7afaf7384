"""The bare hop from one process to another: JetStream by nats-py with an ordered consumer, and PostgreSQL's NOTIFY.

    python -m bench.feed_hop jetstream URL                      (and `notify`: the far end, for `hop` below)
    python -m bench.feed_hop jetstream URL COUNT PER_SECOND     (both ends, for `beside` below)

The near end says when it sent, the far end when it heard, both of one clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

import nats
import psycopg
from nats.aio.msg import Msg
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import NotFoundError

_STREAM, _SUBJECT, _CHANNEL = "bench", "bench.change", "bench_change"
_PAYLOAD = 400
_DONE = b"done"
_LONGEST_SECONDS = 60


def hop(
    kind: str, url: str, *, count: int, per_second: float, ready: Callable[[], object] = lambda: None
) -> list[float]:
    """So many messages from this process to another, in milliseconds each; `ready` is called when that one listens."""
    command = [sys.executable, "-m", "bench.feed_hop", kind, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as far:
        assert far.stdout is not None
        far.stdout.readline()  # it listens
        ready()
        send: Callable[[str, int, float], Coroutine[None, None, None]]
        send = _publish if kind == "jetstream" else _notify
        asyncio.run(send(url, count, per_second))
        took: list[float] = json.loads(far.stdout.readline())
    assert len(took) == count, f"{kind}: {count - len(took)} of {count} never came"
    return took


@contextmanager
def beside(kind: str, url: str, *, count: int, per_second: float) -> Iterator[Callable[[], list[float]]]:
    """The hop between processes of its own, begun here, for when this one has other work.

    What is given waits for the last message and says what each took.
    """
    command = [sys.executable, "-m", "bench.feed_hop", kind, url, str(count), str(per_second)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as near:
        assert near.stdin is not None
        assert near.stdout is not None
        near.stdout.readline()  # the far end listens
        print(file=near.stdin, flush=True)

        def took() -> list[float]:
            told: list[float] = json.loads(near.communicate(timeout=_LONGEST_SECONDS)[0])
            return told

        try:
            yield took
        finally:
            near.kill()


async def _publish(url: str, count: int, per_second: float) -> None:
    client = await nats.connect(url)
    stream = client.jetstream()
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0, began + number / per_second - time.monotonic()))
        await stream.publish(_SUBJECT, _stamped())
    await stream.publish(_SUBJECT, _DONE)
    await client.close()


async def _notify(url: str, count: int, per_second: float) -> None:
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0, began + number / per_second - time.monotonic()))
        await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, _stamped().decode()))
    await connection.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, _DONE.decode()))
    await connection.close()


def _stamped() -> bytes:
    stamp = str(time.monotonic_ns()).encode()
    return stamp + b" " * (_PAYLOAD - len(stamp))


async def _hear_jetstream(url: str) -> list[float]:
    client = await nats.connect(url)
    manager = client.jsm()
    with suppress(NotFoundError):
        await manager.delete_stream(_STREAM)
    await manager.add_stream(StreamConfig(name=_STREAM, subjects=[_SUBJECT], storage=StorageType.MEMORY))
    is_over, took = asyncio.Event(), list[float]()

    async def hear(message: Msg) -> None:
        if message.data == _DONE:
            is_over.set()
        else:
            took.append((time.monotonic_ns() - int(message.data)) / 1e6)

    await client.jetstream().subscribe(_SUBJECT, ordered_consumer=True, cb=hear)
    print(flush=True)
    await asyncio.wait_for(is_over.wait(), _LONGEST_SECONDS)
    await client.close()
    return took


async def _hear_notify(url: str) -> list[float]:
    connection, took = await psycopg.AsyncConnection.connect(url, autocommit=True), list[float]()
    await connection.execute(f"LISTEN {_CHANNEL}")
    print(flush=True)
    async for told in connection.notifies(timeout=_LONGEST_SECONDS):
        if told.payload == _DONE.decode():
            break
        took.append((time.monotonic_ns() - int(told.payload)) / 1e6)
    await connection.close()
    return took


def _told_to() -> None:
    """Say that it can begin, and wait to be told to."""
    print(flush=True)
    sys.stdin.readline()


def main() -> None:
    """The far end, or both."""
    kind, url, *rates = sys.argv[1:]
    if rates:
        count, per_second = rates
        print(json.dumps(hop(kind, url, count=int(count), per_second=float(per_second), ready=_told_to)))
        return
    hear = {"jetstream": _hear_jetstream, "notify": _hear_notify}[kind]
    print(json.dumps(asyncio.run(hear(url))), flush=True)


if __name__ == "__main__":
    main()
