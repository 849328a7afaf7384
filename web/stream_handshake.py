"""The opening handshake of a websocket: which requests the live stream takes as they are, and the answer to them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers

STREAM = b"/v1/stream"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Opening:
    """A request that opens a websocket without a fault; `key` is the client's, to be answered."""

    key: bytes
    headers: Headers


def plain_opening(head: bytes) -> Opening | None:
    """The opening of the live stream in the head of a request; None for any other address and for whatever is not
    plainly right: who answers that must find what is wrong with it."""
    request, *lines = head.split(b"\r\n")
    if request != b"GET " + STREAM + b" HTTP/1.1":
        return None
    fields = (line.partition(b": ") for line in lines if line)
    headers = [(name.lower(), value) for name, _, value in fields]
    [*keys], [*versions] = _all(headers, b"sec-websocket-key"), _all(headers, b"sec-websocket-version")
    upgrades = [token.strip().lower() for token in b",".join(_all(headers, b"upgrade")).split(b",")]
    if upgrades != [b"websocket"] or versions != [b"13"] or len(keys) != 1 or not _is_key(keys[0]):
        return None
    return Opening(keys[0], Headers(raw=headers))


def accepting(opening: Opening, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The answer that opens it; no extension and no subprotocol is agreed to."""
    accept = base64.b64encode(hashlib.sha1(opening.key + _GUID, usedforsecurity=False).digest())
    told = [
        (b"Upgrade", b"websocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", accept),
        *headers,
    ]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in told)
    return b"HTTP/1.1 101 Switching Protocols\r\n" + lines + b"\r\n"


def _all(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    return [value for name, value in headers if name == wanted]


def _is_key(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        return False
