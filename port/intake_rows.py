"""Kept messages: what a repeat is answered with, and whether an interchange reference was used before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from events import log_parts
from events.columns import from_microseconds
from events.log import LoggedMessage
from events.log_parts import LoggedPart
from events.statements import AMONG, Statement
from port.draft import Draft, ItemResult, Receipt, dated_id, results_from_json, results_to_json

_KEPT = "SELECT receipt_id, sender, format, identity, sha256, received_at, answer, state FROM message"
_BY_RECEIPT = Statement(f"{_KEPT} WHERE receipt_id {AMONG}")
# One by one: compared with any of many, PostgreSQL would read all messages rather than look these up.
_BY_IDENTITY = Statement(f"{_KEPT} WHERE sender = ? AND format = ? AND identity = ?")
_BY_REFERENCE = Statement(
    "SELECT receipt_id FROM message WHERE sender = ? AND reference = ? AND reference <> '' AND receipt_id <> ? LIMIT 1"
)


BEGUN = "TAKING"
"""The state of a message whose first items are taken, and whose sender has no answer yet."""


class Kept(Struct, frozen=True):
    """A message taken before, as far as a repeat needs it; `is_begun` when only its first items are taken yet, which
    were answered with `taken`."""

    receipt_id: str
    key: tuple[str, str, str]
    sha256: str
    received_at: datetime
    answer: str
    is_begun: bool = False
    taken: tuple[ItemResult, ...] = ()

    @classmethod
    def of(cls, message: LoggedMessage) -> Kept:
        """Of a message taken in this batch."""
        key = (message.sender, message.format, message.identity)
        return cls(message.receipt_id, key, message.sha256, message.received_at, message.answer)

    def results(self) -> tuple[ItemResult, ...]:
        """What its items were answered with, of one that is begun those so far."""
        return self.taken if self.is_begun else results_from_json(self.answer)

    def receipt(self) -> Receipt:
        """The first results again, marked as a repeat."""
        return Receipt(self.receipt_id, self.sha256, self.received_at, True, self.results())


def foresee(connection: Connection, draft: Draft) -> None:
    """Have `find` of this one asked with the next question."""
    if not draft.replay_of:
        _BY_IDENTITY.foresee(connection, draft.sender, draft.format, draft.identity)


def find(connection: Connection, drafts: Iterable[Draft]) -> list[Kept]:
    """Messages that any of these repeats, goes on with or tries again."""
    receipts, identities = set[str](), set[tuple[str, str, str]]()
    for draft in drafts:
        if draft.replay_of:
            receipts.add(draft.replay_of)
        else:
            identities.add((draft.sender, draft.format, draft.identity))
    found = [
        *(_BY_RECEIPT.rows(connection, list(receipts)) if receipts else ()),
        *(row for rows in _BY_IDENTITY.rows_for_each(connection, list(identities)) for row in rows),
    ]
    parts = log_parts.find_answers(connection, [receipt_id for receipt_id, *_, state in found if state == BEGUN])
    return [
        Kept(
            receipt_id,
            (sender, format_, identity),
            sha256,
            from_microseconds(received_at),
            answer,
            state == BEGUN,
            _joined([answer, *parts.get(receipt_id, ())]) if state == BEGUN else (),
        )
        for receipt_id, sender, format_, identity, sha256, received_at, answer, state in found
    ]


def is_as_left(connection: Connection, begun: Kept) -> bool:
    """Whether a message that this process began stands where it left it: nobody else went on with it."""
    return log_parts.find_last(connection, begun.receipt_id) == len(begun.taken)


def answers_so_far(connection: Connection, begun: Mapping[str, str]) -> dict[str, str]:
    """What messages that are begun were answered with so far, by receipt; each is given with its row's own answer."""
    parts = log_parts.find_answers(connection, list(begun))
    return {
        receipt_id: results_to_json(_joined([answer, *parts[receipt_id]])) if receipt_id in parts else answer
        for receipt_id, answer in begun.items()
    }


def _joined(answers: Iterable[str]) -> tuple[ItemResult, ...]:
    return tuple(result for answer in answers for result in results_from_json(answer))


def receipt_id_of(draft: Draft, kept: Kept | None) -> str:
    """The receipt id of a message; one that was begun, or that is tried again, has it already."""
    if draft.replay_of:
        return draft.replay_of
    if kept is not None:
        return kept.receipt_id
    return dated_id(draft.received_at, "receipt", draft.sender, draft.format, draft.identity)


def is_reference_known(connection: Connection, draft: Draft, receipt_id: str, kept: Sequence[LoggedMessage]) -> bool:
    """Whether this sender used the interchange reference in another message, in the log or earlier in the batch."""
    if any(row.sender == draft.sender and row.reference == draft.reference for row in kept):
        return True
    return bool(_BY_REFERENCE.rows(connection, draft.sender, draft.reference, receipt_id))


def part(receipt_id: str, upto: int, results: tuple[ItemResult, ...]) -> LoggedPart:
    """The row that keeps what the next items of a long message were answered with."""
    return LoggedPart(receipt_id, upto, results_to_json(results))


def row(draft: Draft, receipt: Receipt, *, is_begun: bool = False) -> LoggedMessage:
    """The row that keeps a message and its answer; of one that `is_begun` neither bytes nor answer: both lie beside."""
    rejected = sum(result.outcome == "rejected" for result in receipt.results)
    state = "TAKEN" if not rejected else "REFUSED" if receipt.is_refused else "PARTLY_REFUSED"
    return LoggedMessage(
        receipt_id=receipt.receipt_id,
        sender=draft.sender,
        format=draft.format,
        identity=draft.identity,
        reference=draft.reference,
        sha256=draft.sha256,
        content_type=draft.content_type,
        key_id=draft.key_id,
        received_at=draft.received_at,
        body=b"" if is_begun else draft.body,
        state=BEGUN if is_begun else state,
        items=len(draft.items) if is_begun else len(receipt.results),
        rejected=0 if is_begun else rejected,
        answer=results_to_json(() if is_begun else receipt.results),
    )
