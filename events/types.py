"""The facts: everything that may be remembered, as one closed union of frozen structs.

Codes are DCSA Track & Trace 3.0 where DCSA has one.  A fact says what somebody outside reported or what the port
decided; what it means for a visit is judged in `port`.  Three clocks, never mixed: `event_datetime` (it happened),
`event_created_datetime` (the sender said so) and `received_at` (we heard), which belongs to the log and not to the
fact.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from msgspec import Struct

from events.basics import (
    Direction,
    Fact,
    PartyRef,
    VesselRef,
)
from events.decisions import (
    AlertRaised,
    DiversionDecided,
    InstructionChanged,
    InstructionIssued,
    InstructionStep,
    PartyNominated,
    Point,
    Reason,
    Route,
    RulesetStep,
    RulesetStepped,
)
from events.mailings import (
    CertificateStep,
    CertificateStepped,
    CourierScan,
    CourierStatus,
)
from events.movements import (
    Classifier,
    DangerousGoods,
    DocumentFunction,
    EquipmentEvent,
    EquipmentEventType,
    Ladenness,
    MovementType,
    ReportedDocument,
    TransportMode,
    VesselCallReported,
    Withdrawal,
)
from events.papers import (
    CarrierReleaseReported,
    CarrierReleaseStatus,
    Consignee,
    CreditGrade,
    CustomsNotice,
    DeclarationLine,
    DeclarationLodged,
    DeclarationMode,
    InspectAt,
    InspectionResult,
    ManifestReported,
    NoticeStatus,
)

__all__ = [
    "OUR_KINDS",
    "AlertRaised",
    "CarrierReleaseReported",
    "CarrierReleaseStatus",
    "CertificateStep",
    "CertificateStepped",
    "Classifier",
    "Consignee",
    "CourierScan",
    "CourierStatus",
    "CreditGrade",
    "CustomsNotice",
    "DangerousGoods",
    "DeclarationLine",
    "DeclarationLodged",
    "DeclarationMode",
    "Direction",
    "DiversionDecided",
    "DocumentFunction",
    "EquipmentEvent",
    "EquipmentEventType",
    "Event",
    "Fact",
    "InspectAt",
    "InspectionResult",
    "InstructionChanged",
    "InstructionIssued",
    "InstructionStep",
    "Ladenness",
    "ManifestReported",
    "MovementType",
    "NoticeStatus",
    "OurFact",
    "OutsideFact",
    "PartyNominated",
    "PartyRef",
    "Point",
    "Reason",
    "Recorded",
    "ReportedDocument",
    "Route",
    "RulesetStep",
    "RulesetStepped",
    "TransportMode",
    "VesselCallReported",
    "VesselRef",
    "Withdrawal",
]

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
OurFact = (
    DiversionDecided
    | InstructionIssued
    | InstructionChanged
    | AlertRaised
    | PartyNominated
    | CertificateStepped
    | RulesetStepped
)
Event = OutsideFact | OurFact
OUR_KINDS: frozenset[str] = frozenset(fact.kind for fact in get_args(OurFact))
"""The kinds of what the port itself says."""


class Recorded(Struct, frozen=True, kw_only=True):
    """A fact as the log holds it: which event, told by whom in which role and message, heard when, at which position.

    `event_id` is derived from the content (sender, message identity, item index), so ties break alike on every node.
    """

    position: int
    event_id: str
    sender: str
    received_at: datetime
    receipt_id: str
    fact: Event
    sender_role: str = ""
