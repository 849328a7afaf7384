"""The fold: every stored event of one container in, its visits out, whatever the order they were given in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from events.types import MovementType, Recorded
from port.vessel import Stays
from port.visit.bills import Calls, Papers, bills, papers
from port.visit.corrections import Strikes, strikes
from port.visit.cut import cut
from port.visit.declarations import Declared, declared, sites
from port.visit.direction import came_by_barge_or_rail, direction
from port.visit.history import History, Ours, history, said_at
from port.visit.joining import candidate, groups, join
from port.visit.model import Folded, Movement, Placed
from port.visit.placing import Draft, Placer, cuts
from port.visit.span import DISC, LOAD, Cut
from port.visit.status import CutRules
from port.visit.visits import freeze

NOBODY: Mapping[str, str] = {}


def fold(
    container_number: str,
    events: Iterable[Recorded],
    stays: Stays,
    rules: CutRules,
    *,
    founding: Mapping[str, str] = NOBODY,
) -> Folded:
    """The container's visits out of every event that concerns it.

    Beside its own movements and withdrawals: all other events of the EDIFACT documents they came in, corrections that
    moved an event to another container, every manifest, delivery order and declaration that names it or is of one of
    its bills (masters and houses included), every other lodging of such a declaration, its notices, and our own facts.
    `founding` gives, by visit id, the event a visit was founded on: our facts go with it.
    """
    told = history(events)
    return _Fold(container_number, told, stays, rules).run(founding)


@dataclass(slots=True)
class _Fold:
    container_number: str
    history: History
    stays: Stays
    rules: CutRules

    def run(self, founding: Mapping[str, str]) -> Folded:
        struck = strikes(self.history.told, self.history.withdrawals) if self.history.is_corrected else {}
        standing = [
            Movement(recorded.event_id, recorded.sender, fact)
            for recorded, fact in self.history.told
            if fact.container_number == self.container_number and recorded.event_id not in struck and cuts(fact)
        ]
        all_declared = declared(self.history.lodgings, self.history.notices)
        calls, found = self._papers(all_declared, struck)
        customs = self._customs_facilities(found.declared, standing)
        drafts = self._drafts(cut(standing, stays=self.stays, rules=self.rules, customs=customs), calls, found)
        placer = Placer(self.container_number, drafts, self.stays)
        self._place_own(placer, struck, standing, customs)
        self._place_papers(placer)
        self._place_withdrawals(placer, struck)
        self._place_ours(placer, founding)
        self._leave_rest(placer)
        return freeze(self.container_number, placer, stays=self.stays)

    def _papers(self, all_declared: dict[str, Declared], struck: Strikes) -> tuple[Calls, Papers]:
        history = self.history
        refs = [fact.vessel for _, fact in history.manifests] + [fact.vessel for _, fact in history.lodgings]
        calls = Calls(self.stays, refs)
        if not history.has_papers:
            return calls, Papers(self.container_number, [], [], [], frozenset())
        reported = {
            fact.transport_document_reference
            for recorded, fact in history.told
            if fact.container_number == self.container_number
            and fact.transport_document_reference
            and recorded.event_id not in struck
        }
        return calls, papers(
            self.container_number,
            all_bills=bills(history.manifests, calls),
            all_declared=all_declared.values(),
            all_releases=history.releases,
            reported=reported,
        )

    def _customs_facilities(self, about: list[Declared], standing: list[Movement]) -> frozenset[str]:
        """Those under its control, and where orders send boxes unless a ship worked this one there: that is a quay."""
        named = sites(about, self.container_number) | self.rules.inspection_sites
        if not named:
            return self.rules.customs_facilities
        quays = {told.facility_code for told in standing if told.type_code in (DISC, LOAD)}
        return self.rules.customs_facilities | (named - quays)

    def _drafts(self, cut_visits: list[Cut], calls: Calls, found: Papers) -> list[Draft]:
        keys = _keys(self.container_number, cut_visits)
        drafts = [self._draft(key, visit) for key, visit in zip(keys, cut_visits, strict=True)]
        if not self.history.has_papers:
            return drafts
        candidates = [candidate(visit, draft.direction) for visit, draft in zip(cut_visits, drafts, strict=True)]
        joined = join(groups(found, calls), candidates, stays=self.stays, rules=self.rules)
        for draft, on in zip(drafts, joined.of_visits, strict=True):
            draft.groups = on
        for on in joined.expected:
            kind, name, way = on[0].key
            key = f"{self.container_number}:EXPECTED:{way}:{kind}:{name}"
            drafts.append(Draft(key, None, MovementType(way.value), on))
        return drafts

    def _draft(self, key: str, visit: Cut) -> Draft:
        is_inland = came_by_barge_or_rail(visit)
        way = direction(visit, stays=self.stays, rules=self.rules, is_inland=is_inland)
        return Draft(key, visit, way, is_inland=is_inland)

    def _place_own(self, placer: Placer, struck: Strikes, standing: list[Movement], customs: frozenset[str]) -> None:
        own = [told for told in self.history.told if told[1].container_number == self.container_number]
        by_id = {recorded.event_id: recorded for recorded, _ in own}
        for draft in placer.drafts:
            for movement in draft.cut.movements if draft.cut else ():
                placer.put(draft, Placed(by_id[movement.event_id]))
        placer.put_shown(told for told in own if told[0].event_id not in struck and not cuts(told[1]))
        taken_back = [told for told in own if told[0].event_id in struck]
        if taken_back:
            placer.put_struck(
                taken_back,
                struck,
                lambda ghosts: cut([*standing, *ghosts], stays=self.stays, rules=self.rules, customs=customs),
            )

    def _place_papers(self, placer: Placer) -> None:
        for draft in placer.drafts:
            for group in draft.groups:
                for recorded in (told[0] for bill in group.bills for told in bill.tellings):
                    placer.put(draft, Placed(recorded))
                for recorded, _ in group.releases:
                    placer.put(draft, Placed(recorded))
                for declaration in group.declared:
                    for recorded, _ in (*declaration.lodgings, *declaration.about(self.container_number)):
                        placer.put(draft, Placed(recorded, declaration=declaration.key))

    def _place_withdrawals(self, placer: Placer, struck: Strikes) -> None:
        """A withdrawal goes where what it took back is; one that took back nothing yet waits, if it is of this box."""
        if not self.history.withdrawals:
            return
        own = [told.event_id for told, fact in self.history.told if fact.container_number == self.container_number]
        at = {struck[event_id].by: placer.draft_of.get(event_id) for event_id in own if event_id in struck}
        for recorded, withdrawal in self.history.withdrawals:
            if recorded.event_id in at or withdrawal.container_number == self.container_number:
                placer.put(at.get(recorded.event_id), Placed(recorded))

    def _place_ours(self, placer: Placer, founding: Mapping[str, str]) -> None:
        by_visit: dict[str, list[tuple[Recorded, Ours]]] = {}
        for recorded, ours in self.history.ours:
            by_visit.setdefault(ours.visit_id or recorded.event_id, []).append((recorded, ours))
        for visit_id, bundle in by_visit.items():
            anchors = [founding.get(visit_id), *(getattr(ours, "point_event_id", None) for _, ours in bundle)]
            draft = next((placer.draft_of[a] for a in anchors if a in placer.draft_of), None)
            draft = draft or placer.around(min(said_at(ours) for _, ours in bundle))
            for recorded, _ in bundle:
                placer.put(draft, Placed(recorded))

    def _leave_rest(self, placer: Placer) -> None:
        """Papers that list the container and are in force for none of its visits: replaced, narrowed, or waiting."""
        history = self.history
        listed = [(recorded, fact.containers) for recorded, fact in history.manifests]
        listed += [(recorded, fact.containers) for recorded, fact in history.releases]
        listed += [(recorded, fact.containers) for recorded, fact in history.lodgings]
        listed += [(recorded, fact.containers) for recorded, fact in history.notices]
        for recorded, containers in listed:
            if self.container_number in containers and recorded.event_id not in placer.draft_of:
                placer.put(None, Placed(recorded))


def _keys(container_number: str, cut_visits: Iterable[Cut]) -> Iterator[str]:
    """By what each begins with; visits that begin alike, off two ships in one minute, also by their order."""
    begun: dict[str, int] = {}
    for visit in cut_visits:
        first = visit.movements[0]
        key = f"{container_number}:{first.type_code}:{first.at.isoformat()}:{first.facility_code or ''}"
        earlier = begun.get(key, 0)
        yield f"{key}:{earlier}" if earlier else key
        begun[key] = earlier + 1
