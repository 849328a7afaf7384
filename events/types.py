"""The facts: everything that may be remembered, as one closed union of frozen models.

Codes are DCSA Track & Trace 3.0 where DCSA has one.  A fact says what somebody outside reported or what the port
decided; what it means for a visit is judged in `port`.  Three clocks, never mixed: `event_datetime` (it happened),
`event_created_datetime` (the sender said so) and `received_at` (we heard), which belongs to the log and not to the
fact.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Fact(BaseModel):
    """A frozen statement; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Direction(StrEnum):
    """Which way a document's cargo crosses the border."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class DocumentFunction(StrEnum):
    """UN/EDIFACT 1225 as far as it cuts: 9 original, 5 replace, 1 cancellation."""

    ORIGINAL = "9"
    REPLACE = "5"
    CANCEL = "1"


class VesselRef(Fact):
    """A vessel and voyage as the sender names them; any part may be absent, and an absent part agrees with any."""

    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    voyage: str | None = None


class DangerousGoods(Fact):
    """UN number (four digits) and IMO class."""

    un_number: str
    imo_class: str | None = None


class PartyRef(Fact):
    """A party as a document names it: code (USCC or local) and, when given, its name."""

    code: str
    name: str | None = None


class ReportedDocument(Fact):
    """The EDIFACT document (BGM) an item came in, so that a later replacement or cancellation finds it.

    `message_type` is the UNH message name (CODECO, COARRI); `reference` is BGM 1004.  References are the sender's own,
    so two documents are the same only for one sender.
    """

    message_type: str
    reference: str
    function: DocumentFunction = DocumentFunction.ORIGINAL


class EquipmentEvent(Fact):
    """A container movement or status, DCSA EQUIPMENT event.

    `supersedes` names the event id this one corrects.  `is_at_port` is false for a carrier's report of a movement in
    another port: it is shown, and never cuts a visit.
    """

    kind: Literal["equipment"] = "equipment"
    type_code: EquipmentEventType
    classifier: Classifier = Classifier.ACT
    container_number: str
    event_datetime: AwareDatetime
    event_created_datetime: AwareDatetime | None = None
    facility_code: str | None = None
    to_facility_code: str | None = None
    un_location_code: str | None = None
    is_at_port: bool = True
    vessel: VesselRef = VesselRef()
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


class Withdrawal(Fact):
    """The sender takes back what it reported: one event by id, the same fact by content, or a whole document (BGM 1).

    Exactly one of `retracts`, `fact` and `document` says what.  A withdrawal of something unknown waits for it.
    """

    kind: Literal["withdrawal"] = "withdrawal"
    container_number: str | None = None
    retracts: str | None = None
    type_code: EquipmentEventType | None = None
    facility_code: str | None = None
    event_datetime: AwareDatetime | None = None
    event_created_datetime: AwareDatetime | None = None
    document: ReportedDocument | None = None


class VesselCallReported(Fact):
    """One berth stay of a vessel; aliases (IMO number, call sign, both voyages) join tellings to one port stay.

    `voyage` alone counts for both directions.  Times: estimated arrival, actual arrival, berthing and departure.
    """

    kind: Literal["vessel_call"] = "vessel_call"
    vessel_imo_number: str | None = None
    call_sign: str | None = None
    vessel_name: str | None = None
    import_voyage: str | None = None
    export_voyage: str | None = None
    voyage: str | None = None
    facility_code: str | None = None
    eta: AwareDatetime | None = None
    ata: AwareDatetime | None = None
    atb: AwareDatetime | None = None
    atd: AwareDatetime | None = None


class ManifestReported(Fact):
    """A bill of lading on a call: its containers and parties.  `master_reference` makes it a house bill."""

    kind: Literal["manifest"] = "manifest"
    transport_document_reference: str
    master_reference: str | None = None
    vessel: VesselRef = VesselRef()
    direction: Direction
    containers: tuple[str, ...] = ()
    consignee: PartyRef | None = None
    forwarder: PartyRef | None = None
    notify_party: PartyRef | None = None
    issued_at: AwareDatetime | None = None


class CarrierReleaseStatus(StrEnum):
    """放货 / 换单: the carrier lets the consignee have the box, or takes that back."""

    RELEASED = "RELEASED"
    REVOKED = "REVOKED"


class CarrierReleaseReported(Fact):
    """A delivery order; no containers means every container of the bill."""

    kind: Literal["carrier_release"] = "carrier_release"
    transport_document_reference: str
    containers: tuple[str, ...] = ()
    status: CarrierReleaseStatus
    released_at: AwareDatetime | None = None
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


class Consignee(Fact):
    """The consignee of a declaration with its customs credit grade."""

    code: str
    name: str | None = None
    credit_grade: CreditGrade | None = None


class DeclarationLine(Fact):
    """One goods line: HS code (6 to 10 digits), origin ISO 3166-1 alpha-2, mass in kg, value in `currency` (ISO
    4217)."""

    hs_code: str
    origin_country: str | None = None
    quantity: float | None = None
    net_mass_kg: float | None = None
    declared_value: float | None = None
    currency: str | None = None


class DeclarationLodged(Fact):
    """A customs declaration; before its 18-digit number exists it is known by `seq_no` or `cus_ciq_no`.

    Lodged again under the same number it replaces the earlier content.
    """

    kind: Literal["declaration"] = "declaration"
    declaration_number: str | None = None
    seq_no: str | None = None
    cus_ciq_no: str | None = None
    direction: Direction
    mode: DeclarationMode | None = None
    inspect_at: InspectAt = InspectAt.PORT
    declared_at: AwareDatetime | None = None
    declarant: PartyRef | None = None
    consignee: Consignee | None = None
    transport_document_reference: str | None = None
    vessel: VesselRef = VesselRef()
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


class CustomsNotice(Fact):
    """A customs notice or receipt.  It names its declaration by number, `seq_no` or `cus_ciq_no` (early receipts).

    `containers` narrows it to those boxes; `channel` is the CHANNEL code of a Chinese receipt.
    """

    kind: Literal["notice"] = "notice"
    declaration_number: str | None = None
    seq_no: str | None = None
    cus_ciq_no: str | None = None
    status: NoticeStatus
    notice_datetime: AwareDatetime
    containers: tuple[str, ...] = ()
    site: str | None = None
    result: InspectionResult | None = None
    note: str | None = None
    channel: str | None = None


class CourierStatus(StrEnum):
    """UPU-like postal item states."""

    COLLECTED = "COLLECTED"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETURNED = "RETURNED"


class CourierScan(Fact):
    """A scan of a postal item (UPU S10 or domestic EMS number)."""

    kind: Literal["courier_scan"] = "courier_scan"
    item_id: str
    status: CourierStatus
    scan_datetime: AwareDatetime
    place: str | None = None


class Route(StrEnum):
    """Where to put the box, never that it may leave.  Strictest first is HOLD INSPECTION SCAN YARD DIRECT_RELEASE."""

    DIRECT_RELEASE = "DIRECT_RELEASE"
    SCAN = "SCAN"
    INSPECTION = "INSPECTION"
    YARD = "YARD"
    HOLD = "HOLD"


class Reason(StrEnum):
    """Why a route was chosen; closed."""

    NOT_DECLARED = "NOT_DECLARED"
    FACTS_MISSING = "FACTS_MISSING"
    DIRECTION_UNKNOWN = "DIRECTION_UNKNOWN"
    NO_CAPACITY = "NO_CAPACITY"
    CUSTOMS_ORDER = "CUSTOMS_ORDER"
    RELEASED = "RELEASED"
    NO_INSPECTION = "NO_INSPECTION"
    RULE = "RULE"
    RANDOM = "RANDOM"
    OVERRIDE = "OVERRIDE"
    RULE_FAULT = "RULE_FAULT"
    LATE_REPORT = "LATE_REPORT"


class Point(StrEnum):
    """Where the box stands when it is routed: off the vessel (import) or at the gate (export)."""

    DISCHARGE = "DISCHARGE"
    GATE_IN = "GATE_IN"


class DiversionDecided(Fact):
    """A routing decision, made once on exactly the facts below it in the log and stored with them.

    `case` holds the facts as judged (JSON), `draws` the random draw per declaration or point event, `rows` the matched
    row per declaration, `because_of` the bills whose status or rule made the route, `reserves` the site whose bay slot
    it holds. A rebuild reads it back and never makes it again.
    """

    kind: Literal["diversion_decided"] = "diversion_decided"
    decision_id: str
    visit_id: str
    container_number: str
    decided_at: AwareDatetime
    point: Point | None = None
    point_event_id: str | None = None
    route: Route
    reason: Reason
    place: str | None = None
    is_awaiting_site: bool = False
    is_precautionary: bool = False
    reserves: str | None = None
    has_plug: bool = False
    because_of: tuple[str, ...] = ()
    ruleset_hash: str
    compiler_version: str
    case: str
    rows: tuple[tuple[str, str | None], ...] = ()
    draws: tuple[tuple[str, float], ...] = ()
    sites_seen: str = "{}"
    alerts: tuple[str, ...] = ()
    override_by: str | None = None
    override_reason: str | None = None


class InstructionIssued(Fact):
    """What the terminal must do with the box now."""

    kind: Literal["instruction_issued"] = "instruction_issued"
    instruction_id: str
    decision_id: str
    visit_id: str
    container_number: str
    facility_code: str | None
    point: Point
    point_event_id: str | None
    route: Route
    place: str | None
    reason: Reason
    issued_at: AwareDatetime
    supersedes: str | None = None


class InstructionStep(StrEnum):
    """The later life of an instruction; CONFIRMED changes its reason and leaves its state."""

    CONFIRMED = "CONFIRMED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class InstructionChanged(Fact):
    """An instruction was confirmed, acknowledged, executed, cancelled or expired; `why` is a code for the terminal.

    `superseded_by` names what stands instead; `decision_id` the decision that confirmed it.
    """

    kind: Literal["instruction_changed"] = "instruction_changed"
    instruction_id: str
    visit_id: str
    container_number: str
    facility_code: str | None
    step: InstructionStep
    at: AwareDatetime
    why: str | None = None
    by: str | None = None
    superseded_by: str | None = None
    decision_id: str | None = None


class AlertRaised(Fact):
    """Something an officer must look at: RULE_FAULT, ORDER_AFTER_DEPARTURE, LEFT_WITHOUT_RELEASE, NO_SUITABLE_PLACE
    …"""

    kind: Literal["alert"] = "alert"
    alert_id: str
    code: str
    visit_id: str | None = None
    container_number: str | None = None
    at: AwareDatetime
    detail: str = ""


class PartyNominated(Fact):
    """A party on the visit lets another see it, or takes that back."""

    kind: Literal["nomination"] = "nomination"
    nomination_id: str
    visit_id: str
    container_number: str
    nominator: str
    nominee: str
    role: str
    at: AwareDatetime
    is_revoked: bool = False


class CertificateStep(StrEnum):
    """The life of a certificate mailing (原产地证书自助寄递)."""

    APPLIED = "APPLIED"
    SIGNED = "SIGNED"
    IN_LOCKER = "IN_LOCKER"
    CODE_CONFIRMED = "CODE_CONFIRMED"
    COLLECTED = "COLLECTED"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class CertificateStepped(Fact):
    """One step of a certificate mailing.  `code_hash` is a salted hash: the code itself is never stored."""

    kind: Literal["certificate"] = "certificate"
    mailing_id: str
    step: CertificateStep
    at: AwareDatetime
    applicant: str
    by: str
    certificate_number: str | None = None
    visit_id: str | None = None
    recipient: str | None = None
    locker: str | None = None
    code_hash: str | None = None
    code_expires_at: AwareDatetime | None = None
    item_id: str | None = None
    note: str | None = None


OutsideFact = (
    EquipmentEvent
    | Withdrawal
    | VesselCallReported
    | ManifestReported
    | CarrierReleaseReported
    | DeclarationLodged
    | CustomsNotice
    | CourierScan
)
OurFact = DiversionDecided | InstructionIssued | InstructionChanged | AlertRaised | PartyNominated | CertificateStepped
Event = Annotated[OutsideFact | OurFact, Field(discriminator="kind")]


class Recorded(BaseModel):
    """A fact as the log holds it: which event, told by whom in which role and message, heard when, at which position.

    `event_id` is derived from the content (sender, message identity, item index), so ties break alike on every node.
    """

    model_config = ConfigDict(frozen=True)

    position: int
    event_id: str
    sender: str
    received_at: datetime
    receipt_id: str
    fact: Event
    sender_role: str = ""
