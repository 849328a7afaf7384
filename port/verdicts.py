"""What became of a fact: taken as new, as one more telling, or too late to change how things stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from events.types import Classifier, CustomsNotice, EquipmentEvent, Recorded
from port import dossier
from port.draft import GivenInstruction
from port.evidence import Evidence
from port.naming import Named
from port.orders import Instruction
from port.register import Registered
from port.story import Story
from port.visit import Mark, PointVerdict, Visit, point_of


class Verdict(Struct, frozen=True):
    """`outcome` is accepted, duplicate (the same fact by another message) or stale (kept, changed no current status).

    `is_late`: the point of a box that has moved on since.  `is_foreign`: a receipt of another's declaration.
    """

    outcome: str = "accepted"
    visit_ids: tuple[str, ...] = ()
    instruction: GivenInstruction | None = None
    is_late: bool = False
    is_foreign: bool = False


class Known(Struct, frozen=True):
    """What was known when the fact came: the container as judged before in this batch, or else its register rows."""

    before: Story | None
    rows: Sequence[Registered]
    evidence: Evidence
    instructions: Callable[[str], list[Instruction]]


def add(verdict: Verdict, story: Story, known: Known, *, given: Sequence[Instruction]) -> Verdict:
    """The verdict with one more container judged."""
    trigger: Recorded = story.trigger
    named = [one for one in story.naming.named if trigger.event_id in one.visit.event_ids]
    verdict = replace(verdict, visit_ids=verdict.visit_ids + tuple(one.row.visit_id for one in named))
    if given:
        verdict = replace(verdict, instruction=_given(given[-1]))
    fact = trigger.fact
    if fact.kind == "equipment":
        for one in named:
            verdict = _of_movement(verdict, one, trigger, instructions=known.instructions)
        if _told_before(story, trigger):
            return replace(verdict, outcome="duplicate")
        is_old = _is_overtaken(story, trigger) and not _has_changed(story, known.before, known.rows)
        return replace(verdict, outcome="stale") if is_old else verdict
    return _of_notice(verdict, fact, trigger, known.evidence) if fact.kind == "notice" else verdict


def _of_notice(verdict: Verdict, fact: CustomsNotice, trigger: Recorded, evidence: Evidence) -> Verdict:
    """Heard of no visit it is another's to hand on; heard, it may still be older than what counts."""
    if not verdict.visit_ids:
        return replace(verdict, outcome="stale", is_foreign=trigger.sender_role != "customs")
    is_old = _is_older_notice(fact, trigger, evidence)
    return replace(verdict, outcome="stale" if is_old else "accepted", is_foreign=False)


def _given(instruction: Instruction) -> GivenInstruction:
    return GivenInstruction(
        instruction.instruction_id, instruction.point, instruction.route, instruction.place, instruction.reason
    )


def _of_movement(
    verdict: Verdict, named: Named, trigger: Recorded, *, instructions: Callable[[str], list[Instruction]]
) -> Verdict:
    """The first instruction for a telling of the point; LATE_REPORT when the box has moved on since."""
    if point_of(named.visit, trigger.event_id) is PointVerdict.LATE_REPORT:
        verdict = replace(verdict, is_late=True)
    if trigger.event_id not in named.visit.opening_tellings:
        return replace(verdict, instruction=None)
    tellings = named.visit.opening_tellings
    first = next((i for i in instructions(named.row.visit_id) if i.point_event_id in tellings), None)
    return replace(verdict, instruction=_given(first) if first else None)


def _told_before(story: Story, trigger: Recorded) -> bool:
    fact = trigger.fact
    assert isinstance(fact, EquipmentEvent)
    same = (
        other
        for other in story.facts.values()
        if other.fact.kind == "equipment" and other.position < trigger.position and _is_same_fact(fact, other.fact)
    )
    return fact.classifier is Classifier.ACT and any(_stands(story, other.event_id) for other in same)


def _is_same_fact(one: EquipmentEvent, other: EquipmentEvent) -> bool:
    return (
        one.container_number == other.container_number
        and one.type_code == other.type_code
        and one.classifier == other.classifier
        and (one.facility_code or other.facility_code) == (other.facility_code or one.facility_code)
        and int(one.event_datetime.timestamp() // 60) == int(other.event_datetime.timestamp() // 60)
    )


def _stands(story: Story, event_id: str) -> bool:
    placed = (p for one in story.naming.named for p in one.visit.events if p.recorded.event_id == event_id)
    return any(p.mark is Mark.CURRENT for p in placed)


def _is_overtaken(story: Story, trigger: Recorded) -> bool:
    """An ACT movement that is not the latest thing that happened to the box."""
    fact = trigger.fact
    if fact.kind != "equipment" or fact.classifier is not Classifier.ACT:
        return False
    latest = [one.visit.latest_movement for one in story.naming.named if one.visit.latest_movement is not None]
    return any(movement.at > fact.event_datetime for movement in latest)


def _has_changed(story: Story, before: Story | None, rows_before: Sequence[Registered]) -> bool:
    now = _current([one.visit for one in story.naming.named])
    if before is not None:
        was = _current([one.visit for one in before.naming.named])
        return was is None or now is None or _status(was) != _status(now)
    records = [dossier.from_json(row.record) for row in rows_before if row.record and row.alias_of is None]
    cut = [d for d in records if d.begun_at is not None]
    if not cut or now is None:
        return True
    latest = max(cut, key=lambda d: d.begun_at.timestamp() if d.begun_at else 0.0)
    told = (latest.movement, latest.customs, latest.carrier, latest.direction, latest.begun_at, latest.ended_at)
    return told != _status(now)


def _current(visits: Sequence[Visit]) -> Visit | None:
    cut = [visit for visit in visits if visit.begun_at is not None]
    return cut[-1] if cut else None


def _status(visit: Visit) -> tuple[object, ...]:
    return (visit.movement, visit.customs, visit.carrier, visit.direction, visit.begun_at, visit.ended_at)


def _is_older_notice(fact: CustomsNotice, trigger: Recorded, evidence: Evidence) -> bool:
    numbers = (("n", fact.declaration_number), ("s", fact.seq_no), ("q", fact.cus_ciq_no))
    for prefix, number in numbers:
        for other in evidence.under(f"{prefix}:{number}") if number else ():
            if other.fact.kind != "notice" or other.position >= trigger.position:
                continue
            if other.fact.notice_datetime > fact.notice_datetime and other.fact.status != "ARRIVAL_REPORTED":
                return fact.status != "ARRIVAL_REPORTED"
    return False
