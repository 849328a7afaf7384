"""The formats: which decoder reads each, who may send it, how large it may be, and what tells a repeat."""

from __future__ import annotations

from dataclasses import dataclass

from adapters import (
    baplie,
    coarri,
    codeco,
    coprar,
    courier,
    cusres,
    customs,
    dcsa,
    dec_result,
    gate,
    iftsta,
    platform_file,
)
from adapters.interchange import MessageType, decoder_of, find_header, list_types
from adapters.seam import Decode, Message
from adapters.wire import is_message_id
from port.actor import Role

_KEEPERS = frozenset({Role.TERMINAL, Role.DEPOT})
_CARRIERS = frozenset({Role.CARRIER, Role.AGENT})
_DECLARANTS = frozenset({Role.BROKER, Role.FORWARDER})

# The UNH types an interchange may hold.
MESSAGE_TYPES: dict[str, MessageType] = {
    "CODECO": MessageType(codeco.decode, _KEEPERS),
    "COARRI": MessageType(coarri.decode, _KEEPERS | {Role.TALLY}),
    "COPRAR": MessageType(coprar.decode, _KEEPERS | _CARRIERS),
    "BAPLIE": MessageType(baplie.decode, _KEEPERS | _CARRIERS),
    "IFTSTA": MessageType(iftsta.decode, _KEEPERS | {Role.CARRIER}),
    "CUSRES": MessageType(cusres.decode, _DECLARANTS | {Role.CUSTOMS}),
}


@dataclass(frozen=True, slots=True)
class Format:
    """A format: who may send it, how its bodies are read, how large they may be, and whether they are JSON.

    `guests` may send some of the messages it holds and nothing else.
    """

    decode: Decode
    senders: frozenset[Role]
    guests: frozenset[Role] = frozenset()
    max_body_bytes: int = 1024 * 1024
    is_json: bool = True


FORMATS: dict[str, Format] = {
    "gate": Format(gate.decode, _KEEPERS),
    "edifact": Format(
        decoder_of(MESSAGE_TYPES),
        _KEEPERS | {Role.TALLY},
        guests=_CARRIERS | _DECLARANTS | {Role.CUSTOMS},
        max_body_bytes=10 * 1024 * 1024,
        is_json=False,
    ),
    "customs": Format(customs.decode, customs.SENDERS),
    "dec-result": Format(dec_result.decode, frozenset({Role.CUSTOMS, Role.BROKER, Role.FORWARDER}), is_json=False),
    "platform-file": Format(platform_file.decode, _KEEPERS, is_json=False),
    "dcsa": Format(dcsa.decode, frozenset({Role.CARRIER, Role.TERMINAL})),
    "courier": Format(courier.decode, frozenset({Role.COURIER})),
}
DECODERS: dict[str, Decode] = {name: format_.decode for name, format_ in FORMATS.items()}


def may_send(role: Role, format_name: str) -> bool:
    """Whether a key of that role may send the format at all; which parts of it, its decoder says item by item."""
    return format_name in FORMATS and role in FORMATS[format_name].senders | FORMATS[format_name].guests


def may_send_body(role: Role, format_name: str, body: bytes) -> bool:
    """Whether a body holds anything that a key of that role may send: a guest's has a message of its own kind."""
    if role in FORMATS[format_name].senders:
        return True
    return any(role in MESSAGE_TYPES[name].roles for name in list_types(body) if name in MESSAGE_TYPES)


def identity(format_name: str, message: Message, idempotency_key: str | None = None) -> str:
    """What a message is known by, for one sender and format: another body under the same identity is a conflict.

    An interchange by its SHA-256, whatever key comes with it; JSON by its messageID, else the key; receipts by the key;
    without any, the body's SHA-256.  The three kinds never meet: `id:`, `key:` and `sha256:` go before them.
    """
    message_id = _find_message_id(message) if FORMATS[format_name].is_json else None
    if message_id is not None:
        return f"id:{message_id}"
    if idempotency_key and format_name != "edifact":
        return f"key:{idempotency_key}"
    return f"sha256:{message.sha256}"


def _find_message_id(message: Message) -> str | None:
    try:
        read = message.json
    except ValueError:
        return None
    told = read.get("messageID") if isinstance(read, dict) else None
    return told if is_message_id(told) else None


def reference(format_name: str, body: bytes) -> str | None:
    """The interchange's own control reference with the name its sender goes by; senders reuse it by mistake."""
    header = find_header(body) if format_name == "edifact" else None
    return f"{header.sender}/{header.reference}" if header and header.reference else None
