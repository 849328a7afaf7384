"""The state of the port within one batch: visits, decisions, instructions, alerts, as the facts so far make them.

Read set by set at the start, changed in memory message by message, written by `saving` at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection

from events.types import (
    AlertRaised,
    DiversionDecided,
    Event,
    Recorded,
    VesselCallReported,
)
from port import certificate, diverting, judging, rulesets, verdicts
from port.book import Book
from port.calls import Calls
from port.certificate import Mailing
from port.deciding import AT_THE_POINT, Question, Situation
from port.diversion.table import Ruleset
from port.draft import dated_id
from port.evidence import Evidence
from port.finding_live import LiveProfiles
from port.judging import Judge
from port.ledger import Ledger
from port.naming import Named
from port.orders import Decision, Instruction
from port.register import Registered
from port.stories import Stories
from port.story import Story
from port.verdicts import Verdict
from port.visit import PointVerdict, point_of

Append = Callable[..., Recorded]


class Announcement(Struct, frozen=True):
    """A key's next version, to be numbered when the batch is saved."""

    key: str
    event_id: str
    type: str
    record: str
    subject: str


class Announcements:
    """Those of one batch, in order; a thing of its own, so that state and book do not hold each other."""

    def __init__(self) -> None:
        self.waiting: list[Announcement] = []

    def add(self, key: str, *, event_id: str, type: str, record: str, subject: str = "") -> None:
        """One more."""
        self.waiting.append(Announcement(key, event_id, type, record, subject))


class State:
    """What stands, and what this batch makes of it."""

    def __init__(
        self, connection: Connection, judge: Judge, evidence: Evidence, *, now: datetime, append: Append
    ) -> None:
        self._connection = connection
        self._judge = judge
        self._evidence = evidence
        self._now = now
        self._append = append
        self._verdict = Verdict()
        self._announced = Announcements()
        self.book = Book(connection, self._announced.add)
        self.visits = Stories(connection, judge, evidence, self.book)
        self.mailings: Ledger[str, Mailing] = Ledger(lambda mailing: mailing.item_id or "")
        self.calls = Calls(connection, judge.id_salt)
        self.profiles = LiveProfiles(connection)

    @property
    def announcements(self) -> list[Announcement]:
        """What was announced, in order."""
        return self._announced.waiting

    def mark(self) -> list[int]:
        """A point to which `undo` can go back."""
        return [*(ledger.mark() for ledger in self._ledgers()), len(self.announcements)]

    def undo(self, mark: list[int]) -> None:
        """Take back everything since `mark`."""
        for ledger, position in zip(self._ledgers(), mark, strict=False):
            ledger.undo(position)
        del self.announcements[mark[-1] :]

    def announce(self, key: str, *, event_id: str, type: str, record: str, subject: str = "") -> None:
        """Give a feed key its next version when the batch is saved."""
        self._announced.add(key, event_id=event_id, type=type, record=record, subject=subject)

    def judge_fact(self, recorded: Recorded) -> None:
        """Judge every container a new fact touches; `verdict` then tells what became of it."""
        self._verdict = Verdict()
        fact = recorded.fact
        if fact.kind == "vessel_call":
            containers = self._vessel_call(fact, recorded)
        else:
            self.book.mirror(recorded)
            self._mail(recorded)
            containers = self._evidence.touched_by(recorded)
        self.visits.preload(containers)
        for container_number in containers:
            self._judge_container(container_number, recorded)

    @property
    def verdict(self) -> Verdict:
        """What became of the fact judged last."""
        return self._verdict

    def mailing(self, mailing_id: str) -> Mailing | None:
        """A certificate mailing as it stands in this batch."""
        if mailing_id not in self.mailings:
            found = certificate.find(self._connection, mailing_id)
            if found is not None:
                self.mailings.seed(mailing_id, found)
        return self.mailings.get(mailing_id)

    def carry_out(self, facts: Iterable[Event]) -> None:
        """Append our own facts and mirror them in decisions, instructions and alerts."""
        for number, fact in enumerate(facts):
            self.book.mirror(self._append(fact, event_id=_own_id(fact, number, at=self._now)))

    def situation(self, named: Named, story: Story, verdict: PointVerdict) -> Situation:
        """What `diverting` needs to know of a visit."""
        visit_id = named.row.visit_id
        return Situation(
            visit_id=visit_id,
            visit=named.visit,
            decision=self.book.decision_of(visit_id),
            instruction=self.book.instruction_of(visit_id),
            trigger=story.trigger,
            verdict=verdict,
            now=self._now,
            position=story.trigger.position,
        )

    def question(self, situation: Situation, story: Story) -> Question:
        """What a decision on the visit is made on, with the profile facts that are asked for."""
        visit, facts, version = situation.visit, story.facts, self._version_for(situation, story)
        case = judging.case_of(visit, facts)
        return Question(
            case=self.profiles.add_to(case, version, self._judge.shadowed, self._evidence.met()),
            draws=judging.draws_for(self._judge, visit, situation.trigger, situation.decision, facts.values()),
            ruleset=version,
            sites=self.book.sites(without=situation.visit_id),
        )

    def decide_again(self, decision: Decision, trigger: Recorded) -> bool:
        """Decide anew for a box that waited for a site; whether anything changed."""
        story = self.visits.retell(decision.container_number, trigger)
        named = next((one for one in story.naming.named if one.row.visit_id == decision.visit_id), None)
        if named is None:
            return False
        situation = self.situation(named, story, PointVerdict.NONE)
        facts = diverting.decide_again(situation, lambda: self.question(situation, story))
        self.carry_out(facts)
        return bool(facts)

    def decide_late(self, visit_id: str, trigger: Recorded) -> bool:
        """Decide for a visit past its point of which no terminal was ever told; whether one is told now."""
        assert isinstance(trigger.fact, AlertRaised)
        assert trigger.fact.container_number is not None
        story = self.visits.retell(trigger.fact.container_number, trigger)
        named = next((one for one in story.naming.named if one.row.visit_id == visit_id), None)
        if named is None or self.book.instructions_of(visit_id):
            return False
        situation = self.situation(named, story, PointVerdict.NONE)
        facts = diverting.decide_late(situation, lambda: self.question(situation, story))
        self.carry_out(facts)
        return bool(facts)

    def _version_for(self, situation: Situation, story: Story) -> Ruleset:
        """The version that decides for a visit: the active one, and past its point the one that decided there."""
        decision, active = situation.decision, self._judge.ruleset
        is_frozen = decision is not None and decision.point is not None and situation.visit.movements
        if decision is None or not is_frozen or situation.verdict in AT_THE_POINT:
            return active
        told = next((one.fact for one in story.facts.values() if one.position == decision.position), None)
        if not isinstance(told, DiversionDecided) or told.ruleset_hash == active.content_hash:
            return active
        return rulesets.find_readable(self._connection, told.ruleset_hash) or active

    def _ledgers(self) -> tuple[Ledger[str, object], ...]:
        return (
            self.visits.rows,
            self.visits.stories,
            self.book.decisions,
            self.book.slots,
            self.book.instructions,
            self.book.alerts,
            self.mailings,
            self.calls.rows,
            self.calls.aliases,
        )  # type: ignore[return-value]  # only mark and undo are used

    def _vessel_call(self, fact: VesselCallReported, recorded: Recorded) -> list[str]:
        """A vessel fact bumps only its call, unless it joins aliases that boxes name: then those are cut anew."""
        changed = self.calls.report(self._evidence, recorded)
        for row in changed.rows:
            self.announce(
                f"vessel-call:{row.call_id}", event_id=recorded.event_id, type="vessel_call", record=row.record
            )
        return self._evidence.users_of(fact) if changed.are_cuts_touched else []

    def _judge_container(self, container_number: str, trigger: Recorded) -> None:
        before = self.visits.stories.get(container_number)
        rows_before = self.visits.rows_of(container_number)
        story = self.visits.retell(container_number, trigger)
        for row in story.naming.withdrawn:
            self._withdraw(row)
        given: list[Instruction] = []
        for named in story.naming.named:
            given += self._react(named, story)
        known = verdicts.Known(before, rows_before, self._evidence, self.book.instructions_of)
        self._verdict = verdicts.add(self._verdict, story, known, given=given)

    def _react(self, named: Named, story: Story) -> list[Instruction]:
        is_about = story.trigger.event_id in named.visit.event_ids
        current = self.book.instruction_of(named.row.visit_id)
        if not is_about and (current is None or not current.is_open):
            return []
        verdict = PointVerdict.NONE
        if is_about and story.trigger.fact.kind == "equipment":
            verdict = point_of(named.visit, story.trigger.event_id)
        situation = self.situation(named, story, verdict)
        self._free_slot_if_finished(situation)
        facts = diverting.react(situation, lambda: self.question(situation, story))
        self.carry_out(facts)
        issued = [fact.instruction_id for fact in facts if fact.kind == "instruction_issued"]
        return [given for key in issued if (given := self.book.instructions.get(key)) is not None]

    def _withdraw(self, row: Registered) -> None:
        instruction = self.book.instruction_of(row.visit_id)
        if instruction is not None and instruction.is_open:
            self.carry_out([diverting.withdrawn(instruction, now=self._now)])
        self.book.end_decision(row.visit_id)

    def _free_slot_if_finished(self, situation: Situation) -> None:
        decision, fact = situation.decision, situation.trigger.fact
        if decision is None or not decision.holds_slot:
            return
        is_finished = fact.kind == "notice" and fact.status == "INSPECTION_FINISHED"
        if is_finished or situation.visit.ended_at is not None:
            self.book.free_slot(decision)

    def _mail(self, recorded: Recorded) -> None:
        """A mailing's own step, or a scan of its item, moves it on."""
        fact = recorded.fact
        if fact.kind == "certificate":
            row = certificate.stepped(self.mailing(fact.mailing_id), fact, recorded.position)
        elif fact.kind == "courier_scan":
            known = self.mailings.of_group(fact.item_id)
            found = known[0] if known else certificate.find_by_item(self._connection, fact.item_id)
            if found is None:
                return
            row = found
        else:
            return
        scans = self._evidence.under(f"p:{row.item_id}") if row.item_id else ()
        row = certificate.scanned(row, scans)
        if row != self.mailings.get(row.mailing_id):
            self.mailings.put(row.mailing_id, row)
            record = certificate.to_json(row)
            key = f"certificate:{row.mailing_id}"
            self.announce(key, event_id=recorded.event_id, type=row.state, record=record)


def _own_id(fact: Event, number: int, *, at: datetime) -> str:
    """Our own facts are named by what they decide, so a repeated judgement cannot append them twice."""
    names = ("decision_id", "instruction_id", "alert_id", "visit_id")
    known = [str(getattr(fact, name, "")) for name in names]
    step = str(getattr(fact, "step", "")) + str(getattr(fact, "at", "")) + str(getattr(fact, "why", ""))
    return dated_id(at, "own", fact.kind, *known, step, str(number))
