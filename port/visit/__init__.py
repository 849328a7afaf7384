"""Visits: one stay of one container in the port, cut and folded from what was told of it.  Pure, without a clock."""

from __future__ import annotations

from port.visit.folding import fold
from port.visit.model import (
    DeclarationView,
    DocumentParty,
    Equipment,
    FacetFact,
    FacetFacts,
    Folded,
    InspectionFacts,
    Movement,
    PartyOnVisit,
    Placed,
    Visit,
    VisitDocument,
)
from port.visit.point import PointVerdict, point_of
from port.visit.status import (
    IN_PORT,
    SEVERITY,
    Carrier,
    Charges,
    Customs,
    CustomsArrival,
    CutRules,
    Mark,
    MovementState,
)
from port.visit.timelines import Audience, Difference, TimelineLine, timeline
from port.visit.within import only_goes_on

__all__ = [
    "IN_PORT",
    "SEVERITY",
    "Audience",
    "Carrier",
    "Charges",
    "Customs",
    "CustomsArrival",
    "CutRules",
    "DeclarationView",
    "Difference",
    "DocumentParty",
    "Equipment",
    "FacetFact",
    "FacetFacts",
    "Folded",
    "InspectionFacts",
    "Mark",
    "Movement",
    "MovementState",
    "PartyOnVisit",
    "Placed",
    "PointVerdict",
    "TimelineLine",
    "Visit",
    "VisitDocument",
    "fold",
    "only_goes_on",
    "point_of",
    "timeline",
]
