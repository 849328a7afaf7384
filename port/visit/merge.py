"""One thing out of several tellings: each field from the telling that has it and was said last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from events.types import EquipmentEvent
from port.visit.corrections import created
from port.visit.model import Equipment, Movement
from port.visit.span import RANK, Cut

V = TypeVar("V")
MINUTE = timedelta(minutes=1)


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


FIELDS = (
    "seals",
    "iso_equipment_code",
    "gross_mass_kg",
    "vgm_kg",
    "dangerous_goods",
    "reefer_set_point_celsius",
    "truck_plate",
)


def equipment(visit: Cut) -> Equipment:
    """The box as last told of; where it stands only as told at the facility it is at."""
    told = [movement.fact for movement in reversed(_in_telling_order(visit.movements))]
    said: dict[str, Any] = {}  # Any: each field's own type, read by name
    for fact in told:
        for name in FIELDS:
            if name not in said and (value := getattr(fact, name)) is not None and value != ():
                said[name] = value
    return Equipment(position=_position(told, visit), **said)


def _in_telling_order(movements: list[Movement]) -> list[Movement]:
    """Cut in their order already, but for tellings of one minute: of those the one said last comes last."""
    times = [movement.fact.event_datetime for movement in movements]
    if all(later - earlier >= MINUTE for earlier, later in pairwise(times)):
        return movements
    return sorted(movements, key=_happened)


def _position(told: list[EquipmentEvent], visit: Cut) -> str | None:
    if visit.ended_at is not None:
        return None
    for fact in told:
        if fact.facility_code is not None and visit.facility is not None and fact.facility_code != visit.facility:
            return None
        if fact.position:
            return fact.position
    return None
