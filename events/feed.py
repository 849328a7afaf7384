"""Telling: what a commit changed, handed to whoever listens on this node.

A feed knows opaque keys, never a party.  It is a hint: the truth is the log, and a listener that misses a change finds
it there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime

from msgspec import Struct


class Change(Struct, frozen=True):
    """One key's next version, as one commit left it.

    `key` is opaque ("visit:…", "vessel-call:…", "instructions:XMHT", "officers"); `version` is contiguous per key;
    `position` is the log position of the commit's last event.  `event_id` and `type` name the fact that caused it.
    `record` is the full record as JSON text after the commit and `previous` the one before ("" when there was none);
    each viewer's projection is made from them at send time.  `subject` is what the key is about (a container number).
    """

    key: str
    version: int
    position: int
    at: datetime
    event_id: str
    type: str
    record: str = field(repr=False)
    previous: str = field(default="", repr=False)
    subject: str = ""


Listener = Callable[[tuple[Change, ...]], None]


class LocalFeed:
    """The feed of one process: every listener hears every commit, in order, on the thread that publishes."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def publish(self, changes: tuple[Change, ...]) -> None:
        """Call every listener with all that one commit changed; a listener must only hand it on."""
        for listener in tuple(self._listeners):
            listener(changes)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; the returned function takes it away again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
