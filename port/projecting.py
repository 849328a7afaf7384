"""Projecting: the share of a dossier that a View grants, in the shape of `GET /v1/containers/{number}`.

REST, feed and search all answer with this; what is not granted is null or absent, never a word of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from port.access import CallFacts, View, sees_route
from port.calls import CallRecord
from port.dossier import Dossier, DossierDeclaration, DossierDocument, NamedParty, Stamp
from port.headline import Status
from port.reading import CARGO_READERS, is_shared, own_arrival, own_carrier, own_customs, status_for
from port.views import Planned, Seen
from port.words import Words

Told = dict[str, Any]  # JSON as it leaves

_REASON_CATEGORY = {"NOT_DECLARED": "NOT_DECLARED", "RELEASED": "RELEASED", "NO_INSPECTION": "RELEASED"}


def status(seen: Seen) -> Told:
    """The status of a visit for its viewer, with its version."""
    return project(seen.dossier, seen.view, seen.call, version=seen.version, planned=seen.planned)


def headline_of(seen: Seen) -> Told:
    """Only the headline."""
    told: Told = status(seen)["headline"]
    return told


def project(dossier: Dossier, view: View, call: CallFacts, *, version: int, planned: Planned | None = None) -> Told:
    """The granted share of one version.  `planned` is the decision before the point, for who may see it."""
    shows_route = sees_route(view, dossier, call)
    read = status_for(dossier, view, call, shows_route=shows_route)
    return {
        "equipmentReference": dossier.container_number,
        "visitID": dossier.visit_id,
        "direction": dossier.direction,
        "version": version,
        "headline": _words(read.headline),
        "facets": _facets(dossier, view, read, planned if shows_route else None),
        "facetFacts": _facet_facts(dossier, view),
        "nextStep": _words(read.next_step),
        "heldBy": {"role": read.held_by.role, "since": iso(read.held_by.since)} if read.held_by else None,
        "readyForPickup": read.is_ready_for_pickup,
        "mayLoad": read.may_load,
        "blockers": list(read.blockers),
        "place": _place(dossier, view, planned, shows_route=shows_route),
        "location": {"facilityCode": dossier.facility_code, "position": dossier.position},
        "instruction": _instruction(dossier, view) if shows_route else None,
        "vesselCall": _call_of(dossier, call),
        "equipment": _equipment(dossier, view),
        "documents": _documents(dossier, view),
        "isShared": is_shared(dossier, view),
        "begunAt": iso(dossier.begun_at),
        "endedAt": iso(dossier.ended_at),
        **_last_fact(dossier, view),
    }


def surely_differ(one: Dossier, other: Dossier) -> bool:
    """Whether everybody who sees both is shown different things, by what is everybody's; False says nothing.

    Most facts move the box, and to know that one need not project twice.
    """
    return _of_everybody(one) != _of_everybody(other)


def _of_everybody(dossier: Dossier) -> tuple[object, ...]:
    return (dossier.facility_code, dossier.position, dossier.direction, dossier.begun_at, dossier.ended_at)


def call(call_id: str, record: CallRecord) -> Told:
    """A vessel call."""
    return {
        "callID": call_id,
        "vesselIMONumber": record.vessel_imo_number,
        "callSign": record.call_sign,
        "vesselName": record.vessel_name,
        "voyages": list(record.voyages),
        "eta": iso(record.eta),
        "ata": iso(record.ata),
        "atb": iso(record.atb),
        "atd": iso(record.atd),
        "berths": [
            {
                "facilityCode": berth.facility_code,
                "eta": iso(berth.eta),
                "ata": iso(berth.ata),
                "atb": iso(berth.atb),
                "atd": iso(berth.atd),
            }
            for berth in record.berths
        ],
    }


def _facets(dossier: Dossier, view: View, read: Status, planned: Planned | None) -> Told:
    instruction = read.instruction
    if planned is not None and dossier.instruction is None and view.capacity in ("customs", "terminal"):
        instruction = f"{planned.route}:PLANNED"
    is_cargo = view.capacity in CARGO_READERS
    return {
        "movement": read.movement.value if read.movement else dossier.movement,
        "customs": _customs(dossier, view),
        "customsArrival": _arrival(dossier, view) if is_cargo else None,
        "carrier": _carrier(dossier, view),
        "charges": dossier.charges if is_cargo else None,
        "instruction": instruction,
    }


def _customs(dossier: Dossier, view: View) -> str | None:
    if view.capacity in ("customs", "terminal"):
        return dossier.customs
    if view.capacity == "trade":
        return own_customs(dossier, view).value
    if view.capacity == "carrier":
        status = dossier.customs if view.is_own_vessel else own_customs(dossier, view).value
        return "RELEASED" if status == "RELEASED" else None
    return None


def _carrier(dossier: Dossier, view: View) -> str | None:
    if view.capacity in ("customs", "terminal") or view.is_own_vessel:
        return dossier.carrier
    return own_carrier(dossier, view).value if view.capacity in ("trade", "carrier") else None


def _arrival(dossier: Dossier, view: View) -> str:
    return own_arrival(dossier, view).value if is_shared(dossier, view) else dossier.customs_arrival


def _facet_facts(dossier: Dossier, view: View) -> Told:
    shown = {"movement"}
    if view.capacity in ("customs", "terminal") or (view.capacity == "trade" and not is_shared(dossier, view)):
        shown = {"movement", "customs", "customs_arrival", "carrier", "charges"}
    names = {"customs_arrival": "customsArrival"}
    return {names.get(name, name): _stamp(s) for name, s in sorted(dossier.facet_facts.items()) if name in shown}


def _stamp(stamp: Stamp) -> Told:
    return {"at": iso(stamp.at), "source": stamp.source or None}


def _place(dossier: Dossier, view: View, planned: Planned | None, *, shows_route: bool) -> str | None:
    """Where the instruction in force sends the box, for those who carry it out."""
    if not shows_route or view.capacity == "trade":
        return None
    given = dossier.instruction
    if given is not None:
        return given.place if given.state in ("ISSUED", "ACKNOWLEDGED", "EXECUTED") else None
    return planned.place if planned is not None and view.capacity in ("customs", "terminal") else None


def _instruction(dossier: Dossier, view: View) -> Told | None:
    given = dossier.instruction
    if given is None or view.capacity == "haulier":
        return None
    if view.capacity == "trade":
        is_own = not given.because_of or not view.own.isdisjoint(given.because_of)
        category = _REASON_CATEGORY.get(given.reason, "CUSTOMS") if is_own else "OTHER_CARGO"
        return {"route": given.route, "state": given.state, "reason": category}
    return {
        "instructionID": given.instruction_id,
        "facilityCode": given.facility_code,
        "point": given.point,
        "route": given.route,
        "place": given.place,
        "reason": given.reason,
        "state": given.state,
        "issuedAt": iso(given.issued_at),
    }


def _call_of(dossier: Dossier, call: CallFacts) -> Told | None:
    named = dossier.joined_call
    if named is None:
        return None
    return {
        "callID": call.call_id,
        "vesselIMONumber": named.vessel_imo_number,
        "callSign": named.call_sign,
        "vesselName": named.vessel_name,
        "voyage": named.voyage,
    }


def _equipment(dossier: Dossier, view: View) -> Told | None:
    if view.capacity not in CARGO_READERS:
        return None
    return {
        "ISOEquipmentCode": dossier.iso_equipment_code,
        "emptyIndicatorCode": {True: "LADEN", False: "EMPTY", None: None}[dossier.is_laden],
        "seals": list(dossier.seals),
        "grossMassKg": dossier.gross_mass_kg,
    }


def _documents(dossier: Dossier, view: View) -> list[Told]:
    if view.capacity in ("terminal", "haulier", "tally", "authority"):
        return []
    return [_document(document, view) for document in dossier.documents if view.owns(document)]


def _document(document: DossierDocument, view: View) -> Told:
    if view.capacity == "carrier":
        released = "RELEASED" if document.customs == "RELEASED" else None
        return {"transportDocumentReference": document.reference, "customs": released, "carrier": document.carrier}
    return {
        "transportDocumentReference": document.reference,
        "masterReference": document.master_reference,
        "customs": document.customs,
        "carrier": document.carrier,
        "consignee": _party(document.consignee),
        "forwarder": _party(document.forwarder),
        "notifyParty": _party(document.notify_party),
        "declarations": [_declaration(declaration, view) for declaration in document.declarations],
    }


def _declaration(declaration: DossierDeclaration, view: View) -> Told:
    told: Told = {
        "declarationNumber": declaration.number,
        "seqNo": declaration.seq_no,
        "cusCiqNo": declaration.cus_ciq_no,
        "status": declaration.status,
        "mode": declaration.mode,
        "inspectAt": declaration.inspect_at,
        "declaredAt": iso(declaration.declared_at),
        "declarant": _party(declaration.declarant),
        "consignee": _party(declaration.consignee),
    }
    if view.sees_everything or view.may_read_lines(declaration):
        told["lines"] = [dict(line) for line in declaration.lines]
    if view.sees_everything:
        told["creditGrade"] = declaration.credit_grade
    return told


def _last_fact(dossier: Dossier, view: View) -> Told:
    stamp = dossier.last_fact
    if view.capacity not in ("customs", "terminal") and (view.capacity != "trade" or is_shared(dossier, view)):
        stamp = dossier.facet_facts.get("movement")
    return {"lastFactAt": iso(stamp.at) if stamp else None, "lastFactSource": stamp.source or None if stamp else None}


def _party(party: NamedParty | None) -> Told | None:
    return {"code": party.code, "name": party.name} if party else None


def _words(words: Words) -> Told:
    return {"code": words.code, "zh": words.zh, "en": words.en}


def iso(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with a Z; None stays null."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
