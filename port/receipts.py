"""The messages of one batch: what the log holds of them, and what each is answered with."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from events import log, log_parts
from port import intake_rows, sources
from port.draft import Draft, ItemResult, Note, Receipt
from port.intake_rows import Kept
from port.ledger import Ledger
from port.parts import key_of


class Receipts:
    """Messages known, and rows to be written; `mark` and `undo` as of the batch."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: Ledger[tuple[str, str, str], Kept] = Ledger()
        self._new: list[log.LoggedMessage] = []
        self._answered: list[log.LoggedMessage] = []
        self._parts: list[log_parts.LoggedPart] = []
        self._bodies: list[tuple[str, bytes]] = []

    def read(self, drafts: Sequence[Draft], begun: Kept | None = None) -> None:
        """Read what the log holds of these; of one that this process has `begun` it need not, if nobody else went on
        with it."""
        if begun is not None and intake_rows.is_as_left(self._connection, begun):
            self._known.seed(begun.key, begun)
        for kept in intake_rows.find(self._connection, [one for one in drafts if key_of(one) not in self._known]):
            self._known.seed(kept.key, kept)

    def find(self, draft: Draft) -> Kept | None:
        """What is kept of a message; None of a new one."""
        return self._known.get(key_of(draft))

    def keep(self, draft: Draft, results: tuple[ItemResult, ...], *, fresh: tuple[ItemResult, ...]) -> Receipt | None:
        """Keep a message with its results, the `fresh` ones among them of this batch; None while there are more."""
        kept = self.find(draft)
        receipt_id = intake_rows.receipt_id_of(draft, kept)
        if len(results) < len(draft.items):
            self._keep_part(draft, kept, Receipt(receipt_id, draft.sha256, draft.received_at, False, results), fresh)
            return None
        if kept is None or kept.is_begun:
            results = self._with_reused_reference(draft, receipt_id, results)
        receipt = Receipt(receipt_id, draft.sha256, draft.received_at, is_duplicate=False, results=results)
        row = intake_rows.row(draft, receipt)
        (self._new if kept is None else self._answered).append(row)
        self._put(Kept.of(row))
        return receipt

    def mark(self) -> tuple[int, ...]:
        """A point to which `undo` can go back."""
        return len(self._new), len(self._answered), len(self._parts), len(self._bodies), self._known.mark()

    def undo(self, mark: Sequence[int]) -> None:
        """Take back everything since `mark`."""
        new, answered, parts, bodies, known = mark
        del self._new[new:]
        del self._answered[answered:]
        del self._parts[parts:]
        del self._bodies[bodies:]
        self._known.undo(known)

    def write(self) -> None:
        """Write what is to be kept."""
        log.keep(self._connection, self._new)
        sources.add(self._connection, self._new, self._answered)
        log_parts.keep_bodies(self._connection, self._bodies)
        log_parts.keep(self._connection, self._parts)
        for row in self._answered:
            log.answer_again(self._connection, row)
        log_parts.drop(self._connection, [row.receipt_id for row in self._answered])

    def _keep_part(self, draft: Draft, kept: Kept | None, so_far: Receipt, fresh: tuple[ItemResult, ...]) -> None:
        if kept is None:
            row = intake_rows.row(draft, so_far, is_begun=True)
            self._new.append(row)
            self._bodies.append((row.receipt_id, draft.body))
            kept = Kept.of(row)
        self._parts.append(intake_rows.part(so_far.receipt_id, len(so_far.results), fresh))
        self._put(replace(kept, is_begun=True, taken=so_far.results))

    def _put(self, kept: Kept) -> None:
        self._known.put(kept.key, kept)

    def _with_reused_reference(
        self, draft: Draft, receipt_id: str, results: tuple[ItemResult, ...]
    ) -> tuple[ItemResult, ...]:
        if not draft.reference or not results or draft.replay_of:
            return results
        if not intake_rows.is_reference_known(self._connection, draft, receipt_id, self._new):
            return results
        reused = Note("REFERENCE_REUSED", f"interchange reference {draft.reference}")
        return (replace(results[0], warnings=(*results[0].warnings, reused)), *results[1:])
