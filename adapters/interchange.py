"""An EDIFACT interchange: each message goes to the decoder of its type, and a broken one is one refused item."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from adapters.edifact import EdiMessage, messages, messages_in
from adapters.edifact_text import BEFORE_A_TAG, open_text, part, split_segment, split_text
from adapters.rejection import Reason, Rejected
from adapters.seam import Decode, Item, Message, SenderProfile, guarded, limited
from adapters.slices import sliced
from port.actor import Role

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InterchangeHeader:
    """What UNB says: who sends (as it calls itself), to whom, and the control reference."""

    sender: str
    recipient: str
    reference: str
    sender_qualifier: str = ""
    recipient_qualifier: str = ""


# About a millisecond's work.
_ITEMS_PER_SLICE = 20

DecodeMessage = Callable[[EdiMessage, Message, SenderProfile], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class MessageType:
    """How messages of one UNH type are read, and who may send them inside an interchange."""

    decode: DecodeMessage
    roles: frozenset[Role]


def decoder_of(types: Mapping[str, MessageType]) -> Decode:
    """The decoder of an interchange of those types.

    Refused items for a whole message: UNKNOWN_MESSAGE_TYPE, NOT_ALLOWED, TRUNCATED, TERMINATOR_MISSING,
    SEGMENT_MISSING, INTERNAL_ERROR.  Raises Rejected when there is no message to be found: NOT_EDIFACT,
    SEGMENT_MISSING, TRUNCATED, TERMINATOR_MISSING, BAD_VALUE (UNA); or OVERSIZE, TOO_MANY_ITEMS.
    """

    def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
        opened = open_text(message.body)
        told = messages_in(opened._replace(blocks=sliced(opened.blocks, message.body, every=1)))
        items = _items(types, told, message, sender=sender)
        return limited(sliced(items, message.body, every=_ITEMS_PER_SLICE))

    return decode


def find_header(body: bytes) -> InterchangeHeader | None:
    """What the first UNB says; None without one."""
    try:
        opened = open_text(body)
        first = next(split_text(opened), "").strip(BEFORE_A_TAG)
    except Rejected:
        return None
    if not first.startswith("UNB"):
        return None
    segment = split_segment(first, opened.separators)
    return InterchangeHeader(
        sender=part(segment, 2),
        recipient=part(segment, 3),
        reference=part(segment, 5),
        sender_qualifier=part(segment, 2, 1),
        recipient_qualifier=part(segment, 3, 1),
    )


def list_types(body: bytes) -> set[str]:
    """The types its messages name in UNH; empty for a body without any."""
    try:
        return {edi.message_type for edi in messages(body)}
    except Rejected:
        return set()


def _items(
    types: Mapping[str, MessageType], told: Iterable[EdiMessage], message: Message, *, sender: SenderProfile
) -> Iterator[Item]:
    return (item for edi in told for item in _decode_one(types, edi, message, sender=sender))


def _decode_one(
    types: Mapping[str, MessageType], edi: EdiMessage, message: Message, *, sender: SenderProfile
) -> Iterator[Item]:
    def read() -> Iterator[Item]:
        yield from _find_type(types, edi, sender).decode(edi, message, sender)

    return guarded(read(), path=edi.path, warnings=tuple(edi.warnings))


def _find_type(types: Mapping[str, MessageType], edi: EdiMessage, sender: SenderProfile) -> MessageType:
    if edi.broken is not None:
        raise edi.broken
    found = types.get(edi.message_type)
    if found is None:
        raise Rejected(
            Reason.UNKNOWN_MESSAGE_TYPE,
            f"{edi.path}, UNH",
            message=f"{edi.message_type[:20] or 'A message without a type'} is not taken here.",
            fix=f"Send {' or '.join(types)}.",
        )
    if sender.role not in found.roles:
        raise Rejected(
            Reason.NOT_ALLOWED, f"{edi.path}, UNH", message=f"A {sender.role} key may not send {edi.message_type}."
        )
    return found
