"""What a viewer must be told to be up to date with a key: the tail after its cursor, or a snapshot.

It is read at one commit and made from the log alone, so it is the same after a reconnect, a restart or on another node;
and what two viewers may both see is encoded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from port import register
from port.actor import Actor
from port.errors import PortError
from port.register import KeyChange
from web import live_frames as frames
from web.live_frames import Cursor, Frame
from web.live_keys import LiveKeys, Retold, Sight

MAX_TAIL = 500
"""Versions told one by one; who missed more is told how things stand."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One way of standing before a key: who asks, and up to where it knows."""

    actor: Actor
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Tail:
    """What brings a viewer up to `cursor`: with `recovered` the versions after its own, else a snapshot.

    `is_nothing` when there is not, or no longer, anything under the key for this actor.
    """

    cursor: Cursor
    recovered: bool
    frames: tuple[Frame, ...]
    is_nothing: bool = False


Answers = dict[Wish, Tail | PortError]


def answer(connection: Connection, keys: LiveKeys, key: str, wishes: Sequence[Wish]) -> Answers:
    """The tail of each wish for a key, or why there is none; all at the commit the connection sees."""
    reading = _Reading(connection, key)
    answers: Answers = {}
    for wish in wishes:
        try:
            sight = keys.find(connection, wish.actor, key)
        except PortError as error:
            answers[wish] = error
        else:
            answers[wish] = reading.tail(sight, wish.cursor)
    return answers


class _Reading:
    """One key at one commit; equal sights with equal cursors are read and encoded once."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._key = key
        self._tails: dict[tuple[Sight, Cursor | None], Tail] = {}
        self._snapshots: dict[Sight, Frame] = {}
        self._told: dict[tuple[Sight, int], Retold] = {}

    def tail(self, sight: Sight, cursor: Cursor | None) -> Tail:
        found = self._tails.get((sight, cursor))
        if found is None:
            found = self._tails[sight, cursor] = self._read(sight, cursor)
        return found

    def _read(self, sight: Sight, cursor: Cursor | None) -> Tail:
        head = Cursor(epoch=sight.epoch, version=sight.version)
        missed = self._missed(sight, cursor)
        if missed is None:
            told = (self._snapshot(sight, head),)
            return Tail(head, recovered=False, frames=told, is_nothing=not sight.feed_key)
        return Tail(head, recovered=True, frames=missed)

    def _missed(self, sight: Sight, cursor: Cursor | None) -> tuple[Frame, ...] | None:
        """Frames of the versions after the cursor; None where they cannot all be told."""
        if cursor is None or cursor.epoch != sight.epoch or not 0 <= sight.version - cursor.version <= MAX_TAIL:
            return None
        if cursor.version == sight.version:
            return ()
        # One before, to know what the first of them changed.
        rows = register.changes_after(self._connection, sight.feed_key, cursor.version - 1, MAX_TAIL + 1)
        before = {row.version: row for row in rows}.get(cursor.version)
        missed = [row for row in rows if row.version > cursor.version]
        if [row.version for row in missed] != list(range(cursor.version + 1, sight.version + 1)):
            return None
        earlier = [before, *missed[:-1]]
        return tuple(self._event(sight, row, previous) for row, previous in zip(missed, earlier, strict=True))

    def _event(self, sight: Sight, row: KeyChange, previous: KeyChange | None) -> Frame:
        now = self._retell(sight, row)
        cursor = Cursor(epoch=sight.epoch, version=row.version)
        if previous is not None and now.shows_as(self._retell(sight, previous)):
            return frames.stub(self._key, cursor, at=row.at)
        return frames.event(self._key, cursor, event_id=now.event_id, type=now.type, data=now.data)

    def _retell(self, sight: Sight, row: KeyChange) -> Retold:
        found = self._told.get((sight, row.version))
        if found is None:
            found = self._told[sight, row.version] = sight.retell(row)
        return found

    def _snapshot(self, sight: Sight, cursor: Cursor) -> Frame:
        found = self._snapshots.get(sight)
        if found is None:
            found = self._snapshots[sight] = frames.snapshot(self._key, cursor, sight.show())
        return found
