"""Kept messages: what a repeat is answered with, and whether an interchange reference was used before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from events.log import MESSAGES
from port.draft import Draft, Receipt, derived_id, results_from_json, results_to_json

_CHUNK = 500
_COLUMNS = (
    MESSAGES.c.receipt_id,
    MESSAGES.c.sender,
    MESSAGES.c.format,
    MESSAGES.c.identity,
    MESSAGES.c.sha256,
    MESSAGES.c.received_at,
    MESSAGES.c.answer,
)
_BY_RECEIPT = select(*_COLUMNS).where(MESSAGES.c.receipt_id.in_(bindparam("ids", expanding=True)))
_BY_REFERENCE = (
    select(MESSAGES.c.receipt_id)
    .where(MESSAGES.c.sender == bindparam("sender"), MESSAGES.c.reference == bindparam("reference"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message taken before, as far as a repeat needs it."""

    receipt_id: str
    key: tuple[str, str, str]
    sha256: str
    received_at: datetime
    answer: str

    @classmethod
    def of(cls, row: Mapping[str, object]) -> Kept:
        """From a row of `message`."""
        received_at = row["received_at"]
        assert isinstance(received_at, datetime)
        key = (str(row["sender"]), str(row["format"]), str(row["identity"]))
        return cls(str(row["receipt_id"]), key, str(row["sha256"]), received_at, str(row["answer"]))

    def receipt(self) -> Receipt:
        """The first results again, marked as a repeat."""
        return Receipt(self.receipt_id, self.sha256, self.received_at, True, results_from_json(self.answer))


def find(connection: Connection, drafts: Iterable[Draft]) -> list[Kept]:
    """Messages that any of these repeats.  The receipt id follows from sender, format and identity, so one index
    serves."""
    ids = sorted({draft.replay_of or receipt_id_of(draft) for draft in drafts})
    found: list[Kept] = []
    for start in range(0, len(ids), _CHUNK):
        rows = connection.execute(_BY_RECEIPT, {"ids": ids[start : start + _CHUNK]}).mappings()
        found += [Kept.of(dict(row)) for row in rows]
    return found


def receipt_id_of(draft: Draft) -> str:
    """The receipt id of a message."""
    return derived_id("receipt", draft.sender, draft.format, draft.identity)


def is_reference_known(connection: Connection, draft: Draft, kept: Sequence[Mapping[str, object]]) -> bool:
    """Whether this sender used the interchange reference before, in the log or earlier in the batch."""
    if any(row["sender"] == draft.sender and row["reference"] == draft.reference for row in kept):
        return True
    asked = {"sender": draft.sender, "reference": draft.reference}
    return connection.execute(_BY_REFERENCE, asked).first() is not None


def row(draft: Draft, receipt: Receipt) -> dict[str, object]:
    """The row that keeps a message and its answer."""
    rejected = sum(result.outcome == "rejected" for result in receipt.results)
    state = "TAKEN" if not rejected else "REFUSED" if receipt.is_refused else "PARTLY_REFUSED"
    return {
        "receipt_id": receipt.receipt_id,
        "sender": draft.sender,
        "format": draft.format,
        "identity": draft.identity,
        "reference": draft.reference,
        "sha256": draft.sha256,
        "content_type": draft.content_type,
        "key_id": draft.key_id,
        "received_at": draft.received_at,
        "body": draft.body,
        "state": state,
        "items": len(receipt.results),
        "rejected": rejected,
        "answer": results_to_json(receipt.results),
    }
