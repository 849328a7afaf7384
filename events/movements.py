"""Movements: containers and vessels, DCSA Track & Trace 3.0, and the taking back of what was reported."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from events.basics import NO_VESSEL, Aware, Fact, Part, VesselRef


class EquipmentEventType(StrEnum):
    """DCSA equipmentEventTypeCode, T&T 3.0."""

    GTIN = "GTIN"
    GTOT = "GTOT"
    LOAD = "LOAD"
    DISC = "DISC"
    DROP = "DROP"
    PICK = "PICK"
    STUF = "STUF"
    STRP = "STRP"
    RSEA = "RSEA"
    RMVD = "RMVD"
    INSP = "INSP"
    AVPU = "AVPU"
    AVDO = "AVDO"
    CUSS = "CUSS"
    CUSI = "CUSI"
    CUSR = "CUSR"
    CROS = "CROS"


class Classifier(StrEnum):
    """DCSA eventClassifierCode."""

    ACT = "ACT"
    EST = "EST"
    PLN = "PLN"


class Ladenness(StrEnum):
    """DCSA emptyIndicatorCode."""

    LADEN = "LADEN"
    EMPTY = "EMPTY"


class MovementType(StrEnum):
    """The direction the sender reports (EDIFACT 8249 maps onto it)."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    TRANSSHIPMENT = "TRANSSHIPMENT"
    RESTOW = "RESTOW"
    DOMESTIC = "DOMESTIC"
    STORAGE = "STORAGE"


class TransportMode(StrEnum):
    """The means of transport the box came or left by (UN/EDIFACT 8067: 1 VESSEL, 2 RAIL, 3 TRUCK, 8 BARGE)."""

    TRUCK = "TRUCK"
    RAIL = "RAIL"
    BARGE = "BARGE"
    VESSEL = "VESSEL"


class DocumentFunction(StrEnum):
    """UN/EDIFACT 1225 as far as it cuts: 9 original, 5 replace, 1 cancellation."""

    ORIGINAL = "9"
    REPLACE = "5"
    CANCEL = "1"


class DangerousGoods(Part, frozen=True, kw_only=True):
    """UN number (four digits) and IMO class."""

    un_number: str
    imo_class: str | None = None


class ReportedDocument(Part, frozen=True, kw_only=True):
    """The EDIFACT document (BGM) an item came in, so that a later replacement or cancellation finds it.

    `message_type` is the UNH message name (CODECO, COARRI); `reference` is BGM 1004.  References are the sender's own,
    so two documents are the same only for one sender.
    """

    message_type: str
    reference: str
    function: DocumentFunction = DocumentFunction.ORIGINAL


class EquipmentEvent(Fact, frozen=True, kw_only=True, tag="equipment"):
    """A container movement or status, DCSA EQUIPMENT event.

    `supersedes` names the event id this one corrects.  `is_at_port` is false for a carrier's report of a movement in
    another port: it is shown, and never cuts a visit.
    """

    kind: ClassVar[Literal["equipment"]] = "equipment"
    type_code: EquipmentEventType
    classifier: Classifier = Classifier.ACT
    container_number: str
    event_datetime: Aware
    event_created_datetime: Aware | None = None
    facility_code: str | None = None
    to_facility_code: str | None = None
    un_location_code: str | None = None
    is_at_port: bool = True
    vessel: VesselRef = NO_VESSEL
    transport_document_reference: str | None = None
    iso_equipment_code: str | None = None
    empty_indicator: Ladenness | None = None
    movement_type: MovementType | None = None
    mode_of_transport: TransportMode | None = None
    seals: tuple[str, ...] = ()
    gross_mass_kg: float | None = None
    vgm_kg: float | None = None
    truck_plate: str | None = None
    position: str | None = None
    dangerous_goods: tuple[DangerousGoods, ...] = ()
    reefer_set_point_celsius: float | None = None
    supersedes: str | None = None
    document: ReportedDocument | None = None


class Withdrawal(Fact, frozen=True, kw_only=True, tag="withdrawal"):
    """The sender takes back what it reported: one event by id, the same fact by content, or a whole document (BGM 1).

    Exactly one of `retracts`, `fact` and `document` says what.  A withdrawal of something unknown waits for it.
    """

    kind: ClassVar[Literal["withdrawal"]] = "withdrawal"
    container_number: str | None = None
    retracts: str | None = None
    type_code: EquipmentEventType | None = None
    facility_code: str | None = None
    event_datetime: Aware | None = None
    event_created_datetime: Aware | None = None
    document: ReportedDocument | None = None


class VesselCallReported(Fact, frozen=True, kw_only=True, tag="vessel_call"):
    """One berth stay of a vessel; aliases (IMO number, call sign, both voyages) join tellings to one port stay.

    `voyage` alone counts for both directions.  Times: estimated arrival, actual arrival, berthing and departure.
    """

    kind: ClassVar[Literal["vessel_call"]] = "vessel_call"
    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    import_voyage: str | None = None
    export_voyage: str | None = None
    voyage: str | None = None
    facility_code: str | None = None
    eta: Aware | None = None
    ata: Aware | None = None
    atb: Aware | None = None
    atd: Aware | None = None
