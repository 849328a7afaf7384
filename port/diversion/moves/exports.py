"""The way of an export: from the gate into the vessel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from simpy import Event

from events.types import Route
from port.diversion.moves.boxes import Box, Plan
from port.diversion.moves.chance import Chance
from port.diversion.moves.clocks import Clocks
from port.diversion.moves.inspecting import Customs
from port.diversion.moves.paths import (
    ROAD_TO_SCANNER,
    ROAD_TO_SITE,
    ROAD_TO_STACK,
    ROAD_TO_VESSEL,
    STACK_TO_VESSEL,
    Leg,
    Place,
)
from port.diversion.moves.station import Steps
from port.diversion.moves.terminal import Terminal
from port.diversion.moves.trace import Mark


@dataclass(frozen=True, slots=True)
class Loading:
    """When a vessel takes boxes: `begun` happens with its first loading lift; planned hours are known before."""

    begun: Event
    planned_from: float
    planned_hours: float


class Exports:
    """Takes boxes in and loads them, in one run."""

    def __init__(self, terminal: Terminal, clocks: Clocks, *, customs: Customs, vessels: Mapping[int, Loading]) -> None:
        self.terminal, self.clocks, self.customs, self.vessels = terminal, clocks, customs, vessels

    def due(self, box: Box, plan: Plan) -> float:
        """When its truck is at the gate: as recorded, for the vessel's working hours, or some time before them."""
        if box.point_hours is not None:
            return box.point_hours
        given, loading = self.terminal.parameters, self.vessels[box.vessel]
        u = box.luck[Chance.ARRIVAL]
        if self.clocks.comes_to_quay(box, plan):
            return self.clocks.truck_due(box, planned=loading.planned_from + u * loading.planned_hours)
        before = given.export_cut_off_hours + u * (given.export_window_hours - given.export_cut_off_hours)
        return loading.planned_from - before

    def bring(self, box: Box, plan: Plan) -> Steps:
        """From the gate to its end: in the vessel, or left behind."""
        terminal = self.terminal
        yield terminal.env.timeout(self.due(box, plan) - terminal.env.now)
        terminal.mark(box, Mark.TRUCK_CAME)
        yield from terminal.pass_gate()
        terminal.mark(box, Mark.POINT)
        if self.clocks.comes_to_quay(box, plan):
            yield from self._load_off_truck(box)
            return
        yield from self._put_down(box, plan)
        terminal.mark(box, Mark.AVAILABLE)
        yield from self._load_from_stack(box)

    def _put_down(self, box: Box, plan: Plan) -> Steps:
        terminal, customs = self.terminal, self.customs
        slot = customs.find_slot() if plan.route is Route.INSPECTION else None
        if slot is not None:
            yield from terminal.make(box, ROAD_TO_SITE)
            yield from customs.inspect(box, slot)
        elif plan.route is Route.SCAN:
            yield from terminal.make(box, ROAD_TO_SCANNER)
            yield from customs.scan_on_outside_truck(box)
        else:
            yield from terminal.make(box, ROAD_TO_STACK)
            yield from customs.treat_in_stack(box, plan)

    def _load_off_truck(self, box: Box) -> Steps:
        begun = self.vessels[box.vessel].begun
        yield from self.terminal.make(box, ROAD_TO_VESSEL[:1])
        self.terminal.mark(box, Mark.AVAILABLE)
        if not begun.processed:
            yield begun
        if self._is_gone(box):
            self.terminal.mark(box, Mark.ROLLED)
            return
        yield from self._load(box, ROAD_TO_VESSEL[1:], digs=0)

    def _load_from_stack(self, box: Box) -> Steps:
        terminal, begun = self.terminal, self.vessels[box.vessel].begun
        if not begun.processed:
            yield begun
        if self._is_gone(box):
            terminal.mark(box, Mark.ROLLED)
            return
        truck = yield from terminal.truck()
        yield from self._load(box, STACK_TO_VESSEL, digs=terminal.digs(box, Chance.LAST_DIG))
        terminal.send_back(truck, from_place=Place.QUAY)

    def _load(self, box: Box, leg: Leg, *, digs: int) -> Steps:
        yield from self.terminal.make(box, leg, digs=digs)
        self.terminal.mark(box, Mark.LOADED)

    def _is_gone(self, box: Box) -> bool:
        begun = cast("float", self.vessels[box.vessel].begun.value)
        closes = begun + self.terminal.parameters.loading_window_hours
        return self.terminal.env.now > closes
