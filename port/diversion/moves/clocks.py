"""How long people take with one box: declarants, customs, inspectors, hauliers."""

from __future__ import annotations

from dataclasses import dataclass

from port.diversion.moves.boxes import Box, Plan
from port.diversion.moves.chance import Chance, lognormal, normal
from port.diversion.moves.parameters import Parameters, hours
from port.diversion.moves.paths import Flow


@dataclass(frozen=True, slots=True)
class Clocks:
    """The hours of one variant, by its parameters; all from the luck of the box."""

    parameters: Parameters
    flow: Flow

    @property
    def is_traditional(self) -> bool:
        """Whether the box waits for the telephone and for an appointment."""
        return self.flow is Flow.TRADITIONAL

    def is_in_advance(self, box: Box) -> bool:
        """Was it declared before the point in this flow?"""
        if self.is_traditional:
            return box.luck[Chance.ADVANCE] < self.parameters.advance_share_traditional
        return box.is_in_advance

    def until_decided(self, box: Box, plan: Plan) -> float:
        """From stacked to customs' word; 0 when it was known at the point."""
        if plan.is_known:
            return 0.0
        return self._declare(box) + self._decision(box)

    def officer(self, box: Box) -> float:
        """From the word to hold it until an officer has looked."""
        given = self.parameters
        return lognormal(box.luck[Chance.OFFICER], mean=given.officer_hours, cv=given.decision_cv)

    def inspection(self, box: Box) -> float:
        """The inspection itself."""
        given = self.parameters
        mean = hours(given.inspection_minutes)
        return lognormal(box.luck[Chance.INSPECTION], mean=mean, cv=given.inspection_cv)

    def is_suspicious(self, box: Box) -> bool:
        """Does the scanner's image ask for more?"""
        return box.luck[Chance.SUSPICION] < self.parameters.suspicion_share

    def goes_back(self, box: Box) -> bool:
        """Is an inspected import stacked again, and not fetched from the site?"""
        given = self.parameters
        share = given.back_to_stack_share_traditional if self.is_traditional else given.back_to_stack_share
        return box.luck[Chance.BACK] < share

    def until_fetched(self, box: Box) -> float:
        """From available to the haulier's truck at the gate."""
        given = self.parameters
        told = given.told_hours if self.is_traditional else 0.0
        return told + lognormal(box.luck[Chance.FETCH], mean=given.fetch_hours, cv=given.fetch_cv)

    def appointment(self) -> float:
        """From the order to the haul to the site."""
        return self.parameters.appointment_hours if self.is_traditional else 0.0

    def comes_to_quay(self, box: Box, plan: Plan) -> bool:
        """Does the haulier of a box that is let pass come to the vessel?"""
        if not plan.is_direct:
            return False
        given = self.parameters
        share = given.ship_side_share if box.is_import else given.direct_load_share
        return box.luck[Chance.SHIP_SIDE] < share

    def truck_due(self, box: Box, *, planned: float) -> float:
        """When the truck for a box planned at that hour is at the gate."""
        given = self.parameters
        late = normal(box.luck[Chance.LATE]) * hours(given.truck_late_minutes)
        return planned - hours(given.truck_lead_minutes) + late

    def _declare(self, box: Box) -> float:
        if self.is_in_advance(box):
            return 0.0
        if box.declare_hours:
            return box.declare_hours
        given = self.parameters
        return lognormal(box.luck[Chance.DECLARE], mean=given.declare_hours, cv=given.declare_cv)

    def _decision(self, box: Box) -> float:
        if box.decision_hours is not None:
            return box.decision_hours
        given = self.parameters
        return lognormal(box.luck[Chance.DECISION], mean=given.decision_hours, cv=given.decision_cv)
