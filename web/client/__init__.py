"""A client of the port for Python programs; it knows the port only from outside (docs/client.md)."""

from __future__ import annotations

from web.client.conversation import MAX_KEYS, Parting, TooManyKeys
from web.client.following import Following
from web.client.lines import Transport
from web.client.port_client import PortClient
from web.client.reach import World
from web.client.rest import NotReached, Refused
from web.client.returning import StreamEnded
from web.client.tellings import (
    Cursor,
    Ended,
    Event,
    Fault,
    Gap,
    Phase,
    Snapshot,
    Stub,
    Telling,
    cursors_from_json,
    cursors_to_json,
)

__all__ = [
    "MAX_KEYS", "Cursor", "Ended", "Event", "Fault", "Following", "Gap", "NotReached", "Parting", "Phase", "PortClient",
    "Refused", "Snapshot", "StreamEnded", "Stub", "Telling", "TooManyKeys", "Transport", "World", "cursors_from_json",
    "cursors_to_json",
]  # fmt: skip
