"""One thing out of several tellings: each field from the telling that has it and was said last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from events.types import EquipmentEvent
from port.visit.corrections import created
from port.visit.model import Equipment, Movement
from port.visit.span import RANK, Cut

V = TypeVar("V")


def _said(told: Movement) -> tuple[datetime, str]:
    return created(told.fact), told.event_id


def latest_of(tellings: Iterable[Movement], field: Callable[[EquipmentEvent], V | None]) -> V | None:
    """The field of one fact from the telling with the latest (created, id) that has it."""
    having = [told for told in tellings if field(told.fact)]
    return field(max(having, key=_said).fact) if having else None


def _happened(told: Movement) -> tuple[datetime, int, datetime, str]:
    """Later facts first to last; tellings of one fact (one minute) by when they were said."""
    at = told.fact.event_datetime.replace(second=0, microsecond=0)
    return at, RANK[told.fact.type_code], created(told.fact), told.event_id


def equipment(visit: Cut) -> Equipment:
    """The box as last told of; where it stands only as told at the facility it is at."""
    ordered = visit.movements if len(visit.movements) == 1 else sorted(visit.movements, key=_happened)
    told = [movement.fact for movement in reversed(ordered)]
    return Equipment(
        position=_position(told, visit),
        seals=next((fact.seals for fact in told if fact.seals), ()),
        iso_equipment_code=next((fact.iso_equipment_code for fact in told if fact.iso_equipment_code), None),
        gross_mass_kg=next((fact.gross_mass_kg for fact in told if fact.gross_mass_kg is not None), None),
        vgm_kg=next((fact.vgm_kg for fact in told if fact.vgm_kg is not None), None),
        dangerous_goods=next((fact.dangerous_goods for fact in told if fact.dangerous_goods), ()),
        reefer_set_point_celsius=next(
            (fact.reefer_set_point_celsius for fact in told if fact.reefer_set_point_celsius is not None), None
        ),
        truck_plate=next((fact.truck_plate for fact in told if fact.truck_plate), None),
    )


def _position(told: list[EquipmentEvent], visit: Cut) -> str | None:
    if visit.ended_at is not None:
        return None
    for fact in told:
        if fact.facility_code is not None and visit.facility is not None and fact.facility_code != visit.facility:
            return None
        if fact.position:
            return fact.position
    return None
