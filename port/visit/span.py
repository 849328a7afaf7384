"""One visit while it is being cut, and the order in which movements cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from events.types import EquipmentEventType, Ladenness, VesselRef
from port.visit.model import Movement
from port.visit.status import MovementState

DISC, GTIN = EquipmentEventType.DISC, EquipmentEventType.GTIN
LOAD, GTOT, DROP = EquipmentEventType.LOAD, EquipmentEventType.GTOT, EquipmentEventType.DROP
RANK = {
    DISC: 0,
    GTIN: 1,
    DROP: 2,
    EquipmentEventType.PICK: 2,
    EquipmentEventType.STUF: 2,
    EquipmentEventType.STRP: 2,
    EquipmentEventType.RSEA: 2,
    EquipmentEventType.RMVD: 2,
    EquipmentEventType.INSP: 2,
    LOAD: 3,
    GTOT: 4,
}
NO_CALL = VesselRef()


@dataclass(slots=True)
class Cut:
    """One visit while it is being cut; each `Movement` below is one of `movements`.

    `entry` opened it and is None when the entry was not reported.  `discharge` is None again once the box was loaded.
    `latest` is the movement that made `state`: confirmations and late tellings leave both alone.
    """

    movements: list[Movement]
    state: MovementState
    latest: Movement
    is_in: bool = True
    is_exit_missing: bool = False
    entry: Movement | None = None
    entry_call: VesselRef = NO_CALL
    entry_tellings: list[str] = field(default_factory=list)
    latest_entry: Movement | None = None
    latest_entry_call: VesselRef = NO_CALL
    discharge: Movement | None = None
    discharge_call: VesselRef = NO_CALL
    leave: Movement | None = None
    leave_call: VesselRef = NO_CALL
    transfer: Movement | None = None
    left_facility: str | None = None
    facility: str | None = None
    to_facility: str | None = None
    ladenness: Ladenness | None = None

    @property
    def calls(self) -> list[VesselRef]:
        return [told.fact.vessel for told in self.movements if is_named(told.fact.vessel)]

    @property
    def begun_at(self) -> datetime:
        return self.movements[0].at

    @property
    def last_at(self) -> datetime:
        return self.movements[-1].at

    @property
    def ended_at(self) -> datetime | None:
        """When it left; the last movement when the exit was not reported; None while it is in."""
        if self.is_exit_missing:
            return self.last_at
        return None if self.is_in or self.leave is None else self.leave.at

    def add(self, movement: Movement) -> None:
        self.movements.append(movement)
        self.ladenness = movement.fact.empty_indicator or self.ladenness

    def move(self, movement: Movement, state: MovementState) -> None:
        self.state = state
        self.latest = movement


def is_named(call: VesselRef) -> bool:
    return bool(call.voyage or call.vessel_imo_number or call.call_sign)


def order(movement: Movement) -> tuple[datetime, int, str]:
    return movement.fact.event_datetime, RANK[movement.fact.type_code], movement.event_id


def fill(call: VesselRef, other: VesselRef) -> VesselRef:
    """The call with what another telling of it adds."""
    if call is other or not is_named(other):
        return call
    if not is_named(call):
        return other
    return VesselRef(
        vessel_imo_number=call.vessel_imo_number or other.vessel_imo_number,
        call_sign=call.call_sign or other.call_sign,
        vessel_name=call.vessel_name or other.vessel_name,
        voyage=call.voyage or other.voyage,
    )
