"""The frames a client of the live stream hears, and why a stream closes.

docs/asyncapi.yaml is this module and `live_commands` for readers; the tests check every recorded frame against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Protocol

import orjson
from msgspec import Struct

from port.errors import PortError
from web import wire
from web.problems import problem_of

MAX_KEYS = 128
HEARTBEAT_SECONDS = 25
_FINAL_FROM = 4500


class Close(IntEnum):
    """Why a stream ends.  Below 4500 the client comes back with its cursors; from 4500 on, that will not help."""

    FAULT = 4000
    GOING_AWAY = 4001
    CONNECT_TIMEOUT = 4002
    TOO_SLOW = 4008
    TRY_LATER = 4013
    RIGHTS_ENDED = 4401
    TOO_MANY_FRAMES = 4429
    BAD_FRAMES = 4500
    CONNECT_FIRST = 4501
    BINARY_FRAME = 4503
    FRAME_TOO_LARGE = 4509

    @property
    def may_reconnect(self) -> bool:
        """Whether to try again."""
        return self < _FINAL_FROM


class Cursor(Struct, frozen=True, gc=False):
    """Up to where a client has a key: the epoch and version it was last told."""

    epoch: str
    version: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.version}"


class Frame(Struct, frozen=True, gc=False):
    """One frame, encoded once and shared by all who may see the same.

    `name` is its one member beside `id`; `cursor` is where a reader may resume after it.
    """

    name: str
    body: bytes
    cursor: Cursor | None = None


class Rank(IntEnum):
    """Whose turn it is when much has to be written at once: a terminal's work list first, the big screens last."""

    FIRST = 0
    MIDDLE = 1
    LAST = 2


class Telling(tuple[Frame, ...]):
    """Frames that many peers are sent alike: a transport may encode them once for all, and go by their `rank`."""

    rank: Rank

    def __new__(cls, told: Iterable[Frame], rank: Rank = Rank.MIDDLE) -> Telling:
        made = super().__new__(cls, told)
        made.rank = rank
        return made


class Peer(Protocol):
    """The far end of one stream, by whatever transport.  Neither call waits."""

    def send(self, frames: Sequence[Frame], *, is_asked: bool) -> None:
        """Put frames in the way, in order; a `Telling` where others are sent the same.

        What was not asked for counts against what the peer may leave unread; over that it is ended as TOO_SLOW.
        """

    def end(self, close: Close, reason: str = "") -> None:
        """Tell why, and close; nothing is sent after it.  `reason` is the code's name unless given."""


def connected(id: int | None, *, at: datetime) -> Frame:
    """The ticket was good; `at` is the port's time."""
    told = {"at": wire.time(at), "heartbeatSeconds": HEARTBEAT_SECONDS, "maxKeys": MAX_KEYS}
    return _frame("connected", told, id=id)


def subscribed(id: int | None, *, key: str, cursor: Cursor, recovered: bool) -> Frame:
    """A key is followed: `recovered` means what was missed follows, else a snapshot does.  Without an id it tells of a
    new epoch."""
    told = {"key": key, "epoch": cursor.epoch, "version": cursor.version, "recovered": recovered}
    return _frame("subscribed", told, id=id)


def snapshot(key: str, cursor: Cursor, data: wire.Wire) -> Frame:
    """All there is to see under a key now."""
    return _frame("snapshot", {"key": key, "version": cursor.version, "data": data}, cursor=cursor)


def event(key: str, cursor: Cursor, *, event_id: str | None, type: str, data: wire.Wire) -> Frame:
    """What is to see under a key after one more version of it, and the fact that caused it."""
    told = {"key": key, "version": cursor.version, "eventID": event_id, "type": type, "data": data}
    # As `_frame` does; of this one there are many.
    return Frame("event", orjson.dumps({"event": told}, option=orjson.OPT_UTC_Z), cursor)


def stub(key: str, cursor: Cursor, *, at: datetime) -> Frame:
    """A version in which nothing changed that this viewer may see: only that it was, and when."""
    return _frame("event", {"key": key, "version": cursor.version, "at": wire.time(at)}, cursor=cursor)


def heartbeat(at: datetime, versions: dict[str, int]) -> Frame:
    """The stream lives; `versions` is the head of each key as told on this stream."""
    return _frame("heartbeat", {"at": wire.time(at), "versions": versions})


def unsubscribed(id: int | None, *, key: str, reason: str) -> Frame:
    """A key is followed no longer: ASKED, or RIGHTS_ENDED."""
    return _frame("unsubscribed", {"key": key, "reason": reason}, id=id)


def disconnect(close: Close, reason: str = "") -> Frame:
    """The last frame before the stream closes with the same code."""
    told = {"code": close.value, "reason": reason or close.name, "reconnect": close.may_reconnect}
    return _frame("disconnect", told)


def error(id: int | None, *, reason: str, message: str, where: str = "", fix: str = "") -> Frame:
    """A command was refused; the stream goes on."""
    told = {"reason": reason, "message": message, "where": where or None, "fix": fix or None}
    return _frame("error", {name: value for name, value in told.items() if value is not None}, id=id)


def refused(id: int | None, refusal: PortError) -> Frame:
    """A command was refused in the port's own words."""
    told = problem_of(refusal, 422)
    return error(id, reason=told.reason, message=told.detail, where=told.where, fix=told.fix)


def _frame(name: str, told: wire.Wire, *, id: int | None = None, cursor: Cursor | None = None) -> Frame:
    content: wire.Wire = {name: told} if id is None else {"id": id, name: told}
    body = orjson.dumps(content, option=orjson.OPT_UTC_Z)
    return Frame(name, body, cursor)
