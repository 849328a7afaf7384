"""Intake: a body from a known sender becomes a Draft for the Recorder.

Nothing is refused here that can be kept: a body that cannot be cut into items is one refused item, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from adapters.registry import DECODERS, identity, reference
from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Accepted, Item, Message, Refused, SenderProfile, guarded
from port.draft import Draft, DraftItem, Note, Refusal

WHOLE_BODY = "$"


def receive(
    body: bytes,
    *,
    format: str,
    sender: SenderProfile,
    key_id: str,
    received_at: datetime,
    content_type: str | None = None,
    named_identity: str | None = None,
    replay_of: str = "",
) -> Draft:
    """The message decoded, one item per outcome in message order; never raises for what a body is like.

    `named_identity` is the Idempotency-Key.  `replay_of` is the receipt of a kept message that is tried again.
    """
    message = Message(body, content_type, received_at)
    return Draft(
        sender=sender.party,
        role=sender.role.value,
        key_id=key_id,
        format=format,
        identity=identity(format, message, named_identity),
        sha256=message.sha256,
        content_type=content_type or "",
        received_at=received_at,
        body=body,
        items=tuple(_items(message, format, sender)),
        reference=reference(format, body) or "",
        replay_of=replay_of,
    )


def _items(message: Message, format: str, sender: SenderProfile) -> Iterator[DraftItem]:
    """A body that is refused whole is one refused item, and so is one that holds nothing."""

    def decoded() -> Iterator[Item]:
        yield from DECODERS[format](message, sender)

    taken: list[Item] = []
    for item in guarded(decoded(), path=WHOLE_BODY):
        if isinstance(item, Refused) and item.path == WHOLE_BODY:
            taken.clear()
        taken.append(item)
    yield from [_item(item) for item in taken] or [_nothing()]


def _nothing() -> DraftItem:
    return DraftItem(WHOLE_BODY, None, error=_refusal(Rejected(Reason.NO_ITEMS)))


def _item(item: Item) -> DraftItem:
    warnings = tuple(_note(warned) for warned in item.warnings)
    if isinstance(item, Accepted):
        return DraftItem(item.path, item.fact, warnings)
    return DraftItem(item.path, None, warnings, _refusal(item.rejected))


def _note(warned: Warned) -> Note:
    return Note(warned.reason.value, warned.where)


def _refusal(rejected: Rejected) -> Refusal:
    return Refusal(rejected.reason.value, rejected.where or WHOLE_BODY, rejected.message, rejected.fix)
