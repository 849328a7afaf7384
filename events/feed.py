"""Telling: what a commit changed, handed to whoever listens on this node, and to the other nodes.

A feed knows opaque keys, never a party.  It is a hint: the truth is the log, and a listener that misses a change finds
it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import datetime
from typing import Protocol

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


class Hint(Struct, frozen=True):
    """What of a Change is told: no record, and no right to see one.  Whoever wants to know more asks the log."""

    key: str
    version: int
    position: int
    subject: str = ""


Listener = Callable[[tuple[Hint, ...]], None]
Missed = Callable[[], None]


class Feed(Protocol):
    """Where the Recorder tells what it committed, and where all that any node committed is heard."""

    def publish(self, changes: tuple[Change, ...]) -> None:
        """Tell what one commit changed; from any thread, and without waiting for another node."""

    def listen(self, listener: Listener, *, missed: Missed | None = None) -> Callable[[], None]:
        """Add a listener, which must only hand on what it hears; the returned function takes it away again.

        What this node commits it hears at once, in the order of commits, on the thread that publishes.  What others
        commit it may hear late, twice, out of order or never; `missed` is called where something may have been lost.
        """


class LocalFeed:
    """The feed of one process: every listener hears every commit, once and in order, and nothing is ever missed."""

    def __init__(self) -> None:
        self._listeners: list[tuple[Listener, Missed | None]] = []

    def publish(self, changes: tuple[Change, ...]) -> None:
        """Call every listener with all that one commit changed."""
        if changes:
            self.tell(hints_of(changes))

    def listen(self, listener: Listener, *, missed: Missed | None = None) -> Callable[[], None]:
        """Add a listener; the returned function takes it away again."""
        entry = (listener, missed)
        self._listeners.append(entry)
        return lambda: self._listeners.remove(entry)

    def tell(self, hints: tuple[Hint, ...]) -> None:
        """Let every listener hear these."""
        for listener, _ in tuple(self._listeners):
            listener(hints)

    def tell_of_a_gap(self) -> None:
        """Let every listener know that something may have been lost."""
        for _, missed in tuple(self._listeners):
            if missed is not None:
                missed()


def hints_of(changes: Iterable[Change]) -> tuple[Hint, ...]:
    """What may be told of them."""
    return tuple(Hint(one.key, one.version, one.position, one.subject) for one in changes)
