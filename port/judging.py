"""Judging one container: its facts cut into visits, the visits named, and what each means for its diversion.

`Judge` holds what judgement needs beside the facts: the active ruleset, the secret salts, the windows.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from events.types import OUR_KINDS, DeclarationLodged, DiversionDecided, Recorded, Route
from port.diversion import gather
from port.diversion.case import Case, Standing
from port.diversion.draw import draw
from port.diversion.facts import CustomsStatus
from port.diversion.profiles import ProfileKind
from port.diversion.table import Ruleset
from port.draft import gathered_id
from port.orders import Decision
from port.register import Registered
from port.visit import CutRules, DeclarationView, Visit, VisitDocument

_AT_SITES = frozenset({Route.INSPECTION, Route.SCAN})


@dataclass(frozen=True, slots=True)
class Judge:
    """The settings of judgement.  `draw_salt` keys the random draws, `id_salt` the opaque ids.

    `ruleset` is the version that decides: a batch asks which (`rulesets_active`).  `shadowed` are the profiles that
    versions in shadow ask for: a live case has them too, so that these decide on what was known then.
    """

    ruleset: Ruleset
    draw_salt: bytes
    id_salt: bytes
    rules: CutRules = field(default_factory=CutRules)
    shadowed: tuple[ProfileKind, ...] = ()

    def rules_with(
        self, customs_facilities: frozenset[str], inspection_sites: frozenset[str] = frozenset()
    ) -> CutRules:
        """The windows, with the facilities under customs' control as the database and the versions have them now."""
        return replace(
            self.rules,
            customs_facilities=self.rules.customs_facilities | customs_facilities,
            inspection_sites=self.rules.inspection_sites | inspection_sites | sites_of(self.ruleset),
        )


def sites_of(ruleset: Ruleset) -> frozenset[str]:
    """Where the version has boxes looked at."""
    return frozenset(site.code for site in ruleset.sites if not _AT_SITES.isdisjoint(site.kinds))


def mint(judge: Judge, visit: Visit, trigger: Recorded, *, taken: Container[str]) -> Registered:
    """A new public id for a part of the story, founded on the event that brought it about.

    Opaque: a keyed hash, so it tells nothing of how many there are and comes out alike on a rebuild.  `taken` are the
    container's ids: one that was merged away answers for the older visit ever after, and the event it was founded on
    may found another.
    """
    founding = trigger.event_id if trigger.event_id in visit.event_ids else founding_event(visit)
    named: tuple[str, ...] = ("visit", visit.container_number, founding)
    visit_id = gathered_id(judge.id_salt, trigger.received_at, trigger.position, *named)
    if visit_id in taken:
        named = (*named, str(trigger.position))
        visit_id = gathered_id(judge.id_salt, trigger.received_at, trigger.position, *named)
    return Registered(
        visit_id=visit_id,
        container_number=visit.container_number,
        founding_event_id=founding,
        minted_position=trigger.position,
        alias_of=None,
        visit_key="",
        version=0,
        begun_at=None,
        is_expected=False,
        is_overdue=False,
        filed_as="",
        record="",
    )


def founding_event(visit: Visit) -> str:
    """The event a part is founded on when the triggering one lies elsewhere: its opening, else the first of what was
    told of it.

    Nothing of our own while there is another: what we said of a visit that is sealed may lie with this one until all is
    read again.
    """
    if visit.movements:
        return visit.movements[0].event_id
    told = [placed.recorded.event_id for placed in visit.events if placed.recorded.fact.kind not in OUR_KINDS]
    return min(told or visit.event_ids)


def case_of(visit: Visit, facts: Mapping[str, Recorded]) -> Case:
    """The case a visit makes: its reports, and how each of its documents stands with customs.

    `facts` finds every fact of the container by event id.
    """
    events = [movement.fact for movement in visit.movements]
    counted = [document for document in visit.documents if document.is_counted]
    return Case(
        container_number=visit.container_number,
        container=gather.container_facts(events, bill_count=len(counted)),
        standings=tuple(standing for document in counted for standing in _standings(document, facts)),
        needs=gather.container_needs(events),
        is_direction_known=visit.direction is not None,
    )


def _standings(document: VisitDocument, facts: Mapping[str, Recorded]) -> Iterable[Standing]:
    active = [declaration for declaration in document.declarations if declaration.is_active]
    if not active:
        yield Standing(document.reference, None, CustomsStatus(document.customs.value))
    for declaration in active:
        lodged = facts[declaration.event_id].fact
        assert isinstance(lodged, DeclarationLodged)
        status = CustomsStatus(declaration.status.value)
        yield gather.declared(document.reference, lodged, status, key=declaration.key, site=declaration.ordered_site)


def draws_for(
    judge: Judge, visit: Visit, trigger: Recorded, earlier: Decision | None, facts: Iterable[Recorded]
) -> dict[str, float]:
    """The random draw per declaration, and one for the point where there is none.

    Keyed by what it is drawn for, so a re-decision draws the same number by itself; a declaration that was decided on
    under its seqNo keeps that draw when it gets its number.  `facts` are all of the container's.
    """
    drawn = _drawn(earlier, facts) if earlier is not None else {}
    views = [view for view in visit.declarations if view.is_active]
    if not views:
        return {trigger.event_id: draw(judge.draw_salt, visit.container_number, subject=trigger.event_id)}
    return {view.key: _draw(judge, visit.container_number, view, drawn=drawn) for view in views}


def _drawn(earlier: Decision, facts: Iterable[Recorded]) -> dict[str, float]:
    told = next((recorded.fact for recorded in facts if recorded.position == earlier.position), None)
    return dict(told.draws) if isinstance(told, DiversionDecided) else {}


def _draw(judge: Judge, container_number: str, view: DeclarationView, *, drawn: Mapping[str, float]) -> float:
    names = [name for name in (view.key, view.seq_no, view.cus_ciq_no) if name]
    inherited = next((drawn[name] for name in names if name in drawn), None)
    return draw(judge.draw_salt, container_number, subject=view.key) if inherited is None else inherited
