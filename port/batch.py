"""One batch: everything one transaction records, from the first read to the last write.

Messages and commands are applied one after another on what the log and the batch hold so far; nothing is written before
`finish`, which stores facts, rows and versions set by set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from events import log
from events.feed import Change
from events.statements import plan_anew
from events.types import AlertRaised, Event, Recorded, RulesetStepped
from port import intake_rows, notifying, parts, saving
from port.appending import Facts, Teller
from port.draft import Draft, DraftItem, GivenInstruction, ItemResult, Note, Receipt, Refusal, derived_id
from port.errors import IdentityReused
from port.evidence import Evidence
from port.filing import containers_named
from port.foreseeing import foresee
from port.judging import Judge
from port.ledger import Ledger
from port.rulesets_active import ActiveRules
from port.sealing import references_of
from port.state import State

T = TypeVar("T")
_INTERNAL = Refusal(
    "INTERNAL_ERROR",
    "",
    "we could not take this message; the fault is ours",
    "nothing is lost: the message is kept and will be replayed once the fault is mended",
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a command may do in its transaction: read and write its own tables, and append facts."""

    batch: Batch

    @property
    def connection(self) -> Connection:
        """The transaction's connection; never commit it."""
        return self.batch.connection

    @property
    def now(self) -> datetime:
        """The batch's time."""
        return self.batch.now

    @property
    def judge(self) -> Judge:
        """The settings of judgement."""
        return self.batch.judge

    @property
    def state(self) -> State:
        """Visits, decisions and instructions as they stand in this batch."""
        return self.batch.state

    def next_trigger(self, container_number: str) -> Recorded:
        """What stands for a fact where a command itself judges a container: the next position, and no event."""
        marker = AlertRaised(alert_id="", code="COMMAND", container_number=container_number, at=self.now)
        return Recorded(
            position=self.batch.next_position,
            event_id="",
            sender="",
            sender_role="",
            received_at=self.now,
            receipt_id="",
            fact=marker,
        )

    def append(self, fact: Event, *, sender: str, role: str, identity: str) -> Recorded:
        """Append a fact and judge what it touches.  `identity` makes its id, and must be new: the caller has looked
        whether the command was given before."""
        return self.batch.append(fact, Teller(sender, role), event_id=derived_id(sender, identity))

    def told_of(self, container_number: str) -> list[Recorded]:
        """Every fact that concerns the container, those of this batch too, in log order."""
        return self.batch.told_of(container_number)

    def announce(self, key: str, *, event_id: str, type: str, record: str, subject: str = "") -> None:
        """Give a feed key its next version when the batch commits."""
        self.batch.state.announce(key, event_id=event_id, type=type, record=record, subject=subject)


class Batch:
    """One transaction's work.  `mark` and `undo` take back what a failed message or command did."""

    def __init__(self, connection: Connection, judge: Judge | ActiveRules, *, now: datetime) -> None:
        self.connection = connection
        self.now = now
        first, self.database_id = log.reserve(connection)
        # Behind the lock: what is read here stands until this batch commits.
        self.judge = judge if isinstance(judge, Judge) else judge.judge(connection, first, now=now)
        self._evidence = Evidence(connection)
        self._facts = Facts(first, self._evidence, now=now)
        self._messages: Ledger[tuple[str, str, str], intake_rows.Kept] = Ledger()
        self._sequences: Ledger[str, tuple[str, int]] = Ledger()
        self._kept: list[log.LoggedMessage] = []
        self._answered_again: list[log.LoggedMessage] = []
        self.state = State(connection, self.judge, self._evidence, now=now, append=self._facts.append)

    @classmethod
    def of(cls, drafts: Sequence[Draft], connection: Connection, judge: Judge | ActiveRules, *, now: datetime) -> Batch:
        """One for these messages, with what they ask for read."""
        foresee(connection, drafts)
        batch = cls(connection, judge, now=now)
        batch.preload(drafts)
        return batch

    @property
    def next_position(self) -> int:
        """The position the next fact gets."""
        return self._facts.next_position

    @property
    def has_ruleset_steps(self) -> bool:
        """Whether the rules had a step in it."""
        return any(isinstance(recorded.fact, RulesetStepped) for recorded in self._facts.appended)

    def told_of(self, container_number: str) -> list[Recorded]:
        """Every fact that concerns the container, in log order."""
        return self._evidence.about(container_number)

    def preload(self, drafts: Sequence[Draft]) -> None:
        """Read set by set what these messages will ask for."""
        if not drafts:
            return
        for kept in intake_rows.find(self.connection, drafts):
            self._messages.seed(kept.key, kept)
        incoming = [
            recorded for draft in drafts for recorded in parts.incoming(draft, self._messages.get(parts.key_of(draft)))
        ]
        self._evidence.preload(incoming)
        self.state.profiles.expect(incoming)
        self.state.visits.preload(
            {c for recorded in incoming for c in containers_named(recorded.fact)},
            {name for recorded in incoming for name in references_of(recorded.fact)},
        )

    def mark(self) -> tuple[int, ...]:
        """A point to which `undo` can go back."""
        rows = (len(self._facts.appended), len(self._kept), len(self._answered_again))
        return (*rows, self._evidence.mark(), self._messages.mark(), self._sequences.mark(), *self.state.mark())

    def undo(self, mark: tuple[int, ...]) -> None:
        """Take back everything since `mark`."""
        events, kept, answered, evidence, messages, sequences, *state = mark
        del self._facts.appended[events:]
        self._evidence.undo(evidence)
        self._messages.undo(messages)
        self._sequences.undo(sequences)
        del self._kept[kept:]
        del self._answered_again[answered:]
        self.state.undo(state)

    def message(self, draft: Draft) -> Receipt | None:
        """Record a message, of a long one the next items; None while there are more.

        A repeat is answered with its first results, and of a message that was only begun takes the rest.  Raises
        IdentityReused.
        """
        kept = self._messages.get(parts.key_of(draft))
        if kept is not None and not draft.replay_of:
            if kept.sha256 != draft.sha256:
                raise IdentityReused("this message id came before with another body")
            if not kept.is_begun:
                return kept.receipt()
        receipt_id = intake_rows.receipt_id_of(draft, kept)
        taken = parts.taken_before(draft, kept)
        upto = parts.end_of_part(draft, taken)
        results = tuple(
            taken.get(n) or self._item(draft, item, n, receipt_id) for n, item in enumerate(draft.items[:upto], 1)
        )
        is_begun = upto < len(draft.items)
        if not is_begun:
            results = self._with_reused_reference(draft, results)
        receipt = self._keep(draft, receipt_id, results, is_begun=is_begun)
        return None if is_begun else receipt

    def command(self, run: Callable[[Work], T] | None) -> T:
        """Run a command in this transaction."""
        assert run is not None
        return run(Work(self))

    def append(self, fact: Event, teller: Teller, *, event_id: str) -> Recorded:
        """Append a fact and judge every container it touches."""
        recorded = self._facts.append(fact, teller, event_id=event_id)
        self.state.judge_fact(recorded)
        return recorded

    def finish(self) -> tuple[Change, ...]:
        """Write everything; what each feed key's next version is."""
        log.append(self.connection, self._facts.appended)
        log.index(self.connection, self._evidence.new_keys)
        log.keep(self.connection, self._kept)
        for row in self._answered_again:
            log.answer_again(self.connection, row)
        saving.save_sequences(self.connection, self._sequences.changed())
        reached = self.next_position - 1
        changes = saving.save_state(self.connection, self.state, self._evidence, position=reached, now=self.now)
        if self._facts.appended:
            log.advance(self.connection, reached)
            if reached.bit_length() > (reached - len(self._facts.appended)).bit_length():
                # The log has doubled.
                plan_anew(self.connection)
        if changes:
            notifying.announce(self.connection, self.database_id, reached)
        return changes

    def _item(self, draft: Draft, item: DraftItem, number: int, receipt_id: str) -> ItemResult:
        if item.fact is None:
            return ItemResult(number, item.path, "rejected", warnings=item.warnings, error=item.error or _INTERNAL)
        event_id = parts.event_id(draft, number)
        teller = Teller(draft.sender, draft.role, receipt_id, draft.received_at)
        self.append(item.fact, teller, event_id=event_id)
        verdict = self.state.verdict
        notes = (("LATE_REPORT", verdict.is_late), ("FOREIGN_DECLARANT", verdict.is_foreign))
        remarks = tuple(Note(reason, item.path) for reason, is_so in notes if is_so)
        return ItemResult(
            item=number,
            path=item.path,
            outcome=verdict.outcome,
            event_id=event_id,
            sequence=self._next_sequence(draft.sender),
            visit_ids=verdict.visit_ids,
            instruction=self._given(draft, verdict.instruction),
            warnings=item.warnings + remarks,
        )

    def _given(self, draft: Draft, instruction: GivenInstruction | None) -> GivenInstruction | None:
        """Only who works the box is told where to put it."""
        return instruction if draft.role in ("terminal", "depot", "customs") else None

    def _next_sequence(self, sender: str) -> int:
        known = self._sequences.get(sender)
        if known is None:
            known = (sender, saving.find_sequence(self.connection, sender))
        self._sequences.put(sender, (sender, known[1] + 1))
        return known[1] + 1

    def _keep(
        self, draft: Draft, receipt_id: str, results: tuple[ItemResult, ...], *, is_begun: bool = False
    ) -> Receipt:
        receipt = Receipt(receipt_id, draft.sha256, draft.received_at, is_duplicate=False, results=results)
        row = intake_rows.row(draft, receipt, is_begun=is_begun)
        is_there = draft.replay_of or parts.key_of(draft) in self._messages
        (self._answered_again if is_there else self._kept).append(row)
        kept = intake_rows.Kept.of(row)
        self._messages.put(kept.key, kept)
        return receipt

    def _with_reused_reference(self, draft: Draft, results: tuple[ItemResult, ...]) -> tuple[ItemResult, ...]:
        if not draft.reference or not results or draft.replay_of:
            return results
        if not intake_rows.is_reference_known(self.connection, draft, self._kept):
            return results
        reused = Note("REFERENCE_REUSED", f"interchange reference {draft.reference}")
        return (replace(results[0], warnings=(*results[0].warnings, reused)), *results[1:])
