"""Small JSON bodies of commands: read within a limit and checked against a frozen model."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import Receive

from web.problems import Refused, invalid, refused

LIMIT_BYTES = 64 * 1024
NUL_ESCAPED = b"\\u0000"


class Body(BaseModel):
    """A command's body: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Wanted = TypeVar("Wanted", bound=BaseModel)


async def read_body(request: Request, model: type[Wanted], *, limit: int = LIMIT_BYTES) -> Wanted:
    """The body as the model.  Refuses with 413 over `limit` bytes, 415 or 400 for no JSON, 422 for another model."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise refused(
            415, "UNSUPPORTED_MEDIA_TYPE", "the body must be JSON", where="Content-Type", fix="send application/json"
        )
    body = await read_bytes(request, limit=limit)
    try:
        found = model.model_validate_json(body)
    except ValidationError as error:
        raise Refused(invalid(error.errors(include_url=False))) from None
    if NUL_ESCAPED in body and holds_nul(from_json(body)):
        raise _with_nul("a text")
    return found


async def refuse_nul(connection: HTTPConnection) -> None:
    """422 for an address with the character NUL: PostgreSQL is asked after no such text."""
    if connection.scope["type"] == "http" and (
        "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]
    ):
        raise _with_nul("the address")


def holds_nul(told: object) -> bool:
    """Whether any text in this JSON, or any name, has the character NUL."""
    if isinstance(told, dict):
        return any(map(holds_nul, told)) or any(map(holds_nul, told.values()))
    return any(map(holds_nul, told)) if isinstance(told, list) else isinstance(told, str) and "\0" in told


async def read_bytes(request: Request, *, limit: int) -> bytes:
    """The whole body; stops reading and refuses with 413 once it is longer than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    return await receive_bytes(request.receive, limit=limit)


async def receive_bytes(receive: Receive, *, limit: int) -> bytes:
    """The whole body as the server hands it on; refuses like `read_bytes`.  Raises ClientDisconnect."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body"):
            return b"".join(pieces)


def _with_nul(what: str) -> Exception:
    return refused(422, "VALUE_INVALID", f"{what} holds the character NUL, which no database keeps", fix="take it out")


def _too_large(limit: int) -> Exception:
    return refused(413, "BODY_TOO_LARGE", f"the body is over the limit of {limit} bytes", fix="send it in parts")
