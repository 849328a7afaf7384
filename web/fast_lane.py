"""The fast lane: a plain message from a key we know goes straight to its decoder, past the router and dependencies.

Most of what a single POST cost outside the Recorder was the way to its endpoint.  What is not plain (a session, a key
not seen before, a guest's message, a query, a body without a length or over the limit, an answer in EDIFACT) goes the
whole way to `messages.post` and is answered there: every rule has its place there, and none is only here.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.registry import FORMATS
from port.actor import Actor
from web.bodies import receive_bytes
from web.messages import EDIFACT, Pushed, decode, encode, status_of
from web.port import Port
from web.problems import Refused, response_to

_ADDRESS = "/v1/messages/"
_Headers = Mapping[bytes, bytes]


class FastLane:
    """ASGI middleware; `statuses` is the table from an error of `port` to its status."""

    def __init__(self, app: ASGIApp, *, statuses: Mapping[type[Exception], int]) -> None:
        self._app = app
        self._statuses = statuses
        self._told: tuple[type[Exception], ...] = (Refused, *statuses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a plain message, pass on everything else."""
        try:
            is_answered = _is_for_messages(scope) and await _take(scope, receive, send)
        except self._told as error:
            await response_to(error, self._statuses)(scope, receive, send)
        else:
            if not is_answered:
                await self._app(scope, receive, send)


def _is_for_messages(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "POST"
        and scope["path"].startswith(_ADDRESS)
        and _format_of(scope) in FORMATS
        and not scope["query_string"]
    )


def _format_of(scope: Scope) -> str:
    path: str = scope["path"]
    return path[len(_ADDRESS) :]


async def _take(scope: Scope, receive: Receive, send: Send) -> bool:
    """Whether it was a plain message; then it has been answered."""
    port: Port = scope["app"].state.port
    # Of two headers with one name the first counts, as on the whole way.
    headers = dict(reversed(scope["headers"]))
    format = _format_of(scope)
    actor = await _find_actor(port, headers)
    if actor is None or not _is_plain(format, actor, headers):
        return False
    body = await receive_bytes(receive, limit=FORMATS[format].max_body_bytes)
    pushed = Pushed(format, body, _find(headers, b"content-type"), _find(headers, b"idempotency-key"))
    receipt = await port.recorder.submit(await decode(port, actor, pushed))
    answer = await encode(receipt)
    told = [(b"content-length", b"%d" % len(answer)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status_of(receipt), "headers": told})
    await send({"type": "http.response.body", "body": answer})
    return True


async def _find_actor(port: Port, headers: _Headers) -> Actor | None:
    scheme, _, bearer = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    return await port.doorkeeper.find_known(bearer.strip().decode("latin-1"))


def _is_plain(format: str, actor: Actor, headers: _Headers) -> bool:
    declared = headers.get(b"content-length", b"")
    return (
        actor.role in FORMATS[format].senders
        and declared.isdigit()
        and int(declared) <= FORMATS[format].max_body_bytes
        and not (format == "edifact" and EDIFACT.encode() in headers.get(b"accept", b""))
    )


def _find(headers: _Headers, name: bytes) -> str | None:
    found = headers.get(name)
    return None if found is None else found.decode("latin-1")
