"""`gate`: movements from a terminal's own system as JSON: gate, yard, discharge and load, corrected and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adapters.rejection import Reason, Rejected, Warned
from adapters.seam import Item, Message, SenderProfile, facility_of, limited, refuse_future
from adapters.wire import (
    CallSign,
    Code,
    ContainerNumber,
    DocumentReference,
    Flag,
    ImoNumber,
    LocationCode,
    Mass,
    Moment,
    Name,
    SizeType,
    Voyage,
    Wire,
    list_at,
    read_item,
    read_object,
    refuse_unknown,
    size_warnings,
    vessel_warnings,
    within,
)
from events.types import (
    Classifier,
    DangerousGoods,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    TransportMode,
    VesselRef,
    Withdrawal,
)


class _DangerousGoodsWire(Wire):
    un_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    imo_class: Code | None = None


class _ReeferWire(Wire):
    set_point_celsius: Annotated[float, Field(strict=True, ge=-100, le=100, allow_inf_nan=False)] | None = None


class _EventWire(Wire):
    """DCSA EQUIPMENT event with what a terminal knows besides; null is the same as absent."""

    equipment_reference: ContainerNumber
    equipment_event_type_code: EquipmentEventType
    event_date_time: Moment
    event_type: Literal["EQUIPMENT"] | None = None
    event_classifier_code: Classifier | None = None
    event_created_date_time: Moment | None = None
    iso_equipment_code: SizeType | None = None
    empty_indicator_code: Ladenness | None = None
    movement_type: MovementType | None = None
    mode_of_transport: TransportMode | None = None
    facility_code: Code | None = None
    to_facility_code: Code | None = None
    un_location_code: LocationCode | None = None
    vessel_imo_number: ImoNumber | None = None
    call_sign: CallSign | None = None
    vessel_name: Name | None = None
    voyage: Voyage | None = None
    transport_document_reference: DocumentReference | None = None
    seals: Annotated[tuple[Code, ...], Field(max_length=20)] | None = None
    gross_mass_kg: Mass | None = None
    vgm_kg: Mass | None = None
    truck_plate: Code | None = None
    position: Code | None = None
    dangerous_goods: Annotated[tuple[_DangerousGoodsWire, ...], Field(max_length=99)] | None = None
    reefer: _ReeferWire | None = None
    supersedes: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    is_retracted: Flag | None = None


# A body with one of these is an event by itself.
_TELLING = ("equipmentReference", "equipmentEventTypeCode", "eventDateTime")


def decode(message: Message, sender: SenderProfile) -> Iterator[Item]:
    """One item per element of `events`, in order; a body that is one event is one item at `$`.

    Refused items: BAD_CONTAINER_NUMBER, UNKNOWN_CODE, UNKNOWN_FIELD, FIELD_MISSING, BAD_VALUE, TIME_MISSING,
    TIME_WITHOUT_ZONE, DATE_WITHOUT_TIME, FUTURE_TIME, FACILITY_MISSING, FOREIGN_FACILITY.  Raises Rejected: NOT_JSON,
    BAD_VALUE, UNKNOWN_FIELD (of the envelope), NO_ITEMS, TOO_MANY_ITEMS.
    """
    body = read_object(message)
    if not body.keys().isdisjoint(_TELLING):
        bare = {name: value for name, value in body.items() if name != "messageID"}
        return iter([_read(bare, "$", message=message, sender=sender)])
    refuse_unknown(body, ("events",))
    told = list_at(body, "events")
    if not told:
        raise Rejected(Reason.NO_ITEMS, "events")
    return limited(_read(event, f"events[{n}]", message=message, sender=sender) for n, event in enumerate(told))


def _read(told: object, path: str, *, message: Message, sender: SenderProfile) -> Item:
    return read_item(
        _EventWire,
        told,
        path,
        build=partial(_fact_of, path=path, message=message, sender=sender),
        warn=partial(_warnings_of, path=path),
    )


def _warnings_of(wire: _EventWire, path: str) -> tuple[Warned, ...]:
    return size_warnings(wire.iso_equipment_code, path) + vessel_warnings(wire.vessel_imo_number, path)


def _fact_of(wire: _EventWire, path: str, message: Message, sender: SenderProfile) -> EquipmentEvent | Withdrawal:
    facility_code = facility_of(wire.facility_code, sender, where=within(path, "facilityCode"))
    if wire.event_classifier_code in (Classifier.ACT, None):
        refuse_future(wire.event_date_time, message.received_at, where=within(path, "eventDateTime"))
    if wire.is_retracted:
        return _withdrawal_of(wire, facility_code)
    return _event_of(wire, facility_code, is_at_port=sender.is_at_port(wire.un_location_code))


def _withdrawal_of(wire: _EventWire, facility_code: str | None) -> Withdrawal:
    """By the id it names in `supersedes`, else by the same fact told again."""
    if wire.supersedes:
        return Withdrawal(
            container_number=wire.equipment_reference,
            retracts=wire.supersedes,
            event_created_datetime=wire.event_created_date_time,
        )
    return Withdrawal(
        container_number=wire.equipment_reference,
        type_code=wire.equipment_event_type_code,
        facility_code=facility_code,
        event_datetime=wire.event_date_time,
        event_created_datetime=wire.event_created_date_time,
    )


def _event_of(wire: _EventWire, facility_code: str | None, *, is_at_port: bool) -> EquipmentEvent:
    return EquipmentEvent(
        type_code=wire.equipment_event_type_code,
        classifier=wire.event_classifier_code or Classifier.ACT,
        container_number=wire.equipment_reference,
        event_datetime=wire.event_date_time,
        event_created_datetime=wire.event_created_date_time,
        facility_code=facility_code,
        to_facility_code=wire.to_facility_code or None,
        un_location_code=wire.un_location_code,
        is_at_port=is_at_port,
        vessel=VesselRef(
            vessel_imo_number=wire.vessel_imo_number,
            call_sign=wire.call_sign or None,
            vessel_name=wire.vessel_name or None,
            voyage=wire.voyage or None,
        ),
        transport_document_reference=wire.transport_document_reference or None,
        iso_equipment_code=wire.iso_equipment_code,
        empty_indicator=wire.empty_indicator_code,
        movement_type=wire.movement_type,
        mode_of_transport=wire.mode_of_transport,
        seals=tuple(seal for seal in wire.seals or () if seal),
        gross_mass_kg=wire.gross_mass_kg,
        vgm_kg=wire.vgm_kg,
        truck_plate=wire.truck_plate or None,
        position=wire.position or None,
        dangerous_goods=tuple(
            DangerousGoods(un_number=goods.un_number, imo_class=goods.imo_class) for goods in wire.dangerous_goods or ()
        ),
        reefer_set_point_celsius=wire.reefer.set_point_celsius if wire.reefer else None,
        supersedes=wire.supersedes,
    )
