"""RFC 6455 frames as the server of the live stream needs them: read from a client, strictly, and written to one.

Nothing is negotiated: no extensions, no subprotocols.  What may be wrong with a frame fails the connection with the
code that RFC 6455 section 7.4.1 gives it.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct
from typing import NamedTuple

MAX_MESSAGE_BYTES = 65_536
_MAX_CONTROL_BYTES = 125
_MAX_PIECES = 64
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_KNOWN_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class Opcode(IntEnum):
    """What a frame is; from CLOSE on, a control frame."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_DATA = frozenset({Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY})
_OPCODES = {int(opcode): opcode for opcode in Opcode}
_TEXT = 0x80 | Opcode.TEXT
# The length in two bytes, or in eight.
_head_of_two, _head_of_eight = Struct(">BBH").pack, Struct(">BBQ").pack
PROTOCOL_ERROR, BAD_TEXT, TOO_BIG, FAILED = 1002, 1007, 1009, 1011


class Broken(Exception):
    """What came is no websocket frame that a client may send; `code` is what the connection is failed with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Received(NamedTuple):
    """A message, or a control frame: `payload` is unmasked and, of a message in several frames, whole."""

    opcode: Opcode
    payload: bytes


class Reader:
    """Cuts the bytes of one client into messages and control frames.  `feed` what came, then `next` until None."""

    __slots__ = ("_at", "_buffer", "_message", "_needed", "_opcode", "_pieces")

    def __init__(self) -> None:
        self._buffer: bytes | bytearray = b""
        self._at = 0
        self._needed = 0
        self._message: bytearray | None = None
        self._opcode = Opcode.CONTINUATION
        self._pieces = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing has begun that is not complete."""
        return not self._buffer and self._message is None

    def feed(self, data: bytes) -> None:
        """Take in what came."""
        if not self._buffer:
            self._buffer = data
            return
        if isinstance(self._buffer, bytes):
            self._buffer = bytearray(self._buffer)
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> Received | None:
        """The next message or control frame; None until more comes.  Raises Broken."""
        while True:
            if len(self._buffer) - self._at < self._needed:
                return None
            frame = self._frame()
            if frame is None:
                return None
            received = self._whole(*frame)
            if received is not None:
                return received

    def _frame(self) -> tuple[bool, Opcode, bytes] | None:
        """The next frame: whether it is final, what it is, its payload unmasked."""
        buffer, at = self._buffer, self._at
        held = len(buffer) - at
        if held < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        opcode = _check(first, second)
        length, header = second & 0x7F, 2
        if length >= _TWO_BYTES:
            header = 4 if length == _TWO_BYTES else 10
            if held < header:
                return None
            length = int.from_bytes(buffer[at + 2 : at + header], "big")
        if opcode not in _DATA and length > _MAX_CONTROL_BYTES:
            raise Broken(PROTOCOL_ERROR, f"a control frame holds at most {_MAX_CONTROL_BYTES} bytes")
        if length + len(self._message or b"") > MAX_MESSAGE_BYTES and opcode in _DATA:
            raise Broken(TOO_BIG, f"more than {MAX_MESSAGE_BYTES} bytes in a message")
        begin, end = at + header + 4, at + header + 4 + length
        if held < header + 4 + length:
            self._needed = header + 4 + length
            return None
        payload = _unmask(bytes(buffer[begin:end]), bytes(buffer[begin - 4 : begin]))
        self._at, self._needed = end, 0
        if end == len(buffer):
            self._buffer, self._at = b"", 0
        return first >= 0x80, opcode, payload

    def _whole(self, is_final: bool, opcode: Opcode, payload: bytes) -> Received | None:
        """The frame itself, or the message it completes; control frames may come between its pieces."""
        if opcode is Opcode.CLOSE and self._message is not None:
            raise Broken(PROTOCOL_ERROR, "a message is not complete")
        if opcode not in _DATA:
            return Received(opcode, payload)
        if (opcode is Opcode.CONTINUATION) is (self._message is None):
            raise Broken(PROTOCOL_ERROR, "a message begins within another, or goes on before it has begun")
        if self._message is None:
            if is_final:
                return Received(opcode, payload)
            self._message, self._opcode, self._pieces = bytearray(payload), opcode, 1
            return None
        self._message += payload
        self._pieces += 1
        if self._pieces > _MAX_PIECES:
            # Empty ones would cost a turn of the loop each, and never make a message.
            raise Broken(TOO_BIG, f"more than {_MAX_PIECES} pieces of a message")
        if not is_final:
            return None
        whole, self._message = bytes(self._message), None
        return Received(self._opcode, whole)


def _check(first: int, second: int) -> Opcode:
    """What a frame is, once its first two bytes may stand so."""
    opcode = _OPCODES.get(first & 0x0F)
    if opcode is None:
        raise Broken(PROTOCOL_ERROR, "unknown opcode")
    if not second & 0x80:
        raise Broken(PROTOCOL_ERROR, "a client masks its frames")
    if first & 0x70:
        raise Broken(PROTOCOL_ERROR, "reserved bits are set")
    if opcode not in _DATA and first < 0x80:
        raise Broken(PROTOCOL_ERROR, "a control frame comes in one piece")
    return opcode


def _unmask(payload: bytes, mask: bytes) -> bytes:
    length = len(payload)
    stretched = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(stretched, "little")).to_bytes(length, "little")


def check_close(payload: bytes) -> None:
    """Raises Broken unless a close frame may hold this: nothing, or a code that may be sent, and UTF-8."""
    if not payload:
        return
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise Broken(BAD_TEXT, "the reason is not UTF-8") from None
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not (code in _KNOWN_CODES or 3000 <= code <= 4999):
        raise Broken(PROTOCOL_ERROR, "no such close code")


def text_frame(payload: bytes) -> bytes:
    """A text frame as a server writes it."""
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((_TEXT, length)) + payload
    if length < 0x10000:
        return _head_of_two(_TEXT, _TWO_BYTES, length) + payload
    return _head_of_eight(_TEXT, _EIGHT_BYTES, length) + payload


def control_frame(opcode: Opcode, payload: bytes = b"") -> bytes:
    """A control frame as a server writes it."""
    return bytes((0x80 | opcode, len(payload))) + payload


def close_frame(code: int, reason: str) -> bytes:
    """A close frame; the reason is cut to what fits."""
    told = code.to_bytes(2, "big") + reason.encode()[: _MAX_CONTROL_BYTES - 2]
    return control_frame(Opcode.CLOSE, told)
