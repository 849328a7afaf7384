"""JSON bodies for the doors `gate`, `customs` and `courier`: the same input gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from web.demo import cast
from web.demo.world import Bill, Declaration, Movement, VesselCall

PORT_ZONE = timezone(timedelta(hours=8))


def gate(
    message_id: str, movements: Sequence[Movement], *, supersedes: str | None = None, is_retracted: bool = False
) -> bytes:
    """Terminal JSON with one event per movement; a correction or withdrawal has exactly one."""
    events = [_event(movement) for movement in movements]
    if supersedes:
        events[0]["supersedes"] = supersedes
    if is_retracted:
        events[0]["isRetracted"] = True
    return _body({"messageID": message_id, "events": events})


def vessel_call(message_id: str, call: VesselCall, *, told_at: datetime) -> bytes:
    """The call with the times that are known when it is told."""
    times = {
        "ata": call.ata if call.ata <= told_at else None,
        "atb": call.atb if call.atb <= told_at else None,
        "atd": call.atd if call.atd <= told_at else None,
    }
    row = {
        "vesselIMONumber": call.vessel.imo_number,
        "callSign": call.vessel.call_sign,
        "vesselName": call.vessel.name,
        "importVoyage": call.import_voyage,
        "exportVoyage": call.export_voyage,
        "facilityCode": call.terminal,
        "eta": _time(call.eta),
        **{name: _time(at) for name, at in times.items() if at},
    }
    return _body({"messageID": message_id, "vesselCalls": [row]})


def manifests(
    message_id: str, call: VesselCall, bills: Sequence[Bill], *, direction: str, issued_at: datetime
) -> bytes:
    """One row per bill, on the call's voyage of that direction."""
    return _body(
        {
            "messageID": message_id,
            "manifests": [_manifest(call, bill, direction=direction, issued_at=issued_at) for bill in bills],
        }
    )


def carrier_release(
    message_id: str, bill: Bill, *, haulier: str, at: datetime, containers: Sequence[str] = ()
) -> bytes:
    """A delivery order for the bill, or only for the containers named."""
    row: dict[str, object] = {"transportDocumentReference": bill.reference}
    if containers:
        row["containers"] = list(containers)
    row |= {"status": "RELEASED", "releasedAt": _time(at), "haulierCode": haulier}
    return _body({"messageID": message_id, "carrierReleases": [row]})


def declaration(
    message_id: str,
    bill: Bill,
    lodged: Declaration,
    call: VesselCall,
    *,
    at: datetime,
    mode: str,
    is_numbered: bool = True,
) -> bytes:
    """A declaration for every box of the bill; not numbered yet, it is known by its sequence number alone."""
    numbers = {"declarationNumber": lodged.number} if is_numbered else {}
    is_import = lodged.direction == "IMPORT"
    row = {
        **numbers,
        "seqNo": lodged.seq_no,
        "direction": lodged.direction,
        "mode": mode,
        "inspectAt": "DESTINATION" if lodged.path == "DESTINATION" else "PORT",
        "declaredAt": _time(at),
        "declarant": _party(lodged.declarant),
        "consignee": {"code": bill.trader.code, "name": bill.trader.name, "creditGrade": bill.trader.grade},
        "transportDocumentReference": bill.reference,
        "vesselIMONumber": call.vessel.imo_number,
        "voyage": call.import_voyage if is_import else call.export_voyage,
        "containers": list(bill.containers),
        "lines": [
            {
                "hsCode": line.hs_code,
                "originCountry": line.origin_country,
                "quantity": 1,
                "netMassKg": line.net_mass_kg,
                "declaredValue": line.declared_value,
                "currency": "USD",
            }
            for line in lodged.lines
        ],
    }
    return _body({"messageID": message_id, "declarations": [row]})


def notice(
    message_id: str,
    number: str,
    status: str,
    *,
    at: datetime,
    containers: Sequence[str] = (),
    site: str | None = None,
    result: str | None = None,
) -> bytes:
    """What customs says of a declaration; `containers` narrows it to those boxes."""
    row: dict[str, object] = {"declarationNumber": number, "status": status, "noticeDateTime": _time(at)}
    if containers:
        row["containers"] = list(containers)
    if site:
        row["site"] = site
    if result:
        row["result"] = result
    return _body({"messageID": message_id, "notices": [row]})


def courier_scan(message_id: str, item_id: str, status: str, *, at: datetime, place: str) -> bytes:
    """One scan of a postal item."""
    scan = {"itemID": item_id, "status": status, "scanDateTime": _time(at), "place": place}
    return _body({"messageID": message_id, "scans": [scan]})


def certificate(number: str, *, recipient: str, phone: str, address: str) -> bytes:
    """An application to have a certificate of origin signed and mailed."""
    to = {"name": recipient, "phone": phone, "address": address}
    return _body({"certificateNumber": number, "recipient": to})


def command(**fields: str) -> bytes:
    """The small body of a command, as it is: empty, a locker, a code, an item, a route with a reason."""
    return _body(dict(fields))


def _event(movement: Movement) -> dict[str, object]:
    box = movement.box
    fields: dict[str, object | None] = {
        "eventType": "EQUIPMENT",
        "equipmentEventTypeCode": movement.type_code,
        "eventClassifierCode": "ACT",
        "eventDateTime": _time(movement.at),
        "equipmentReference": box.container_number,
        "ISOEquipmentCode": box.iso_code,
        "emptyIndicatorCode": "LADEN" if box.is_laden else "EMPTY",
        "movementType": movement.movement_type,
        "modeOfTransport": movement.mode,
        "facilityCode": movement.facility,
        "toFacilityCode": movement.to_facility,
        "UNLocationCode": cast.PORT_LOCATION,
        "vesselIMONumber": movement.vessel.imo_number if movement.vessel else None,
        "voyage": movement.voyage,
        "transportDocumentReference": movement.bill,
        "seals": list(box.seals) or None,
        "grossMassKg": box.gross_mass_kg,
        "vgmKg": box.gross_mass_kg if movement.movement_type == "EXPORT" else None,
        "truckPlate": movement.truck_plate,
        "position": movement.position,
        "dangerousGoods": [{"unNumber": box.un_number, "imoClass": box.imo_class}] if box.un_number else None,
        "reefer": {"setPointCelsius": box.set_point_celsius} if box.set_point_celsius is not None else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _manifest(call: VesselCall, bill: Bill, *, direction: str, issued_at: datetime) -> dict[str, object]:
    master = {"masterReference": bill.master} if bill.master else {}
    return {
        "transportDocumentReference": bill.reference,
        **master,
        "vesselIMONumber": call.vessel.imo_number,
        "voyage": call.import_voyage if direction == "IMPORT" else call.export_voyage,
        "direction": direction,
        "containers": list(bill.containers),
        "consignee": {"code": bill.trader.code, "name": bill.trader.name},
        "forwarder": _party(bill.forwarder),
        "issuedAt": _time(issued_at),
    }


def _party(code: str) -> dict[str, str]:
    return {"code": code, "name": next(party.name for party in cast.PARTIES if party.code == code)}


def _time(at: datetime) -> str:
    return at.astimezone(PORT_ZONE).isoformat(timespec="seconds")


def _body(content: dict[str, object]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
