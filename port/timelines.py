"""The timeline of a visit as one viewer may read it: folded from the log when asked, line by line through the
policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from port import access, register
from port.access import CallFacts, View
from port.actor import Actor
from port.dossier import Dossier
from port.evidence import Evidence
from port.judging import Judge
from port.parties import list_parties
from port.projecting import iso
from port.reading import CARGO_READERS
from port.rulesets_active import cut_rules
from port.vessel import stays
from port.views import Seen, get_seen
from port.visit import Audience, Folded, TimelineLine, fold, timeline

Told = dict[str, Any]  # JSON as it leaves

_LOWER_TO_WIRE = {"iso_equipment_code": "ISOEquipmentCode", "vessel_imo_number": "vesselIMONumber"}
# What of a customs line is told to those who see only the status.
_STATUS_ONLY = frozenset({"status", "result", "mode", "inspect_at"})
# What of a movement is told to those only who see the cargo.
_OF_CARGO = frozenset(
    {"seals", "gross_mass_kg", "vgm_kg", "truck_plate", "dangerous_goods", "reefer_set_point_celsius"}
)


def timeline_of(connection: Connection, actor: Actor, number: str, visit_id: str | None, judge: Judge) -> Told:
    """What was reported of the visit, oldest first.  Raises NothingReported."""
    seen = get_seen(connection, actor, number, visit_id)
    folded, roles = _folded(connection, number, judge)
    key = _key_of(connection, seen.visit_id)
    visit = next((one for one in folded.visits if one.visit_key == key), None)
    lines = timeline(visit.events if visit is not None else folded.unplaced)
    names = _names(connection, lines) if seen.view.sees_everything else {}
    shown = [_line(line, seen, roles, names) for line in lines if may_see(line, seen.view, seen.dossier, seen.call)]
    return {
        "equipmentReference": number,
        "visitID": seen.visit_id,
        "version": seen.version,
        "lines": shown,
    }


def may_see(line: TimelineLine, view: View, dossier: Dossier, call: CallFacts) -> bool:
    """Whether a line is the viewer's to read, by the policy row its audience names."""
    if view.sees_everything:
        return True
    match line.audience:
        case Audience.MOVEMENT:
            return True
        case Audience.DOCUMENT | Audience.CARRIER:
            return view.capacity == "terminal" or _is_own(line, view, ("trade", "carrier"))
        case Audience.CUSTOMS:
            if view.capacity == "carrier":
                return line.type == "CUSTOMS_RELEASED" and _is_own(line, view, ("carrier",))
            return view.capacity == "terminal" or _is_own(line, view, ("trade",))
        case Audience.TARGETING | Audience.ROUTE:
            return view.capacity in ("terminal", "trade") and access.sees_route(view, dossier, call)
        case _:
            return False


def _is_own(line: TimelineLine, view: View, capacities: Iterable[str]) -> bool:
    return view.capacity in capacities and not view.own.isdisjoint(line.references)


def _folded(connection: Connection, number: str, judge: Judge) -> tuple[Folded, Mapping[str, str]]:
    evidence = Evidence(connection)
    facts = evidence.about(number)
    rows = register.of_containers(connection, [number])
    rules = cut_rules(connection, judge)
    founding = {row.visit_id: row.founding_event_id for row in rows}
    folded = fold(number, facts, stays(evidence.calls_for(facts)), rules, founding=founding)
    # By event and, for what several tellings differ in, by sender.
    by_sender = {recorded.sender: recorded.sender_role for recorded in facts}
    return folded, by_sender | {recorded.event_id: recorded.sender_role for recorded in facts}


def _key_of(connection: Connection, visit_id: str) -> str:
    row = register.find(connection, visit_id)
    return row.visit_key if row is not None else ""


def _names(connection: Connection, lines: Iterable[TimelineLine]) -> Mapping[str, str]:
    senders = {line.sender for line in lines}
    return {party.code: party.name for party in list_parties(connection) if party.code in senders}


def _line(line: TimelineLine, seen: Seen, roles: Mapping[str, str], names: Mapping[str, str]) -> Told:
    return {
        "eventID": line.event_id,
        "type": line.type,
        "classifier": line.classifier,
        "at": iso(line.at),
        "createdAt": iso(line.created_at),
        "receivedAt": iso(line.received_at),
        "source": {"role": roles.get(line.event_id) or "port", "name": names.get(line.sender)},
        "title": {"zh": line.title_zh, "en": line.title_en},
        "place": line.place if shows_place(line, seen.view, seen.dossier, seen.call) else None,
        "details": {_wire(name): value for name, value in line.details if shows_detail(name, line, seen.view)},
        "state": line.mark.value,
        "correctedBy": line.corrected_by,
        "tellings": line.tellings,
        "differences": [
            {
                "field": _wire(d.field),
                "values": [{"source": roles.get(who) or "port", "value": v} for who, v in d.values],
            }
            for d in line.differences
            if shows_detail(d.field, line, seen.view)
        ],
    }


def shows_place(line: TimelineLine, view: View, dossier: Dossier, call: CallFacts) -> bool:
    """Where an order or instruction sends the box is for those who carry it out, as soon as the route is theirs."""
    if line.audience not in (Audience.CUSTOMS, Audience.ROUTE) or view.sees_everything:
        return True
    return view.capacity == "terminal" and access.sees_route(view, dossier, call)


def shows_detail(name: str, line: TimelineLine, view: View) -> bool:
    """Whether a detail of a line that the viewer reads is the viewer's too; `name` as the fact has it."""
    if view.sees_everything:
        return True
    match line.audience:
        case Audience.CUSTOMS:
            return view.capacity == "trade" or name in _STATUS_ONLY
        case Audience.ROUTE:
            return view.capacity != "trade" or name == "route"
        case Audience.CARRIER:
            return view.capacity != "terminal" or name != "haulier_code"
        case _:
            return view.capacity in CARGO_READERS or name not in _OF_CARGO


def _wire(name: str) -> str:
    if name in _LOWER_TO_WIRE:
        return _LOWER_TO_WIRE[name]
    first, *rest = name.split("_")
    return first + "".join("ID" if part == "id" else part.capitalize() for part in rest)
