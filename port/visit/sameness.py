"""Whether a movement tells again, continues or ends what the open cut already holds: the windows and agreements.

What a telling leaves out (facility, vessel, voyage, ladenness) agrees with anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from events.types import MovementType, VesselRef
from port.vessel import Stays
from port.visit.corrections import minute
from port.visit.model import Movement
from port.visit.span import GTIN, GTOT, LOAD, Cut
from port.visit.status import CutRules, MovementState

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sameness:
    """The cutting rules that compare; `customs` are the facilities under customs' control."""

    stays: Stays
    rules: CutRules
    customs: frozenset[str]

    def repeats_gate_in(self, visit: Cut, movement: Movement) -> bool:
        entry = visit.latest_entry
        if entry is None or entry.fact.type_code is not GTIN:
            return False
        return tells_again(entry, movement) or (
            visit.is_in
            and _within(self.rules.confirm_within, entry, movement)
            and agree(entry.fact.facility_code, movement.fact.facility_code)
            and self.stays.agree(visit.latest_entry_call, movement.fact.vessel)
        )

    def repeats_discharge(self, visit: Cut, movement: Movement) -> bool:
        discharge = visit.discharge
        if discharge is None:
            return False
        return tells_again(discharge, movement) or (
            agree(discharge.fact.facility_code, movement.fact.facility_code)
            and self._is_same_call(visit.discharge_call, discharge, movement)
        )

    def _is_same_call(self, call: VesselRef, since: Movement, movement: Movement) -> bool:
        """Named by both, or not contradicted and soon after: without a name a box met again later is another stay."""
        if self.stays.same(call, movement.fact.vessel):
            return _within(self.rules.voyage_recurs, since, movement)
        is_soon = _within(self.rules.unnamed_call, since, movement)
        return is_soon and self.stays.agree(call, movement.fact.vessel)

    def is_late_entry(self, visit: Cut, movement: Movement) -> bool:
        return (
            visit.entry is None
            and any(
                left.fact.type_code is GTOT
                and _within(self.rules.late_discharge, left, movement)
                and agree(left.fact.facility_code, movement.fact.facility_code)
                for left in visit.movements
            )
            and all(self.stays.agree(call, movement.fact.vessel) for call in visit.calls)
        )

    def comes_back(self, visit: Cut, movement: Movement) -> bool:
        """Loaded, and discharged from the same call before the vessel left."""
        if visit.is_in or visit.leave is None or visit.leave.fact.type_code is not LOAD:
            return False
        if not self._is_same_call(visit.leave_call, visit.leave, movement):
            return False
        stay = self.stays.find(visit.leave_call) or self.stays.find(movement.fact.vessel)
        departed = self.stays.times(stay).atd if stay else None
        # A departure before the loading is from another berth of the stay: the last one is not told yet.
        return departed is None or departed < visit.leave.at or movement.at < departed

    def continues(self, visit: Cut, movement: Movement) -> bool:
        """A gate-in that is the same stay going on at another place."""
        fact = movement.fact
        if not visit.is_in and visit.leave is not None and visit.leave.fact.type_code is LOAD:
            return False
        return (
            fact.event_datetime - visit.last_at <= self.rules.transfer_within
            and agree(visit.ladenness, fact.empty_indicator)
            and not self._conflicts(visit, movement)
            and (self._is_sent_by_customs(visit, movement) or self._says_it_goes_on(visit, movement))
        )

    def _is_sent_by_customs(self, visit: Cut, movement: Movement) -> bool:
        facility = movement.fact.facility_code
        return (
            facility in self.customs
            or visit.facility in self.customs
            or visit.to_facility in self.customs
            or (facility is not None and facility == visit.to_facility)
        )

    def _says_it_goes_on(self, visit: Cut, movement: Movement) -> bool:
        fact = movement.fact
        if fact.movement_type in (MovementType.IMPORT, MovementType.TRANSSHIPMENT):
            return True
        is_elsewhere = None not in (fact.facility_code, visit.facility) and fact.facility_code != visit.facility
        return is_elsewhere and any(self.stays.same(call, fact.vessel) for call in visit.calls)

    def _conflicts(self, visit: Cut, movement: Movement) -> bool:
        calls = visit.calls
        if any(self.stays.agree(call, movement.fact.vessel) for call in calls) or not calls:
            return False
        # A box in transhipment names the ship it goes on with; until that is known no call contradicts it.
        is_onward = movement.fact.movement_type is MovementType.TRANSSHIPMENT
        return not (is_onward and all(self.stays.agree(calls[0], call) for call in calls))

    def is_told_before(self, visit: Cut, movement: Movement) -> bool:
        """Leaving again just as it last left: out of the port, or on its way to customs' site."""
        leave = visit.leave
        if leave is None or (visit.is_in and visit.state is not MovementState.IN_TRANSFER):
            return False
        return (
            leave.fact.type_code is movement.fact.type_code
            and _within(self.rules.confirm_within, leave, movement)
            and agree(leave.fact.facility_code, movement.fact.facility_code)
            and (not visit.is_in or agree(visit.to_facility, movement.fact.to_facility_code))
            and (tells_again(leave, movement) or self.stays.agree(visit.leave_call, movement.fact.vessel))
        )

    def is_late_transfer_leave(self, visit: Cut, movement: Movement) -> bool:
        """The gate-out of a transfer, told with a time after the gate-in it led to."""
        return (
            movement.fact.type_code is GTOT
            and visit.transfer is not None
            and visit.left_facility is not None
            and visit.left_facility != visit.transfer.fact.facility_code
            and movement.fact.facility_code == visit.left_facility
            and _within(self.rules.late_transfer_leave, visit.transfer, movement)
        )

    def has_just_left(self, visit: Cut, movement: Movement) -> bool:
        return (
            visit.leave is not None
            and _within(self.rules.inner_after_leave, visit.leave, movement)
            and agree(visit.leave.fact.facility_code, movement.fact.facility_code)
        )


def tells_again(one: Movement, other: Movement) -> bool:
    """One fact told twice: of one type, place and minute.  Tellings may differ in anything else, the call too."""
    return (
        one.fact.type_code is other.fact.type_code
        and abs(other.fact.event_datetime - one.fact.event_datetime) < MINUTE
        and minute(one.fact.event_datetime) == minute(other.fact.event_datetime)
        and agree(one.fact.facility_code, other.fact.facility_code)
    )


def agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _within(window: timedelta, earlier: Movement, later: Movement) -> bool:
    return later.fact.event_datetime - earlier.fact.event_datetime <= window
