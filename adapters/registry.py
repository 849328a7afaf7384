"""The formats: which decoder reads each, who may send it, how large it may be, and what tells a repeat."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic_core import from_json

from adapters import coarri, codeco, courier, customs, dec_result, gate
from adapters.interchange import MessageType, decoder_of, find_header
from adapters.seam import Decode
from adapters.wire import is_message_id
from port.actor import Role

_KEEPERS = frozenset({Role.TERMINAL, Role.DEPOT})

# The UNH types an interchange may hold.
MESSAGE_TYPES: dict[str, MessageType] = {
    "CODECO": MessageType(codeco.decode, _KEEPERS),
    "COARRI": MessageType(coarri.decode, _KEEPERS | {Role.TALLY}),
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format: who may send it, how its bodies are read, how large they may be, and whether they are JSON."""

    decode: Decode
    senders: frozenset[Role]
    max_body_bytes: int = 1024 * 1024
    is_json: bool = True


FORMATS: dict[str, Format] = {
    "gate": Format(gate.decode, _KEEPERS),
    "edifact": Format(
        decoder_of(MESSAGE_TYPES), _KEEPERS | {Role.TALLY}, max_body_bytes=10 * 1024 * 1024, is_json=False
    ),
    "customs": Format(customs.decode, customs.SENDERS),
    "dec-result": Format(dec_result.decode, frozenset({Role.CUSTOMS, Role.BROKER, Role.FORWARDER}), is_json=False),
    "courier": Format(courier.decode, frozenset({Role.COURIER})),
}
DECODERS: dict[str, Decode] = {name: format_.decode for name, format_ in FORMATS.items()}


def may_send(role: Role, format_name: str) -> bool:
    """Whether a key of that role may send the format at all; which parts of it, its decoder says item by item."""
    return format_name in FORMATS and role in FORMATS[format_name].senders


def identity(format_name: str, body: bytes, idempotency_key: str | None = None) -> str:
    """What a message is known by, for one sender and format: another body under the same identity is a conflict.

    An interchange by its SHA-256, whatever key comes with it; JSON by its messageID, else the key; receipts by the key;
    without any, the body's SHA-256.  The three kinds never meet: `id:`, `key:` and `sha256:` go before them.
    """
    message_id = _find_message_id(body) if FORMATS[format_name].is_json else None
    if message_id is not None:
        return f"id:{message_id}"
    if idempotency_key and format_name != "edifact":
        return f"key:{idempotency_key}"
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _find_message_id(body: bytes) -> str | None:
    try:
        read = from_json(body.removeprefix(b"\xef\xbb\xbf"), cache_strings="keys")
    except ValueError:
        return None
    told = read.get("messageID") if isinstance(read, dict) else None
    return told if is_message_id(told) else None


def reference(format_name: str, body: bytes) -> str | None:
    """The interchange's own control reference with the name its sender goes by; senders reuse it by mistake."""
    header = find_header(body) if format_name == "edifact" else None
    return f"{header.sender}/{header.reference}" if header and header.reference else None
