"""What a line to the port does, by whatever transport: frames out, frames in, an end with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from web.client.conversation import Parting
from web.client.tellings import Wire

LOST = 1006
SILENCE_FACTOR = 1.4
"""A line silent for so many heartbeats is dead."""


class Transport(StrEnum):
    """How the stream is had."""

    AUTO = "AUTO"
    """by websocket, or as server-sent events where none can be opened"""
    WEBSOCKET = "WEBSOCKET"
    SSE = "SSE"


class Parted(Exception):
    """The line has ended."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.parting = Parting(code, reason, is_final=False)


class Line(Protocol):
    """One open line."""

    async def say(self, frames: Sequence[Wire]) -> None:
        """Send frames; to a line that has ended, nothing."""

    async def hear(self, *, patience: float) -> Wire:
        """The next frame.  Raises Parted, also when nothing was heard for `patience` seconds."""
