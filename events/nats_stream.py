"""NATS as the feeds use it: where it is, the one stream of a database, and what is written there."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable

import msgspec
import nats.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from events.feed import Hint

AWAY = (nats.errors.Error, OSError, TimeoutError)
"""What is raised when NATS does not answer, or not as it should."""
_log = logging.getLogger("digital_port.feed")
_STREAM_SECONDS, _STREAM_BYTES, _SAME_SECONDS = 600, 64 * 1024 * 1024, 120
_CONNECT_SECONDS, _PING_SECONDS = 2, 5
_HINT = msgspec.json.Decoder(Hint)


class Broker(Struct, frozen=True):
    """Where NATS is: one or more `nats://` or `tls://` addresses, a name and password in them where it wants them."""

    servers: tuple[str, ...] = msgspec.field(default=())
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Broker({len(self.servers)} servers)"


def subject_of(database_id: str) -> str:
    """Where the nodes of that database tell each other."""
    return f"digital-port.{database_id}.change"


def stream_of(database_id: str) -> str:
    """The stream that keeps it for a while."""
    return f"digital-port-{database_id}"


def read_hint(body: bytes) -> Hint:
    """What was told.  Raises msgspec.DecodeError."""
    return _HINT.decode(body)


async def connect(client: Client, broker: Broker, end: Callable[..., Awaitable[None]]) -> None:
    """Connect it once; `end` is called when it goes wrong, later too."""
    await client.connect(
        list(broker.servers),
        name="digital-port",
        tls=broker.tls,
        allow_reconnect=False,
        # Each server twice and at once, then it is said that there is none: pauses are the caller's.
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
        connect_timeout=_CONNECT_SECONDS,
        ping_interval=_PING_SECONDS,
        error_cb=end,
        disconnected_cb=end,
        closed_cb=end,
    )


async def make_stream(context: JetStreamContext, database_id: str) -> None:
    """The stream as we want it, whether it is there or not; in memory, as nothing in it is worth a disk."""
    wanted = StreamConfig(
        name=stream_of(database_id),
        description="digital-port: which keys of the feed have a new version",
        subjects=[subject_of(database_id)],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.MEMORY,
        discard=DiscardPolicy.OLD,
        max_age=_STREAM_SECONDS,
        max_bytes=_STREAM_BYTES,
        duplicate_window=_SAME_SECONDS,
    )
    try:
        await context.add_stream(wanted)
    except BadRequestError:
        # It is there, and looks otherwise: another version of this program made it.
        try:
            await context.update_stream(wanted)
        except BadRequestError:
            _log.warning("the stream %s cannot be changed and is used as it is", stream_of(database_id))
