"""Papers: manifests, delivery orders, customs declarations and what customs says of them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from events.basics import NO_VESSEL, Aware, Direction, Fact, Part, PartyRef, VesselRef


class ManifestReported(Fact, frozen=True, kw_only=True, tag="manifest"):
    """A bill of lading on a call: its containers and parties.  `master_reference` makes it a house bill."""

    kind: ClassVar[Literal["manifest"]] = "manifest"
    transport_document_reference: str
    master_reference: str | None = None
    vessel: VesselRef = NO_VESSEL
    direction: Direction
    containers: tuple[str, ...] = ()
    consignee: PartyRef | None = None
    forwarder: PartyRef | None = None
    notify_party: PartyRef | None = None
    issued_at: Aware | None = None


class CarrierReleaseStatus(StrEnum):
    """放货 / 换单: the carrier lets the consignee have the box, or takes that back."""

    RELEASED = "RELEASED"
    REVOKED = "REVOKED"


class CarrierReleaseReported(Fact, frozen=True, kw_only=True, tag="carrier_release"):
    """A delivery order; no containers means every container of the bill."""

    kind: ClassVar[Literal["carrier_release"]] = "carrier_release"
    transport_document_reference: str
    containers: tuple[str, ...] = ()
    status: CarrierReleaseStatus
    released_at: Aware | None = None
    haulier_code: str | None = None


class DeclarationMode(StrEnum):
    """提前申报 / 到港申报 / 两步申报."""

    ADVANCE = "ADVANCE"
    ARRIVAL = "ARRIVAL"
    TWO_STEP = "TWO_STEP"


class InspectAt(StrEnum):
    """口岸查验 / 目的地查验."""

    PORT = "PORT"
    DESTINATION = "DESTINATION"


class CreditGrade(StrEnum):
    """海关企业信用等级."""

    AEO = "AEO"
    GENERAL = "GENERAL"
    DISTRUSTED = "DISTRUSTED"


class Consignee(Part, frozen=True, kw_only=True):
    """The consignee of a declaration with its customs credit grade."""

    code: str
    name: str | None = None
    credit_grade: CreditGrade | None = None


class DeclarationLine(Part, frozen=True, kw_only=True):
    """One goods line: HS code (6 to 10 digits), origin ISO 3166-1 alpha-2, mass in kg, value in `currency` (ISO
    4217)."""

    hs_code: str
    origin_country: str | None = None
    quantity: float | None = None
    net_mass_kg: float | None = None
    declared_value: float | None = None
    currency: str | None = None


class DeclarationLodged(Fact, frozen=True, kw_only=True, tag="declaration"):
    """A customs declaration; before its 18-digit number exists it is known by `seq_no` or `cus_ciq_no`.

    Lodged again under the same number it replaces the earlier content.
    """

    kind: ClassVar[Literal["declaration"]] = "declaration"
    declaration_number: str | None = None
    seq_no: str | None = None
    cus_ciq_no: str | None = None
    direction: Direction
    mode: DeclarationMode | None = None
    inspect_at: InspectAt = InspectAt.PORT
    declared_at: Aware | None = None
    declarant: PartyRef | None = None
    consignee: Consignee | None = None
    transport_document_reference: str | None = None
    vessel: VesselRef = NO_VESSEL
    containers: tuple[str, ...] = ()
    lines: tuple[DeclarationLine, ...] = ()


class NoticeStatus(StrEnum):
    """What customs says of a declaration; TIMELINE_ONLY receipts are shown and change nothing."""

    ACCEPTED = "ACCEPTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    NO_INSPECTION = "NO_INSPECTION"
    SCAN_ORDERED = "SCAN_ORDERED"
    INSPECTION_ORDERED = "INSPECTION_ORDERED"
    INSPECTION_STARTED = "INSPECTION_STARTED"
    INSPECTION_FINISHED = "INSPECTION_FINISHED"
    RELEASED = "RELEASED"
    HELD = "HELD"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    ARRIVAL_REPORTED = "ARRIVAL_REPORTED"
    TIMELINE_ONLY = "TIMELINE_ONLY"


class InspectionResult(StrEnum):
    """查验结果."""

    PASS = "PASS"
    ABNORMAL = "ABNORMAL"


class CustomsNotice(Fact, frozen=True, kw_only=True, tag="notice"):
    """A customs notice or receipt.  It names its declaration by number, `seq_no` or `cus_ciq_no` (early receipts).

    `containers` narrows it to those boxes; `channel` is the CHANNEL code of a Chinese receipt.
    """

    kind: ClassVar[Literal["notice"]] = "notice"
    declaration_number: str | None = None
    seq_no: str | None = None
    cus_ciq_no: str | None = None
    status: NoticeStatus
    notice_datetime: Aware
    containers: tuple[str, ...] = ()
    site: str | None = None
    result: InspectionResult | None = None
    note: str | None = None
    channel: str | None = None
