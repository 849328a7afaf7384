"""Summing a visit up: its dossier, who may ask for it, and what it is called, from the fold and the instruction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any  # a dossier's fields by name

from events.types import DeclarationLine, PartyNominated, PartyRef, Recorded, VesselRef
from port.calls import ref_aliases, stay_alias
from port.dossier import (
    Dossier,
    DossierCall,
    DossierDeclaration,
    DossierDocument,
    DossierInstruction,
    NamedParty,
    Nominee,
    Stamp,
)
from port.orders import Instruction
from port.register import Filing, Registered
from port.vessel import Stays
from port.visit import DeclarationView, FacetFact, Visit, VisitDocument


def dossier_of(
    visit: Visit,
    *,
    visit_id: str,
    instruction: Instruction | None,
    because_of: Sequence[str],
    facts: Sequence[Recorded],
    stays: Stays,
) -> Dossier:
    """The visit's whole public record; `facts` are all of the container's, `stays` the calls they name."""
    roles = {recorded.event_id: recorded.sender_role for recorded in facts}
    box = visit.equipment
    return Dossier(
        **_facets_of(visit, roles),
        visit_id=visit_id,
        container_number=visit.container_number,
        direction=visit.direction.value if visit.direction else None,
        is_laden=visit.is_laden,
        is_past_point=not visit.is_expected,
        is_withdrawn=False,
        is_expected=visit.is_expected,
        left_without_release=visit.left_without_release,
        begun_at=visit.begun_at,
        ended_at=visit.ended_at,
        facilities=visit.facility_codes,
        facility_code=visit.facility_code,
        to_facility_code=visit.to_facility_code,
        position=box.position,
        iso_equipment_code=box.iso_equipment_code,
        seals=box.seals,
        gross_mass_kg=box.gross_mass_kg,
        documents=tuple(_document(document) for document in visit.documents),
        instruction=_instruction(instruction, because_of),
        entry_call=_call(visit.entry_call, stays),
        exit_call=_call(visit.exit_call, stays),
        movement_senders=tuple(sorted({movement.sender for movement in visit.movements})),
        nominees=nominees_of(recorded for recorded in facts if recorded.event_id in visit.event_ids),
    )


def _facets_of(visit: Visit, roles: Mapping[str, str]) -> dict[str, Any]:
    """The facets and what each rests on."""
    return {
        "movement": visit.movement.value,
        "customs": visit.customs.value,
        "customs_arrival": visit.customs_arrival.value,
        "carrier": visit.carrier.value,
        "charges": visit.charges.value,
        "facet_facts": {name: Stamp(fact.at, roles.get(fact.event_id, "")) for name, fact in visit.facet_facts},
        "last_fact": _stamp(visit.last_fact, roles),
    }


def withdrawn_dossier(row: Registered, before: Dossier) -> Dossier:
    """What remains of a visit whose only report was withdrawn."""
    empty = {"instruction": None, "is_withdrawn": True, "is_expected": True, "movement": "EXPECTED", "ended_at": None}
    kept = {name: getattr(before, name) for name in Dossier.__struct_fields__}
    return Dossier(
        **{**kept, **empty, "begun_at": None, "facet_facts": {}, "facility_code": None, "visit_id": row.visit_id}
    )


def nominees_of(facts: Iterable[Recorded]) -> tuple[Nominee, ...]:
    """Nominations in force among these facts: the latest word on each."""
    latest: dict[str, PartyNominated] = {}
    for recorded in sorted(facts, key=lambda r: r.position):
        fact = recorded.fact
        if fact.kind == "nomination":
            latest[fact.nomination_id] = fact
    standing = [fact for fact in latest.values() if not fact.is_revoked]
    return tuple(Nominee(f.nomination_id, f.nominee, f.role, f.nominator) for f in standing)


def filing_of(dossier: Dossier, visit: Visit | None, stays: Stays | None) -> Filing:
    """Who may ask for the visit, and its bills, declarations and call aliases."""
    codes = {code for document in dossier.documents for code in (*document.parties, *document.hauliers)}
    codes |= {nominee.code for nominee in dossier.nominees}
    senders = set(dossier.movement_senders) | {s for document in dossier.documents for s in document.senders}
    facilities = set(dossier.facilities)
    if visit is not None and stays is not None:
        for key in (visit.entry_stay, visit.exit_stay):
            call = stays.find_call(key) if key else None
            facilities |= {berth.facility_code for berth in call.berths if berth.facility_code} if call else set()
    viewers = {("party", code) for code in codes} | {("sender", code) for code in senders}
    viewers |= {("facility", code) for code in facilities}
    return Filing(frozenset(viewers), frozenset(_references(dossier)))


def _references(dossier: Dossier) -> Iterable[str]:
    for document in dossier.documents:
        yield from document.names
    for call in (dossier.entry_call, dossier.exit_call):
        yield from call.aliases if call else ()


def _document(document: VisitDocument) -> DossierDocument:
    def named(role: str) -> NamedParty | None:
        return next((NamedParty(p.code, p.name) for p in document.parties if p.role == role), None)

    return DossierDocument(
        reference=document.reference,
        master_reference=document.master_reference,
        direction=document.directions[0].value if document.directions else "",
        is_counted=document.is_counted,
        customs=document.customs.value,
        carrier=document.carrier.value if document.carrier else "UNKNOWN",
        consignee=named("consignee"),
        forwarder=named("forwarder"),
        notify_party=named("notify"),
        hauliers=document.haulier_codes,
        senders=tuple(sorted(document.senders)),
        declarations=tuple(_declaration(declaration) for declaration in document.declarations),
    )


def _declaration(view: DeclarationView) -> DossierDeclaration:
    return DossierDeclaration(
        number=view.declaration_number,
        seq_no=view.seq_no,
        cus_ciq_no=view.cus_ciq_no,
        status=view.status.value,
        is_active=view.is_active,
        mode=view.mode.value if view.mode else None,
        inspect_at=view.inspect_at.value,
        declared_at=view.declared_at,
        declarant=_party(view.declarant),
        consignee=NamedParty(view.consignee.code, view.consignee.name) if view.consignee else None,
        credit_grade=view.consignee.credit_grade.value if view.consignee and view.consignee.credit_grade else None,
        site=view.site,
        has_arrival=view.has_arrival,
        lines=tuple(_line(line) for line in view.lines),
    )


def _line(line: DeclarationLine) -> dict[str, object]:
    return {
        "hsCode": line.hs_code,
        "originCountry": line.origin_country,
        "quantity": line.quantity,
        "netMassKg": line.net_mass_kg,
        "declaredValue": line.declared_value,
        "currency": line.currency,
    }


def _party(party: PartyRef | None) -> NamedParty | None:
    return NamedParty(party.code, party.name) if party else None


def _instruction(row: Instruction | None, because_of: Sequence[str]) -> DossierInstruction | None:
    if row is None:
        return None
    return DossierInstruction(
        instruction_id=row.instruction_id,
        decision_id=row.decision_id,
        facility_code=row.facility_code,
        point=row.point,
        route=row.route,
        place=row.place,
        reason=row.reason,
        state=row.state,
        issued_at=row.issued_at,
        because_of=tuple(because_of),
    )


def _call(ref: VesselRef, stays: Stays) -> DossierCall | None:
    if not (ref.vessel_imo_number or ref.call_sign or ref.vessel_name or ref.voyage):
        return None
    aliases = ref_aliases(ref)
    if not (ref.vessel_imo_number or ref.call_sign) and (key := stays.find(ref)) is not None:
        # The voyage alone finds no call; the one stay that has it does.
        aliases.append(stay_alias(key))
    return DossierCall(ref.vessel_imo_number, ref.call_sign, ref.vessel_name, ref.voyage, tuple(aliases))


def _stamp(fact: FacetFact | None, roles: Mapping[str, str]) -> Stamp | None:
    return Stamp(fact.at, roles.get(fact.event_id, "")) if fact else None
