"""Logs: one JSON object a line on standard error, with the id of the request it belongs to."""

from __future__ import annotations

import json
import logging
import secrets
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
_REFUSED = "ASGI callable returned without completing handshake."
_request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonLines(logging.Formatter):
    """A record as one line of JSON; never the arguments of a call, which may hold a secret or a declared value."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := _request_id.get():
            line["requestID"] = request_id
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def is_no_request(record: logging.LogRecord) -> bool:
    """Whether a record may be logged.

    The stock websocket classes log each request with its query, where somebody may have put a ticket, at debug each
    frame too; and they call our refusal of another site's page an error of ours.
    """
    is_theirs = record.name == "uvicorn.error" and "websockets" in Path(record.pathname).parts
    return not is_theirs or (record.levelno >= logging.WARNING and record.getMessage() != _REFUSED)


def begin_logging(level: str) -> None:
    """Send all logs of this process to standard error, from `level` on."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    lines.addFilter(is_no_request)
    logging.basicConfig(level=level.upper(), handlers=[lines], force=True)
    for talkative in ("alembic", "apscheduler", "httpx"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, logging.root.level))


def _draw_ids() -> Iterator[str]:
    """Random, since a count would tell how busy we are; many at once, since each draw is a call of the system."""
    while True:
        drawn = secrets.token_hex(8 * 256)
        yield from (drawn[start : start + 16] for start in range(0, len(drawn), 16))


class RequestIds:
    """ASGI middleware: each request gets an id, told in X-Request-ID and in every log line of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ids = _draw_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = next(self._ids)
        told = (HEADER, request_id.encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), told]
            await send(message)

        token = _request_id.set(request_id)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            _request_id.reset(token)
