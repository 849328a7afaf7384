"""What a client may say on the live stream, and reading it."""

from __future__ import annotations

from typing import Annotated

import orjson
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError, model_validator

from web.live_frames import Cursor

COMMANDS = ("connect", "subscribe", "unsubscribe", "pong")
_LARGEST = 2**53
_KEY_LENGTH = 100
_EPOCH_LENGTH = 64


class Subscribe(Struct, frozen=True):
    """Follow a key, from the snapshot on or `since` a cursor."""

    key: str
    since: Cursor | None = None


class Command(Struct, frozen=True):
    """One frame of a client: one of the three, or none for a pong; the answer repeats its `id`.

    `connect` is a ticket, `unsubscribe` a key.
    """

    id: int | None = None
    connect: str | None = None
    subscribe: Subscribe | None = None
    unsubscribe: str | None = None


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
    return _plain(said) or _checked(said)


def _plain(said: dict[str, object]) -> Command | None:
    """A plain `subscribe`, thousands of which come at once after a restart; what is not plain, `_checked` reads.

    Checking it by hand takes a tenth of the time, and must let nothing pass that the models refuse.
    """
    id, wanted = said.get("id"), said.get("subscribe")
    if len(said) != 2 or type(id) is not int or not 0 <= id <= _LARGEST or type(wanted) is not dict:
        return None
    key, since = wanted.get("key"), wanted.get("since")
    if type(key) is not str or not 1 <= len(key) <= _KEY_LENGTH or len(wanted) != (1 if since is None else 2):
        return None
    if since is None:
        return Command(id, subscribe=Subscribe(key))
    cursor = _plain_cursor(since)
    return None if cursor is None else Command(id, subscribe=Subscribe(key, cursor))


def _plain_cursor(since: object) -> Cursor | None:
    if type(since) is not dict or len(since) != 2:
        return None
    epoch, version = since.get("epoch"), since.get("version")
    if type(epoch) is not str or len(epoch) > _EPOCH_LENGTH or type(version) is not int or not 0 <= version <= _LARGEST:
        return None
    return Cursor(epoch, version)


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Connect(_Said):
    ticket: Annotated[StrictStr, Field(min_length=1, max_length=200)]


class _Cursor(_Said):
    epoch: Annotated[StrictStr, Field(max_length=_EPOCH_LENGTH)]
    version: Annotated[StrictInt, Field(ge=0, le=_LARGEST)]


class _Subscribe(_Said):
    key: Annotated[StrictStr, Field(min_length=1, max_length=_KEY_LENGTH)]
    since: _Cursor | None = None


class _Unsubscribe(_Said):
    key: Annotated[StrictStr, Field(min_length=1, max_length=_KEY_LENGTH)]


class _Command(_Said):
    """What a `pong` holds is the client's affair."""

    id: Annotated[StrictInt, Field(ge=0, le=_LARGEST)] | None = None
    connect: _Connect | None = None
    subscribe: _Subscribe | None = None
    unsubscribe: _Unsubscribe | None = None
    pong: dict[str, object] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> _Command:
        if len(self.model_fields_set - {"id"}) != 1:
            raise ValueError(f"say exactly one of {', '.join(COMMANDS)}")
        if not self.model_fields_set & {"pong"} and not (self.connect or self.subscribe or self.unsubscribe):
            raise ValueError("null says nothing")
        return self


def _checked(said: dict[str, object]) -> Command:
    try:
        command = _Command.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        told = fault["msg"].removeprefix("Value error, ")
        known_by = said.get("id")
        id = known_by if type(known_by) is int and 0 <= known_by <= _LARGEST else None
        raise BadFrame("FRAME_INVALID", told, where=where, id=id) from None
    return Command(
        command.id,
        connect=None if command.connect is None else command.connect.ticket,
        subscribe=None if command.subscribe is None else _subscribe(command.subscribe),
        unsubscribe=None if command.unsubscribe is None else command.unsubscribe.key,
    )


def _subscribe(said: _Subscribe) -> Subscribe:
    return Subscribe(said.key, None if said.since is None else Cursor(said.since.epoch, said.since.version))
