"""One batch: everything one transaction records, from the first read to the last write.

Messages and commands are applied one after another on what the log and the batch hold so far; nothing is written before
`finish`, which stores facts, rows and versions set by set.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

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
from port.intake_rows import Kept
from port.judging import Judge
from port.ledger import Ledger
from port.receipts import Receipts
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

    def __init__(
        self, connection: Connection, judge: Judge | ActiveRules, *, now: datetime, part: int = parts.PART
    ) -> None:
        self.connection = connection
        self._part = part
        self.now = now
        first, self.database_id = log.reserve(connection)
        # Behind the lock: what is read here stands until this batch commits.
        self.judge = judge if isinstance(judge, Judge) else judge.judge(connection, first, now=now)
        self._evidence = Evidence(connection)
        self._facts = Facts(first, self._evidence, now=now)
        self._receipts = Receipts(connection)
        self._sequences: Ledger[str, tuple[str, int]] = Ledger()
        self.state = State(connection, self.judge, self._evidence, now=now, append=self._facts.append)

    @classmethod
    def of(
        cls,
        drafts: Sequence[Draft],
        connection: Connection,
        judge: Judge | ActiveRules,
        *,
        now: datetime,
        part: int = parts.PART,
        begun: Kept | None = None,
    ) -> Batch:
        """One for these messages, with what they ask for read; of a long one `part` items, which may have `begun`."""
        foresee(connection, drafts)
        batch = cls(connection, judge, now=now, part=part)
        batch.preload(drafts, begun)
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

    def kept(self, draft: Draft) -> Kept | None:
        """What is kept of a message, as this batch leaves it."""
        return self._receipts.find(draft)

    def preload(self, drafts: Sequence[Draft], begun: Kept | None = None) -> None:
        """Read set by set what these messages will ask for."""
        if not drafts:
            return
        self._receipts.read(drafts, begun)
        incoming = [recorded for draft in drafts for recorded in parts.incoming(draft, self.kept(draft), self._part)]
        self._evidence.preload(incoming)
        self.state.profiles.expect(incoming)
        self.state.visits.preload(
            {c for recorded in incoming for c in containers_named(recorded.fact)},
            {name for recorded in incoming for name in references_of(recorded.fact)},
        )

    def mark(self) -> tuple[int, ...]:
        """A point to which `undo` can go back."""
        marks = (len(self._facts.appended), self._evidence.mark(), self._sequences.mark())
        return (*marks, *self._receipts.mark(), *self.state.mark())

    def undo(self, mark: tuple[int, ...]) -> None:
        """Take back everything since `mark`."""
        events, evidence, sequences, *rest = mark
        del self._facts.appended[events:]
        self._evidence.undo(evidence)
        self._sequences.undo(sequences)
        of_receipts = len(self._receipts.mark())
        self._receipts.undo(rest[:of_receipts])
        self.state.undo(rest[of_receipts:])

    def message(self, draft: Draft) -> Receipt | None:
        """Record a message, of a long one the next items; None while there are more.

        A repeat is answered with its first results, and of a message that was only begun takes the rest.  Raises
        IdentityReused.
        """
        kept = self.kept(draft)
        if kept is not None and not draft.replay_of:
            if kept.sha256 != draft.sha256:
                raise IdentityReused("this message id came before with another body")
            if not kept.is_begun:
                return kept.receipt()
        receipt_id = intake_rows.receipt_id_of(draft, kept)
        fresh = tuple(self._item(draft, item, n, receipt_id) for n, item in parts.next_items(draft, kept, self._part))
        return self._receipts.keep(draft, parts.joined(draft, kept, fresh), fresh=fresh)

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
        self._receipts.write()
        saving.save_sequences(self.connection, self._sequences.changed())
        reached = self.next_position - 1
        visits, alerts = saving.grown(self.connection, self.state)
        changes = saving.save_state(self.connection, self.state, self._evidence, position=reached, now=self.now)
        if self._facts.appended or visits or alerts:
            # New rules may cut a container anew where no fact follows.
            log.advance(self.connection, reached, visits=visits, alerts=alerts)
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
