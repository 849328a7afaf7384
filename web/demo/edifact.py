"""COARRI and CODECO as the EDIFACT terminal and the tally company write them (D.95B, one document per message)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from web.demo import cast
from web.demo.messages import PORT_ZONE
from web.demo.world import Movement

ORIGINAL, REPLACE, CANCEL = "9", "5", "1"

_BGM = {"DISC": "44", "LOAD": "46", "GTIN": "34", "GTOT": "36"}
_MOVEMENT_CODE = {"EXPORT": "2", "IMPORT": "3", "RESTOW": "4", "TRANSSHIPMENT": "6"}


def is_spoken(movement: Movement) -> bool:
    """Whether EDIFACT has a message for it: moves in the yard and a gate-out to another facility have none."""
    return movement.type_code in _BGM and movement.to_facility is None


def interchange(
    reference: str,
    movements: Sequence[Movement],
    *,
    sender: str,
    told_at: datetime,
    function: str = ORIGINAL,
    document: str = "",
) -> bytes:
    """One interchange with one message, one EQD group per movement; all movements are of one type and vessel.

    `reference` is the control reference (at most 14 characters); `document` the BGM number a correction or
    cancellation names again, the reference itself when empty.
    """
    message = _message(reference, movements, told_at=told_at, function=function, document=document or reference)
    stamp = told_at.astimezone(PORT_ZONE)
    segments = [
        f"UNB+UNOA:2+{sender}+DIGITALPORT+{stamp:%y%m%d}:{stamp:%H%M}+{reference}",
        *message,
        f"UNZ+1+{reference}",
    ]
    return "".join(f"{segment}'\n" for segment in segments).encode("ascii")


def _message(
    reference: str, movements: Sequence[Movement], *, told_at: datetime, function: str, document: str
) -> list[str]:
    first = movements[0]
    name = "COARRI" if first.type_code in ("DISC", "LOAD") else "CODECO"
    body = [
        f"BGM+{_BGM[first.type_code]}+{document}+{function}",
        f"DTM+137:{_time(told_at)}:203",
        *_voyage(first),
        f"NAD+MS+{first.facility}:160:ZZZ",
        "NAD+CF+HXL:160:166",
    ]
    group = _lift_group if name == "COARRI" else _gate_group
    for movement in movements:
        body += group(movement)
    body.append(f"CNT+16:{len(movements)}")
    return [f"UNH+{reference}+{name}:D:95B:UN:SMDG20", *body, f"UNT+{len(body) + 2}+{reference}"]


def _voyage(movement: Movement) -> list[str]:
    place = f"{cast.PORT_LOCATION}:139:6+{movement.facility}:TER:ZZZ"
    if movement.vessel is None or movement.voyage is None:
        return []
    port = "LOC+11" if movement.type_code in ("DISC", "GTOT") else "LOC+9"
    return [
        f"TDT+20+{movement.voyage}+1+13+HXL:172:20+++{movement.vessel.call_sign}:103::{movement.vessel.name}",
        f"RFF+VON:{movement.voyage}",
        f"{port}+{place}",
    ]


def _lift_group(movement: Movement) -> list[str]:
    stowage = movement.position or "0120482"
    other_port = "LOC+9+SGSIN:139:6" if movement.type_code == "DISC" else "LOC+11+NLRTM:139:6"
    return [
        _equipment(movement),
        *_references(movement),
        "TMD+3",
        f"DTM+203:{_time(movement.at)}:203",
        other_port,
        f"LOC+147+{stowage}::5",
        *_contents(movement),
    ]


def _gate_group(movement: Movement) -> list[str]:
    plate = (movement.truck_plate or "").replace("闽", "MIN")
    return [
        _equipment(movement),
        *_references(movement),
        "TMD+3",
        f"DTM+7:{_time(movement.at)}:203",
        f"LOC+165+{cast.PORT_LOCATION}:139:6+{movement.facility}:TER:ZZZ",
        *_contents(movement),
        f"TDT+1++3+31+TRUCK:172+++{plate}",
    ]


def _equipment(movement: Movement) -> str:
    fullness = "5" if movement.box.is_laden else "4"
    code = _MOVEMENT_CODE.get(movement.movement_type or "", "")
    return f"EQD+CN+{movement.box.container_number}+{movement.box.iso_code}:102:5++{code}+{fullness}"


def _references(movement: Movement) -> list[str]:
    return [f"RFF+BM:{movement.bill}"] if movement.bill else []


def _contents(movement: Movement) -> list[str]:
    box = movement.box
    segments = [f"MEA+AAE+G+KGM:{box.gross_mass_kg}"]
    if box.set_point_celsius is not None:
        segments.append(f"TMP+2+{box.set_point_celsius:.1f}:CEL")
    segments += [f"SEL+{seal}+CA" for seal in box.seals]
    if box.un_number:
        segments.append(f"DGS+IMD+{box.imo_class}+{box.un_number}")
    return segments


def _time(at: datetime) -> str:
    return f"{at.astimezone(PORT_ZONE):%Y%m%d%H%M}"
