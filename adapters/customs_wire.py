"""The five kinds of elements a `customs` body has, as partners write them; null is the same as absent."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from adapters.rejection import Reason
from adapters.wire import (
    Amount,
    CallSign,
    Code,
    Containers,
    DeclarationNumber,
    DocumentReference,
    ImoNumber,
    Moment,
    Name,
    Note,
    PartyWire,
    Voyage,
    Wire,
    fault,
)
from events.types import (
    CarrierReleaseStatus,
    CreditGrade,
    DeclarationMode,
    Direction,
    InspectAt,
    InspectionResult,
    NoticeStatus,
)

_Document = Annotated[DocumentReference, Field(min_length=1)]
_Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]
_Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{3}$")]
_HsCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6,10}$")]


def _refuse_timeline_only(status: NoticeStatus) -> NoticeStatus:
    """It is our word for receipts that change nothing, and nobody's notice."""
    if status is NoticeStatus.TIMELINE_ONLY:
        raise fault(Reason.UNKNOWN_CODE, f"{status} is not a status of a notice.")
    return status


class VesselCallWire(Wire):
    """A berth stay of a vessel."""

    vessel_imo_number: ImoNumber | None = None
    call_sign: CallSign | None = None
    vessel_name: Name | None = None
    import_voyage: Voyage | None = None
    export_voyage: Voyage | None = None
    voyage: Voyage | None = None
    facility_code: Code | None = None
    eta: Moment | None = None
    ata: Moment | None = None
    atb: Moment | None = None
    atd: Moment | None = None


class ManifestWire(Wire):
    """A bill of lading on a call."""

    transport_document_reference: _Document
    direction: Direction
    master_reference: DocumentReference | None = None
    vessel_imo_number: ImoNumber | None = None
    call_sign: CallSign | None = None
    vessel_name: Name | None = None
    voyage: Voyage | None = None
    containers: Containers | None = None
    consignee: PartyWire | None = None
    forwarder: PartyWire | None = None
    notify_party: PartyWire | None = None
    issued_at: Moment | None = None


class CarrierReleaseWire(Wire):
    """A delivery order, or its revocation."""

    transport_document_reference: _Document
    status: CarrierReleaseStatus
    containers: Containers | None = None
    released_at: Moment | None = None
    haulier_code: Code | None = None


class ConsigneeWire(PartyWire):
    """The consignee of a declaration."""

    credit_grade: CreditGrade | None = None


class LineWire(Wire):
    """A goods line."""

    hs_code: _HsCode
    origin_country: _Country | None = None
    quantity: Amount | None = None
    net_mass_kg: Amount | None = None
    declared_value: Amount | None = None
    currency: _Currency | None = None


class DeclarationWire(Wire):
    """A customs declaration, by its number or by one of those it has before."""

    direction: Direction
    declaration_number: DeclarationNumber | None = None
    seq_no: Code | None = None
    cus_ciq_no: Code | None = None
    mode: DeclarationMode | None = None
    inspect_at: InspectAt | None = None
    declared_at: Moment | None = None
    declarant: PartyWire | None = None
    consignee: ConsigneeWire | None = None
    transport_document_reference: DocumentReference | None = None
    vessel_imo_number: ImoNumber | None = None
    call_sign: CallSign | None = None
    vessel_name: Name | None = None
    voyage: Voyage | None = None
    containers: Containers | None = None
    lines: Annotated[tuple[LineWire, ...], Field(max_length=1000)] | None = None


class NoticeWire(Wire):
    """What customs says of a declaration."""

    status: Annotated[NoticeStatus, AfterValidator(_refuse_timeline_only)]
    notice_date_time: Moment
    declaration_number: DeclarationNumber | None = None
    seq_no: Code | None = None
    cus_ciq_no: Code | None = None
    containers: Containers | None = None
    site: Code | None = None
    result: InspectionResult | None = None
    note: Note | None = None
