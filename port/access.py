"""The policy: who may see what of a visit (可用不可见).  The only place that says so, and the only one that starts a
Select.

`visible(actor)` narrows a query to the visits a party may ask for at all.  `view(actor, …)` says in which capacity it
sees one visit: a frozen View, so that viewers with equal Views share one encoded frame.  `docs/access.md` is this page
in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.sql import Select, and_, column, false, literal, or_, select, table, true

from port.actor import Actor, Role
from port.dossier import Dossier, DossierDeclaration, DossierDocument

_VISIT = table(
    "visit", column("visit_id"), column("container_number"), column("alias_of"), column("record"), column("is_expected")
)
_VIEWER = table("visit_viewer", column("visit_id"), column("kind"), column("code"))

_TERMINALS = frozenset({Role.TERMINAL, Role.DEPOT})
_TRADE = frozenset({Role.FORWARDER, Role.BROKER, Role.CONSIGNEE})
_CARRIERS = frozenset({Role.CARRIER, Role.AGENT})
_MOVEMENTS = frozenset({"GTIN", "GTOT", "LOAD", "DISC", "DROP", "PICK", "STUF", "STRP", "RSEA", "RMVD", "INSP"})
_OFFICERS_ONLY = frozenset({"diversion_decided", "alert"})


@dataclass(frozen=True, slots=True)
class View:
    """In which capacity a viewer sees one visit: everything that decides which fields of its dossier are granted.

    `capacity` is customs, terminal, trade, haulier, carrier, tally or authority; `own` are the bills on this visit
    that are the viewer's own, `own_declarations` the declarations whose lines are, `is_own_vessel` says that the box
    comes or goes by a carrier's own vessel.  It names no party: equal grants are equal Views.
    """

    capacity: str
    own: frozenset[str] = frozenset()
    own_declarations: frozenset[str] = frozenset()
    is_own_vessel: bool = False

    @property
    def sees_everything(self) -> bool:
        """Customs."""
        return self.capacity == "customs"

    def owns(self, document: DossierDocument) -> bool:
        """Whether the bill's contents are the viewer's to see."""
        return self.sees_everything or document.reference in self.own

    def may_read_lines(self, declaration: DossierDeclaration) -> bool:
        """Whether declared goods and values are the viewer's to see: its own declaration's only."""
        return declaration.key in self.own_declarations

    @property
    def grant(self) -> str:
        """The grant as text, for a feed's epoch."""
        vessel = ("vessel",) if self.is_own_vessel else ()
        return "|".join((self.capacity, *sorted(self.own), "", *sorted(self.own_declarations), *vessel))


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is joined of the vessel call when a visit is read: times of the port stay, its facilities and its agents."""

    call_id: str | None = None
    ata: datetime | None = None
    atb: datetime | None = None
    atd: datetime | None = None
    facilities: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()


NO_CALL = CallFacts()


def view(actor: Actor, dossier: Dossier, call: CallFacts = NO_CALL) -> View | None:
    """The capacity in which `actor` sees this visit; None when it may not know of it."""
    match actor.role:
        case Role.CUSTOMS:
            return View("customs")
        case Role.AUTHORITY:
            return View("authority")
        case Role.TERMINAL | Role.DEPOT:
            return View("terminal") if _is_at(actor, dossier, call) else None
        case Role.TALLY:
            return View("tally") if actor.party in dossier.movement_senders else None
        case Role.FORWARDER | Role.BROKER | Role.CONSIGNEE:
            return _trade_view(actor.party, dossier)
        case Role.HAULIER:
            return _haulier_view(actor.party, dossier)
        case Role.CARRIER | Role.AGENT:
            return _carrier_view(actor.party, dossier, call)
        case _:
            return None


def may_find_by(view: View, dossier: Dossier, reference: str) -> bool:
    """Whether a search for this bill, declaration or vessel alias may lead the viewer to the visit.

    A bill or declaration finds only its own parties': otherwise asking would tell who shares a box.
    """
    if view.sees_everything:
        return True
    calls = (dossier.entry_call, dossier.exit_call)
    if any(reference in call.aliases for call in calls if call is not None):
        return True
    return any(view.owns(document) and reference in document.names for document in dossier.documents)


def may_see_officers(actor: Actor) -> bool:
    """Decisions, rules, draws, alerts, refused messages of others."""
    return actor.role is Role.CUSTOMS


def may_see_port(actor: Actor) -> bool:
    """The whole port at once, line by line."""
    return actor.role in (Role.CUSTOMS, Role.AUTHORITY)


def may_see_cause(view: View, dossier: Dossier, type: str) -> bool:
    """Whether a viewer may know which fact made a version.

    A movement is everybody's; a decision is the officers'; what was said of a bill is theirs alone whose bills these
    all are, and the terminal's, which works the box.
    """
    if view.sees_everything or type in _MOVEMENTS:
        return True
    if type in _OFFICERS_ONLY:
        return False
    is_all_own = view.capacity == "trade" and all(view.owns(document) for document in dossier.documents)
    return view.capacity == "terminal" or is_all_own


def may_see_instructions(actor: Actor, facility_code: str | None) -> bool:
    """The work list of a facility."""
    if actor.role is Role.CUSTOMS:
        return True
    if actor.role not in _TERMINALS:
        return False
    return actor.is_hub if facility_code is None else actor.may_speak_for(facility_code)


def has_instructions(actor: Actor) -> bool:
    """Whether the role works boxes at all, or orders them worked."""
    return actor.role is Role.CUSTOMS or actor.role in _TERMINALS


def may_see_calls(actor: Actor) -> bool:
    """Vessel calls: everybody who moves cargo through the port, where schedules are public."""
    return actor.role not in (Role.COURIER, Role.ADMIN)


def sees_route(granted: View, dossier: Dossier, call: CallFacts) -> bool:
    """Whether route and instruction may be shown now: terminals from the berthing (import) or the point, the trade and
    hauliers from the point, nobody else.  Before it, not even their absence."""
    if granted.capacity == "customs":
        return True
    if granted.capacity == "terminal":
        return dossier.is_past_point or (dossier.direction == "IMPORT" and call.atb is not None)
    return granted.capacity in ("trade", "haulier") and dossier.is_past_point


def visible(actor: Actor) -> Select[tuple[str, str]]:
    """(visit_id, record) of the visits the actor may ask for; `view` still has the last word on each."""
    query = select(_VISIT.c.visit_id, _VISIT.c.record).where(_VISIT.c.alias_of.is_(None))
    return query.where(_reach(actor))


def on_which(actor: Actor) -> Select[tuple[str]] | None:
    """The ids of the few visits that a party of the trade or of transport is on, from its own end of the index; `view`
    has the last word on each.  None for those who see most of the port: for them, begin at the log."""
    if actor.role not in (_TRADE | _CARRIERS | {Role.HAULIER, Role.TALLY}):
        return None
    named = and_(_VIEWER.c.kind.in_(("party", "sender")), _VIEWER.c.code == actor.party)
    return select(_VIEWER.c.visit_id).where(named)


def sees_cargo(actor: Actor) -> bool:
    """Whether the role is ever on a visit at all."""
    return actor.role not in (Role.COURIER, Role.ADMIN)


def visible_saying(actor: Actor, text: str) -> Select[tuple[str, str]]:
    """As `visible`, only those whose record has the text in it."""
    return visible(actor).where(_VISIT.c.record.contains(text, autoescape=True))


def _reach(actor: Actor):  # type: ignore[no-untyped-def]  # a SQL condition
    if actor.role in (Role.CUSTOMS, Role.AUTHORITY):
        return true()
    if actor.role in _TERMINALS:
        return true() if actor.is_hub else _has_viewer("facility", actor.facilities)
    if actor.role in (_TRADE | _CARRIERS | {Role.HAULIER, Role.TALLY}):
        return or_(_has_viewer("party", [actor.party]), _has_viewer("sender", [actor.party]))
    return false()


def _has_viewer(kind: str, codes: Iterable[str]):  # type: ignore[no-untyped-def]  # a SQL condition
    found = and_(_VIEWER.c.visit_id == _VISIT.c.visit_id, _VIEWER.c.kind == kind, _VIEWER.c.code.in_(sorted(codes)))
    return select(literal(1)).where(found).correlate(_VISIT).exists()


def _is_at(actor: Actor, dossier: Dossier, call: CallFacts) -> bool:
    if actor.is_hub:
        return True
    return not actor.facilities.isdisjoint(dossier.facilities) or not actor.facilities.isdisjoint(call.facilities)


def _trade_view(party: str, dossier: Dossier) -> View | None:
    own = own_documents(party, dossier)
    return View("trade", own, _own_declarations(party, dossier)) if own else None


def _own_declarations(party: str, dossier: Dossier) -> frozenset[str]:
    declarations = (declaration for document in dossier.documents for declaration in document.declarations)
    return frozenset(
        d.key
        for d in declarations
        if party in {named.code for named in (d.declarant, d.consignee) if named is not None}
    )


def own_documents(party: str, dossier: Dossier) -> frozenset[str]:
    """The bills that name the party, and those of whoever nominated it: no longer than these name the nominator."""
    lenders = {n.nominator for n in dossier.nominees if n.code == party and n.role != "haulier"}
    return _naming(lenders | {party}, dossier)


def named_documents(party: str, dossier: Dossier) -> frozenset[str]:
    """The bills that name the party itself."""
    return _naming({party}, dossier)


def _naming(parties: set[str], dossier: Dossier) -> frozenset[str]:
    return frozenset(d.reference for d in dossier.documents if not d.parties.isdisjoint(parties))


def _haulier_view(party: str, dossier: Dossier) -> View | None:
    named = any(party in document.hauliers for document in dossier.documents)
    lenders = {n.nominator for n in dossier.nominees if n.code == party and n.role == "haulier"}
    return View("haulier") if named or _naming(lenders, dossier) else None


def _carrier_view(party: str, dossier: Dossier, call: CallFacts) -> View | None:
    own = frozenset(d.reference for d in dossier.documents if party in d.senders)
    is_own_vessel = party in call.senders
    return View("carrier", own, is_own_vessel=is_own_vessel) if own or is_own_vessel else None
