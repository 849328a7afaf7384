"""The frames of the live stream as both sides write them: what a client may say, what it hears, why a stream closes.

docs/asyncapi.yaml is this module for readers; the tests check every recorded frame against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Protocol

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError, model_validator

from port.errors import PortError
from web import wire
from web.problems import problem_of

MAX_KEYS = 128
HEARTBEAT_SECONDS = 25
COMMANDS = ("connect", "subscribe", "unsubscribe", "pong")
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


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, encoded once and shared by all who may see the same.

    `name` is its one member beside `id`; `cursor` is "epoch:version" where a reader may resume after it, else "".
    """

    name: str
    body: bytes
    cursor: str = ""


class Peer(Protocol):
    """The far end of one stream, by whatever transport.  Neither call waits."""

    def send(self, frames: Sequence[Frame], *, is_asked: bool) -> None:
        """Put frames in the way, in order.

        What was not asked for counts against what the peer may leave unread; over that it is ended as TOO_SLOW.
        """

    def end(self, close: Close, reason: str = "") -> None:
        """Tell why, and close; nothing is sent after it.  `reason` is the code's name unless given."""


class Said(BaseModel):
    """A part of what a client says: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Connect(Said):
    """The first frame: the ticket that admits."""

    ticket: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class Cursor(Said):
    """Up to where a client has a key: the epoch and version it was last told."""

    epoch: Annotated[StrictStr, Field(max_length=64)]
    version: Annotated[StrictInt, Field(ge=0, le=2**53)]


class Subscribe(Said):
    """Follow a key, from the snapshot on or `since` a cursor."""

    key: Annotated[StrictStr, Field(min_length=1, max_length=100)]
    since: Cursor | None = None


class Unsubscribe(Said):
    """No longer follow a key."""

    key: Annotated[StrictStr, Field(min_length=1, max_length=100)]


class Command(Said):
    """One frame of a client: exactly one of the four, and an `id` that the answer repeats.

    What a `pong` holds is the client's affair.
    """

    id: Annotated[StrictInt, Field(ge=0, le=2**53)] | None = None
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: Unsubscribe | None = None
    pong: dict[str, object] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Command:
        if len(self.model_fields_set - {"id"}) != 1:
            raise ValueError(f"say exactly one of {', '.join(COMMANDS)}")
        if not self.model_fields_set & {"pong"} and not (self.connect or self.subscribe or self.unsubscribe):
            raise ValueError("null says nothing")
        return self


class BadFrame(Exception):
    """What a client said cannot be read; it is told so and may go on."""

    def __init__(self, reason: str, message: str, *, where: str = "", id: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.where = where
        self.id = id


def read(text: str) -> Command:
    """The command in a text frame.  Raises BadFrame, with the frame's id where it has one."""
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadFrame("NOT_JSON", f"not JSON: {error}") from None
    if not isinstance(said, dict):
        raise BadFrame("FRAME_INVALID", "a frame is one JSON object")
    try:
        return Command.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        told = fault["msg"].removeprefix("Value error, ")
        known_by = said.get("id")
        id = known_by if type(known_by) is int and 0 <= known_by <= 2**53 else None
        raise BadFrame("FRAME_INVALID", told, where=where, id=id) from None


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
    return _frame("event", told, cursor=cursor)


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
    return Frame(name, body, "" if cursor is None else f"{cursor.epoch}:{cursor.version}")
