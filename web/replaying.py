"""Trying kept messages again: the same bytes under the same receipt, as their sender may send today."""

from __future__ import annotations

from adapters import intake
from adapters.seam import SenderProfile
from port.draft import Draft
from port.kept import KeptMessage


def draft_again(message: KeptMessage, sender: SenderProfile) -> Draft:
    """The message decoded anew; what was taken of it the first time stays as it was answered."""
    return intake.receive(
        message.body,
        format=message.format,
        sender=sender,
        key_id=message.key_id,
        received_at=message.received_at,
        content_type=message.content_type,
        named_identity=_idempotency_key(message.identity),
        replay_of=message.receipt_id,
    )


def _idempotency_key(identity: str) -> str | None:
    kind, _, told = identity.partition(":")
    return told if kind == "key" else None
