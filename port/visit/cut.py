"""Cutting a container's movements into visits: one pass over them in time order, one open cut at a time.

DISC and GTIN enter, LOAD and GTOT leave, DROP PICK STUF STRP RSEA RMVD INSP are inner; nothing else cuts.
"""

from __future__ import annotations

from collections.abc import Iterable

from port.vessel import Stays
from port.visit.model import Movement
from port.visit.sameness import Sameness, agree
from port.visit.span import DISC, DROP, GTIN, GTOT, LOAD, Cut, fill, order
from port.visit.status import CutRules, MovementState


def cut(movements: Iterable[Movement], *, stays: Stays, rules: CutRules, customs: frozenset[str]) -> list[Cut]:
    """The visits these standing ACT movements make, in time order; `customs` are the facilities under its control."""
    cutter = _Cutter(Sameness(stays, rules, customs))
    for movement in sorted(movements, key=order):
        cutter.take(movement)
    return cutter.cuts


class _Cutter:
    def __init__(self, same: Sameness) -> None:
        self.cuts: list[Cut] = []
        self._same = same

    def take(self, movement: Movement) -> None:
        kind = movement.fact.type_code
        if kind is DISC:
            self._discharge(movement)
        elif kind is GTIN:
            self._gate_in(movement)
        elif kind is LOAD or kind is GTOT:
            self._leave(movement)
        else:
            self._inner(movement)

    def _open(self, movement: Movement, state: MovementState) -> Cut:
        """A new visit; the one that is still in ends without a reported exit."""
        if self.cuts and self.cuts[-1].is_in:
            self.cuts[-1].is_exit_missing = True
            self.cuts[-1].state = MovementState.EXIT_NOT_REPORTED
        opened = Cut([], state, movement, facility=movement.fact.facility_code)
        opened.add(movement)
        self.cuts.append(opened)
        return opened

    # Entering

    def _open_by_entry(self, movement: Movement, state: MovementState) -> None:
        visit = self._open(movement, state)
        visit.entry = visit.latest_entry = movement
        visit.entry_tellings.append(movement.event_id)
        visit.entry_call = visit.latest_entry_call = movement.fact.vessel
        if movement.fact.type_code is DISC:
            visit.discharge, visit.discharge_call = movement, movement.fact.vessel

    def _discharge(self, movement: Movement) -> None:
        visit = self.cuts[-1] if self.cuts else None
        if visit is None:
            self._open_by_entry(movement, MovementState.DISCHARGED)
        elif visit.discharge is not None and self._same.repeats_discharge(visit, movement):
            self._confirm_entry(visit, movement, confirmed=visit.discharge)
            visit.discharge_call = fill(visit.discharge_call, movement.fact.vessel)
        elif self._same.is_late_entry(visit, movement):
            self._adopt_entry(visit, movement)
        elif self._same.comes_back(visit, movement):
            self._reenter(visit, movement, MovementState.DISCHARGED)
            visit.discharge, visit.discharge_call = movement, movement.fact.vessel
        else:
            self._open_by_entry(movement, MovementState.DISCHARGED)

    def _gate_in(self, movement: Movement) -> None:
        visit = self.cuts[-1] if self.cuts else None
        at_customs = movement.fact.facility_code in self._same.customs
        state = MovementState.AT_INSPECTION if at_customs else MovementState.GATED_IN
        if visit is None:
            self._open_by_entry(movement, state)
        elif visit.latest_entry is not None and self._same.repeats_gate_in(visit, movement):
            self._confirm_entry(visit, movement, confirmed=visit.latest_entry)
        elif self._same.continues(visit, movement):
            visit.left_facility, visit.transfer = visit.facility, movement
            self._reenter(visit, movement, state)
        else:
            self._open_by_entry(movement, state)

    def _reenter(self, visit: Cut, movement: Movement, state: MovementState) -> None:
        visit.add(movement)
        visit.move(movement, state)
        visit.is_in = True
        visit.latest_entry, visit.latest_entry_call = movement, movement.fact.vessel
        visit.facility, visit.to_facility = movement.fact.facility_code, None

    def _confirm_entry(self, visit: Cut, movement: Movement, *, confirmed: Movement) -> None:
        visit.add(movement)
        if confirmed is visit.latest_entry:
            visit.latest_entry_call = fill(visit.latest_entry_call, movement.fact.vessel)
        if confirmed is visit.latest:
            visit.facility = visit.facility or movement.fact.facility_code
        if confirmed is visit.entry:
            visit.entry_call = fill(visit.entry_call, movement.fact.vessel)
            visit.entry_tellings.append(movement.event_id)

    def _adopt_entry(self, visit: Cut, movement: Movement) -> None:
        """A discharge told with a time after the gate-out it preceded: the box stays where it went."""
        visit.add(movement)
        visit.entry = visit.discharge = movement
        visit.entry_tellings.append(movement.event_id)
        visit.entry_call = visit.discharge_call = movement.fact.vessel
        if visit.latest_entry is None:
            visit.latest_entry, visit.latest_entry_call = movement, movement.fact.vessel

    # Leaving

    def _leave(self, movement: Movement) -> None:
        visit = self.cuts[-1] if self.cuts else None
        if visit is None:
            self._go(self._open(movement, MovementState.GATED_OUT), movement)
        elif self._same.is_told_before(visit, movement):
            self._confirm_leave(visit, movement)
        elif self._same.is_late_transfer_leave(visit, movement):
            visit.add(movement)
        elif visit.is_in:
            visit.add(movement)
            self._go(visit, movement)
        else:
            self._go(self._open(movement, MovementState.GATED_OUT), movement)

    def _go(self, visit: Cut, movement: Movement) -> None:
        fact = movement.fact
        visit.leave, visit.leave_call = movement, fact.vessel
        visit.facility, visit.to_facility = fact.facility_code or visit.facility, fact.to_facility_code
        visit.is_in = self._is_transfer(movement)
        if fact.type_code is LOAD:
            visit.discharge = None
            visit.move(movement, MovementState.LOADED)
        else:
            visit.move(movement, MovementState.IN_TRANSFER if visit.is_in else MovementState.GATED_OUT)

    def _is_transfer(self, movement: Movement) -> bool:
        return movement.fact.type_code is GTOT and movement.fact.to_facility_code in self._same.customs

    def _confirm_leave(self, visit: Cut, movement: Movement) -> None:
        visit.add(movement)
        visit.leave_call = fill(visit.leave_call, movement.fact.vessel)
        visit.facility = visit.facility or movement.fact.facility_code
        visit.to_facility = visit.to_facility or movement.fact.to_facility_code
        if not visit.is_in and self._is_transfer(movement):
            # The first telling of this gate-out did not say where the box was sent.
            visit.is_in = True
            visit.state = MovementState.IN_TRANSFER
            visit.to_facility = movement.fact.to_facility_code

    # Inside

    def _inner(self, movement: Movement) -> None:
        left = self._find_just_left(movement)
        if left is not None:
            left.add(movement)
            return
        if self.cuts and self.cuts[-1].is_in:
            visit = self.cuts[-1]
            visit.add(movement)
        else:
            visit = self._open(movement, MovementState.IN_YARD)
        self._work(visit, movement)

    def _find_just_left(self, movement: Movement) -> Cut | None:
        """The visit that left this facility within the hour: the last, or the one before if the last is elsewhere."""
        last = self.cuts[-1] if self.cuts else None
        if last is None or not last.is_in or last.state is MovementState.IN_TRANSFER:
            return last if last is not None and self._same.has_just_left(last, movement) else None
        before = self.cuts[-2] if len(self.cuts) > 1 else None
        if before is None or before.is_in or agree(last.facility, movement.fact.facility_code):
            return None
        return before if self._same.has_just_left(before, movement) else None

    def _work(self, visit: Cut, movement: Movement) -> None:
        visit.facility = movement.fact.facility_code or visit.facility
        state = visit.state
        if visit.facility in self._same.customs:
            state = MovementState.AT_INSPECTION
        elif movement.fact.type_code is DROP:
            state = MovementState.IN_YARD
        visit.move(movement, state)
