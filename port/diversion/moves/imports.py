"""The way of an import: from under the crane to the road."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Event
from simpy.resources.resource import Request

from events.types import Route
from port.diversion.moves.boxes import Box, Plan
from port.diversion.moves.chance import Chance
from port.diversion.moves.clocks import Clocks
from port.diversion.moves.inspecting import Customs
from port.diversion.moves.parameters import hours
from port.diversion.moves.paths import (
    SITE_TO_ROAD,
    STACK_TO_ROAD,
    VESSEL_TO_ROAD,
    VESSEL_TO_SCANNER,
    VESSEL_TO_SITE,
    VESSEL_TO_STACK,
    Place,
)
from port.diversion.moves.station import Steps
from port.diversion.moves.terminal import Terminal
from port.diversion.moves.trace import Mark


class Imports:
    """Discharges boxes and sees them off, in one run."""

    def __init__(self, terminal: Terminal, clocks: Clocks, *, customs: Customs) -> None:
        self.terminal, self.clocks, self.customs = terminal, clocks, customs
        self._trucks: dict[int, Event] = {}

    def announce(self, box: Box, plan: Plan, *, planned: float) -> None:
        """Tell the haulier of a box that is let pass when it is planned to be discharged."""
        if self.clocks.comes_to_quay(box, plan):
            came = self._trucks[box.number] = self.terminal.env.event()
            due = max(self.terminal.env.now, self.clocks.truck_due(box, planned=planned))
            self.terminal.env.process(self._outside_truck(box, came, due=due))

    def discharge(self, box: Box, plan: Plan, *, lift_hours: float) -> Steps:
        """Off the vessel.  Ends when the crane is free; `lift_hours` is its time for this box."""
        env, terminal = self.terminal.env, self.terminal
        if (yield from self._is_truck_there(box)):
            yield from self._off_vessel(box, lift_hours)
            terminal.mark(box, Mark.AVAILABLE)
            env.process(self._leave(box))
            return
        truck = yield from terminal.truck()
        yield from self._off_vessel(box, lift_hours)
        env.process(self._on_terminal_truck(box, plan, truck=truck))

    def _off_vessel(self, box: Box, taken: float) -> Steps:
        began = self.terminal.env.now
        yield self.terminal.env.timeout(taken)
        self.terminal.record(box, VESSEL_TO_STACK[0], began=began)
        self.terminal.mark(box, Mark.POINT)

    def discharge_as_recorded(self, box: Box, plan: Plan) -> Steps:
        """Off the vessel now, as it was; only an outside truck that is there already takes it."""
        env, came = self.terminal.env, self._trucks.get(box.number)
        yield from self._off_vessel(box, 0.0)
        if came is not None and came.triggered:
            self.terminal.mark(box, Mark.AVAILABLE)
            env.process(self._leave(box))
            return
        truck = yield from self.terminal.truck()
        env.process(self._on_terminal_truck(box, plan, truck=truck))

    def _is_truck_there(self, box: Box) -> Generator[Event, Any, bool]:
        came = self._trucks.get(box.number)
        if came is None:
            return False
        if not came.triggered:
            patience = hours(self.terminal.parameters.hook_patience_minutes)
            yield came | self.terminal.env.timeout(patience)
        if not came.triggered:
            self.terminal.mark(box, Mark.MISSED_HOOK)
        return came.triggered

    def _on_terminal_truck(self, box: Box, plan: Plan, *, truck: Request) -> Steps:
        terminal, customs = self.terminal, self.customs
        slot = customs.find_slot() if plan.route is Route.INSPECTION else None
        if slot is not None:
            yield from terminal.make(box, VESSEL_TO_SITE[1:])
            terminal.send_back(truck, from_place=Place.SITE_GATE)
            slot = yield from customs.inspect(box, slot)
        elif plan.route is Route.SCAN:
            yield from terminal.make(box, VESSEL_TO_SCANNER[1:])
            slot = yield from customs.scan(box, truck)
        else:
            yield from terminal.make(box, VESSEL_TO_STACK[1:])
            terminal.send_back(truck, from_place=Place.YARD)
            slot = yield from customs.treat_in_stack(box, plan)
        terminal.mark(box, Mark.AVAILABLE)
        yield from self._fetch(box, slot)

    def _fetch(self, box: Box, slot: Request | None) -> Steps:
        terminal = self.terminal
        came = self._trucks.get(box.number)
        if came is None:
            yield terminal.env.timeout(self.clocks.until_fetched(box))
            came = terminal.env.event()
            yield from self._outside_truck(box, came, due=terminal.env.now)
        elif not came.processed:
            yield came
        if slot is None:
            yield from terminal.make(box, STACK_TO_ROAD, digs=terminal.digs(box, Chance.LAST_DIG))
        else:
            yield from terminal.make(box, SITE_TO_ROAD)
            terminal.site_places.release(slot)
        yield from self._out(box)

    def _leave(self, box: Box) -> Steps:
        yield from self.terminal.make(box, VESSEL_TO_ROAD[1:])
        yield from self._out(box)

    def _out(self, box: Box) -> Steps:
        yield from self.terminal.pass_gate()
        self.terminal.mark(box, Mark.LEFT)

    def _outside_truck(self, box: Box, came: Event, *, due: float) -> Steps:
        """The haulier's truck from the gate to where the box is, or will be."""
        terminal = self.terminal
        yield terminal.env.timeout(due - terminal.env.now)
        terminal.mark(box, Mark.TRUCK_CAME)
        yield from terminal.pass_gate()
        yield terminal.env.timeout(hours(terminal.parameters.gate_ride_minutes))
        came.succeed()
