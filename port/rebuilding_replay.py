"""One container's facts judged again in the order of the log: its ids, and what became of its decisions.

The same fold, the same naming and the same mirror as the Recorder's; but nothing is decided here.  What the port
decided is in the log, so our own facts are read back where a batch would have made them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace
from sqlalchemy import Connection

from events.types import OUR_KINDS, Event, NoticeStatus, Recorded
from port import judging
from port.book import Book
from port.evidence import Evidence
from port.judging import Judge
from port.naming import Named, Naming, name_visits
from port.orders import Decision, Instruction
from port.register import Registered
from port.vessel import Stays, stays
from port.visit import CutRules, Visit, fold, only_goes_on


class Remembered(Evidence):
    """Evidence that knows what was added to it and asks no log: the facts up to a point, whatever came after."""

    def load(self, keys: Iterable[str]) -> None:
        """Nothing to read: a key has what was added under it."""
        for key in keys:
            if key not in self._under:
                self._under[key] = self._unread.pop(key, [])

    def _by_id(self, event_id: str) -> list[Recorded]:
        return [recorded for _, recorded in self._journal if recorded.event_id == event_id][:1]


@dataclass(slots=True)
class Replayed:
    """What a container's facts come to; `visits` has those that stand, by id: none that was withdrawn or merged."""

    container_number: str
    rows: dict[str, Registered] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    stays: Stays = field(default_factory=Stays)
    facts: tuple[Recorded, ...] = ()
    last: Recorded | None = None
    decisions: tuple[Decision, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    decision_of: Callable[[str], Decision | None] = lambda visit_id: None
    instruction_of: Callable[[str], Instruction | None] = lambda visit_id: None


Minted = Mapping[tuple[str, int], Sequence[tuple[str, str]]]
"""The visit ids there are and what they were founded on, by container and by the position at which."""


class Replay:
    """Judges one container's facts again, oldest first.

    An id that was handed out stays: another version of this program may have made it in another way.
    """

    def __init__(
        self, connection: Connection, judge: Judge, rules: CutRules, container_number: str, minted: Minted
    ) -> None:
        self._judge = judge
        self._rules = rules
        self._minted = minted
        self._evidence = Remembered(connection)
        self._book = Book(connection, _tell_nobody)
        self._made = Replayed(container_number)
        self._judged: tuple[int, int] = (0, 0)

    def run(self, told: Sequence[Recorded]) -> Replayed:
        """The outcome; `told` are all facts about the container and the vessel calls they name, in log order."""
        behind: Recorded | None = None
        for recorded in told:
            fact = recorded.fact
            self._evidence.add(recorded)
            if fact.kind in OUR_KINDS:
                self._book.mirror(recorded)
                is_shown = fact.kind == "nomination" or (bool(recorded.sender) and self._holds_slot())
                if is_shown:
                    self._judge_again(recorded, is_new=True)
            elif self._can_wait(recorded) and not self._holds_slot():
                behind = recorded
            else:
                self._judge_again(recorded, is_new=False)
                behind = None
        if behind is not None:
            self._judge_again(behind, is_new=True)
        made, book = self._made, self._book
        made.decisions = tuple(book.decisions)
        made.instructions = tuple(book.instructions)
        made.decision_of = book.decision_of
        made.instruction_of = lambda visit_id: book.instruction_of(visit_id) or _last(book.instructions_of(visit_id))
        return made

    def _can_wait(self, recorded: Recorded) -> bool:
        """No visit begins, ends or is named by it, so that whoever judges next may judge it too."""
        if _cuts_nothing(recorded.fact):
            return True
        visits = list(self._made.visits.values())
        is_told_of = bool(self._evidence.under(f"e:{recorded.event_id}"))
        return len(visits) == 1 and not is_told_of and only_goes_on(visits[0], recorded.fact)

    def _judge_again(self, trigger: Recorded, *, is_new: bool) -> None:
        """Cut and name as the batch did that held `trigger`; a fact that reached this container not at all is passed
        over."""
        made = self._made
        facts = self._evidence.about(made.container_number)
        calls = self._evidence.calls_for(facts)
        known, self._judged = self._judged, (len(facts), len(calls))
        if not facts or (known == self._judged and not is_new):
            return
        where = stays(calls)
        naming = self._name(facts, where, trigger)
        made.facts, made.stays, made.last = tuple(facts), where, trigger
        made.visits = {named.row.visit_id: named.visit for named in naming.named}
        for row in naming.withdrawn:
            self._book.end_decision(row.visit_id)
        for named in naming.named:
            self._free_slot_if_finished(named, trigger)

    def _name(self, facts: list[Recorded], where: Stays, trigger: Recorded) -> Naming:
        rows = self._made.rows
        number = self._made.container_number
        founding = {row.visit_id: row.founding_event_id for row in rows.values()}
        folded = fold(number, facts, where, self._rules, founding=founding)
        naming = name_visits(
            folded.visits,
            sorted(rows.values(), key=lambda row: (row.minted_position, row.visit_id)),
            mint=lambda visit: self._mint(visit, trigger),
        )
        for named in naming.named:
            rows.setdefault(named.row.visit_id, named.row)
        for row in naming.merged:
            rows[row.visit_id] = row
            assert row.alias_of is not None
            self._book.hand_over(row.visit_id, row.alias_of)
        return naming

    def _mint(self, visit: Visit, trigger: Recorded) -> Registered:
        rows = self._made.rows
        row = judging.mint(self._judge, visit, trigger, taken=rows.keys())
        there = self._minted.get((row.container_number, row.minted_position), ())
        known = [visit_id for visit_id, founding in there if founding == row.founding_event_id]
        if not known:
            # Once a visit could be founded on a fact of our own.
            ours = {one.recorded.event_id for one in visit.events if one.recorded.fact.kind in OUR_KINDS}
            known = [visit_id for visit_id, founding in there if founding in ours and visit_id not in rows]
        return replace(row, visit_id=min(known)) if known and row.visit_id not in known else row

    def _free_slot_if_finished(self, named: Named, trigger: Recorded) -> None:
        visit_id, fact = named.row.visit_id, trigger.fact
        decision = self._book.decision_of(visit_id)
        if decision is None or not decision.holds_slot:
            return
        current = self._book.instruction_of(visit_id)
        if trigger.event_id not in named.visit.event_ids and (current is None or not current.is_open):
            return
        is_finished = fact.kind == "notice" and fact.status is NoticeStatus.INSPECTION_FINISHED
        if is_finished or named.visit.ended_at is not None:
            self._book.free_slot(decision)

    def _holds_slot(self) -> bool:
        return any(decision.holds_slot for decision in self._book.decisions)


def _cuts_nothing(fact: Event) -> bool:
    """A notice that only tells how a declaration stands: it joins no names and sends the box nowhere, so that no visit
    begins, ends or moves by it; whoever judges next sees it too."""
    return fact.kind == "notice" and not (fact.site or fact.seq_no or fact.cus_ciq_no)


def _tell_nobody(*_: object, **__: object) -> None:
    """Who was told of a decision was told then."""


def _last(instructions: Sequence[Instruction]) -> Instruction | None:
    return instructions[-1] if instructions else None
