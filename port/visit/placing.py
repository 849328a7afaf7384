"""Which visit every other event belongs to: what cuts nothing, what was taken back, and our own facts.

A visit's public id follows the event it was founded on, so an event that no longer stands still has its place: where
its correction is, else where it would be had it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.types import Classifier, Direction, EquipmentEvent, EquipmentEventType, MovementType, VesselRef
from port.vessel import Stays
from port.visit.corrections import Strikes, Told
from port.visit.joining import Group
from port.visit.model import Movement, Placed
from port.visit.span import DISC, GTIN, RANK, Cut, is_named

NEAR = timedelta(days=30)


@dataclass(slots=True)
class Draft:
    """A visit before it is frozen: cut, or expected of documents or of plans."""

    key: str
    cut: Cut | None
    direction: MovementType | None
    groups: list[Group] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    is_inland: bool = False

    @property
    def calls(self) -> list[VesselRef]:
        named = self.cut.calls if self.cut else [group.call for group in self.groups]
        return [call for call in named if is_named(call)]

    @property
    def references(self) -> set[str]:
        return {reference for group in self.groups for reference in group.known_as}


def cuts(fact: EquipmentEvent) -> bool:
    """Whether this telling, if it stands, cuts visits: an actual movement at the port's own facilities."""
    return fact.classifier is Classifier.ACT and fact.is_at_port and fact.type_code in RANK


def is_plan_of_entry(fact: EquipmentEvent) -> bool:
    return fact.classifier is not Classifier.ACT and fact.is_at_port and fact.type_code in (DISC, GTIN)


@dataclass(slots=True)
class Placer:
    """The drafts of one container and where each event id went."""

    container_number: str
    drafts: list[Draft]
    stays: Stays
    unplaced: list[Placed] = field(default_factory=list)
    draft_of: dict[str, Draft] = field(default_factory=dict)

    def put(self, draft: Draft | None, placed: Placed) -> None:
        """Each event in one place, the first it is put in."""
        event_id = placed.recorded.event_id
        if draft is None:
            self.unplaced.append(placed)
        elif event_id not in self.draft_of:
            draft.placed.append(placed)
            self.draft_of[event_id] = draft

    def put_struck(self, told: list[Told], struck: Strikes, recut: Callable[[list[Movement]], list[Cut]]) -> None:
        """Events of this container that no longer stand: with their correction, else where they would have been."""
        alone: list[Told] = []
        for recorded, fact in told:
            strike = struck[recorded.event_id]
            if (draft := self._corrected_in(strike.by, struck)) is not None:
                self.put(draft, Placed(recorded, strike.mark, strike.by))
            else:
                alone.append((recorded, fact))
        ghosts = [Movement(r.event_id, r.sender, fact) for r, fact in alone if cuts(fact)]
        would_be = self._would_be(recut(ghosts)) if ghosts else {}
        for recorded, fact in alone:
            strike = struck[recorded.event_id]
            draft = would_be.get(recorded.event_id) if cuts(fact) else self.around(fact.event_datetime, fact=fact)
            self.put(draft or self._naming(fact, expected_only=True), Placed(recorded, strike.mark, strike.by))

    def _corrected_in(self, event_id: str, struck: Strikes) -> Draft | None:
        seen: set[str] = set()
        while event_id not in seen:
            if (draft := self.draft_of.get(event_id)) is not None:
                return draft
            seen.add(event_id)
            if event_id in struck:
                event_id = struck[event_id].by
        return None

    def _would_be(self, recut: list[Cut]) -> dict[str, Draft]:
        """For each event that is not placed, the draft of the standing movement nearest to it in its would-be visit."""
        found: dict[str, Draft] = {}
        for cut in recut:
            ids = [told.event_id for told in cut.movements]
            standing = [place for place, event_id in enumerate(ids) if event_id in self.draft_of]
            if standing:
                for place, event_id in enumerate(ids):
                    nearest = min(standing, key=lambda other: (abs(other - place), other))
                    found[event_id] = self.draft_of[ids[nearest]]
        return found

    def put_shown(self, told: Iterable[Told]) -> None:
        """Standing events that cut nothing: plans, estimates, statuses, other ports' movements."""
        for recorded, fact in sorted(told, key=lambda t: (t[1].event_datetime, t[0].event_id)):
            draft = self._naming(fact) or self.around(fact.event_datetime, fact=fact)
            if draft is None and is_plan_of_entry(fact):
                draft = Draft(f"{self.container_number}:EXPECTED:PLAN", None, _planned_direction(fact))
                self.drafts.append(draft)
            self.put(draft, Placed(recorded))

    def _naming(self, fact: EquipmentEvent, *, expected_only: bool = False) -> Draft | None:
        """The draft naming the event's call, else its bill; of several the one nearest in time."""
        drafts = [draft for draft in self.drafts if not expected_only or draft.cut is None]
        by_call = [d for d in drafts if any(self.stays.same(call, fact.vessel) for call in d.calls)]
        reference = fact.transport_document_reference
        found = by_call or [d for d in drafts if reference and reference in d.references]
        return min(found, key=lambda draft: _distance(draft, fact.event_datetime), default=None)

    def around(self, at: datetime, *, fact: EquipmentEvent | None = None) -> Draft | None:
        """The visit in which this moment falls, else the next to begin, an expected one, the last that ended."""
        during = [d for d in self.drafts if d.cut and _distance(d, at) == timedelta(0)]
        if during:
            return during[-1]
        coming = [d for d in self.drafts if d.cut and timedelta(0) < d.cut.begun_at - at <= NEAR]
        expected = [d for d in self.drafts if d.cut is None]
        gone = [d for d in self.drafts if d.cut and d.cut.begun_at < at]
        if fact is not None and is_plan_of_entry(fact):
            gone = []
        for found in (coming[:1], expected[:1], gone[-1:]):
            if found:
                return found[0]
        return None


def _distance(draft: Draft, at: datetime) -> timedelta:
    """How far the moment is from the visit; an expected one is as far as a visit may be."""
    if draft.cut is None:
        return NEAR
    ended = draft.cut.ended_at
    if at < draft.cut.begun_at:
        return draft.cut.begun_at - at
    return timedelta(0) if ended is None or at <= ended else at - ended


def _planned_direction(fact: EquipmentEvent) -> MovementType:
    way = Direction.IMPORT if fact.type_code is EquipmentEventType.DISC else Direction.EXPORT
    return fact.movement_type or MovementType(way.value)
