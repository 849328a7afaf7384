"""What a viewer must be told to be up to date with a key: the tail after its cursor, or a snapshot.

It is read at one commit and made from the log alone, so it is the same after a reconnect, a restart or on another node;
and what two viewers may both see is encoded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct
from sqlalchemy import Connection

from port.actor import Actor
from port.errors import PortError
from port.register import KeyChange
from web import live_frames as frames
from web.live_frames import Cursor, Frame
from web.live_keys import LiveKeys, Retold, Sight

MAX_TAIL = 500
"""Versions told one by one; who missed more is told how things stand."""


class Wish(Struct, frozen=True, gc=False):
    """One way of standing before a key: who asks, and up to where it knows."""

    actor: Actor
    cursor: Cursor | None

    def __hash__(self) -> int:
        # An actor's own hash takes all of it together anew, and each key that is told is looked up by it.
        return hash((self.actor.key_id, self.cursor))


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


def answer_all(connection: Connection, keys: LiveKeys, wishes: dict[str, list[Wish]]) -> dict[str, Answers]:
    """As `answer`, for many keys."""
    return {key: answer(connection, keys, key, wanted) for key, wanted in wishes.items()}


class _Reading:
    """One key at one commit; equal sights with equal cursors are read and encoded once."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._key = key
        self._tails: dict[tuple[Sight, Cursor | None], Tail] = {}
        self._snapshots: dict[Sight, Frame] = {}
        self._told: dict[tuple[Sight, int], Retold] = {}
        self._rows: dict[tuple[str, int], list[KeyChange]] = {}

    def tail(self, sight: Sight, cursor: Cursor | None) -> Tail:
        since = cursor if cursor is not None and self._may_resume(sight, cursor) else None
        found = self._tails.get((sight, since))
        if found is None:
            found = self._tails[sight, since] = self._read(sight, since)
        return found

    def _may_resume(self, sight: Sight, cursor: Cursor) -> bool:
        """Whether all versions after the cursor can be told one by one: each is there, and was this viewer's to see."""
        if cursor.epoch != sight.epoch or not 0 <= sight.version - cursor.version <= MAX_TAIL:
            return False
        if cursor.version == sight.version:
            return True
        rows = self._rows_from(sight, cursor.version)
        missed = [row.version for row in rows if row.version > cursor.version]
        return missed == list(range(cursor.version + 1, sight.version + 1)) and all(map(sight.was_seen, rows))

    def _read(self, sight: Sight, since: Cursor | None) -> Tail:
        head = Cursor(sight.epoch, sight.version)
        if since is None:
            told = (self._snapshot(sight, head),)
            return Tail(head, recovered=False, frames=told, is_nothing=not sight.feed_key)
        rows = self._rows_from(sight, since.version) if since.version < sight.version else []
        before = next((row for row in rows if row.version == since.version), None)
        missed = [row for row in rows if row.version > since.version]
        events = (self._event(sight, row, earlier) for row, earlier in zip(missed, [before, *missed], strict=False))
        return Tail(head, recovered=True, frames=tuple(events))

    def _rows_from(self, sight: Sight, version: int) -> list[KeyChange]:
        """That version and all after it: the one before a change shows what it changed."""
        found = self._rows.get((sight.feed_key, version))
        if found is None:
            found = sight.rows(self._connection, sight.feed_key, version - 1, MAX_TAIL + 1)
            self._rows[sight.feed_key, version] = found
        return found

    def _event(self, sight: Sight, row: KeyChange, previous: KeyChange | None) -> Frame:
        now = self._retell(sight, row)
        cursor = Cursor(sight.epoch, row.version)
        if not now.data or (previous is not None and self._shows_nothing_new(sight, row, previous)):
            return frames.stub(self._key, cursor, at=row.at)
        return frames.event(self._key, cursor, event_id=now.event_id, type=now.type, data=now.data)

    def _shows_nothing_new(self, sight: Sight, row: KeyChange, previous: KeyChange) -> bool:
        if sight.surely_differ(row, previous):
            return False
        return self._retell(sight, row).shows_as(self._retell(sight, previous))

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
