"""The port of one run: its cranes, trucks, gate, site and scanner as resources that boxes take turns at."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Environment, Event, Resource, Store
from simpy.resources.resource import Request

from port.diversion.moves.boxes import Box, Day
from port.diversion.moves.chance import Chance, geometric, lognormal
from port.diversion.moves.parameters import Parameters, hours
from port.diversion.moves.paths import REHANDLE, Kind, Leg, Move, Place
from port.diversion.moves.station import INSPECTION, SCAN, Hours, Station, Steps
from port.diversion.moves.trace import ENDS, Mark, Marked, Moved, Trace


class Terminal:
    """Everything a box may have to wait for.  Who holds a machine never waits for a truck, so nothing locks up."""

    def __init__(self, env: Environment, parameters: Parameters, *, day: Day) -> None:
        self.env, self.parameters, self.trace = env, parameters, Trace()
        self.remaining = len(day.boxes)
        self.trucks = Resource(env, parameters.terminal_trucks)
        self.lanes = Resource(env, parameters.gate_lanes)
        self.site_places = Resource(env, parameters.site_places)
        self._yard = Resource(env, parameters.yard_cranes)
        self._stackers = Resource(env, parameters.site_stackers)
        self.loading = [Store(env) for _ in day.vessels]
        bays, scanners = Resource(env, parameters.inspection_bays), Resource(env, parameters.scanners)
        open_hours = Hours(parameters.site_opens, parameters.site_closes)
        self.site = Station(env, bays, open_hours, begins_at=day.begins_at, marks=INSPECTION, trace=self.trace)
        self.scanner = Station(env, scanners, Hours(), begins_at=day.begins_at, marks=SCAN, trace=self.trace)

    def mark(self, box: Box, mark: Mark) -> None:
        """Write a moment down; the last of a box ends it."""
        self.remaining -= mark in ENDS
        self.trace.marks.append(Marked(self.env.now, box.number, mark))

    def record(self, box: Box, move: Move, *, began: float) -> None:
        """Write a move down that ends now."""
        self.trace.moves.append(Moved(began, self.env.now, box.number, move))

    def truck(self) -> Generator[Event, Any, Request]:
        """A terminal truck, as soon as one is free; give it back with `send_back`."""
        turn = self.trucks.request()
        yield turn
        return turn

    def send_back(self, truck: Request, *, from_place: Place) -> None:
        """The truck drives back empty, as far as it came, and is free."""
        self.env.process(self._back(truck, self._haul_hours(from_place, Place.YARD)))

    def make(self, box: Box, leg: Leg, *, digs: int = 0) -> Steps:
        """The moves of the leg one after another, waiting for each machine; a truck it needs is held by the caller.

        `digs` rehandles come before the lift off the stack.
        """
        for move in leg:
            if move.kind is not Kind.LIFT:
                yield from self._ride(box, move)
            elif Place.VESSEL in move:
                yield from self._load(box, move)
            else:
                yield from self._lift(box, move, digs=digs if move.origin is Place.STACK else 0)

    def pass_gate(self) -> Steps:
        """A truck through a lane, in or out."""
        with self.lanes.request() as turn:
            yield turn
            yield self.env.timeout(hours(self.parameters.gate_minutes))

    def crane_hours(self, box: Box) -> float:
        """How long a quay crane takes with this box."""
        mean = 1 / self.parameters.crane_lifts_per_hour
        return lognormal(box.luck[Chance.CRANE], mean=mean, cv=self.parameters.crane_cv)

    def digs(self, box: Box, chance: Chance) -> int:
        """How many boxes stand on this one."""
        return geometric(box.luck[chance], mean=self.parameters.rehandles)

    def _lift(self, box: Box, move: Move, *, digs: int) -> Steps:
        is_site = Place.SITE in move
        machines = self._stackers if is_site else self._yard
        taken = hours(self.parameters.site_lift_minutes if is_site else self.parameters.yard_lift_minutes)
        with machines.request() as turn:
            yield turn
            for one in (*[REHANDLE] * digs, move):
                began = self.env.now
                yield self.env.timeout(taken)
                self.record(box, one, began=began)

    def _ride(self, box: Box, move: Move) -> Steps:
        began = self.env.now
        if move.kind is Kind.RIDE and Place.SCANNER not in (move.origin, move.target):
            yield self.env.timeout(hours(self.parameters.gate_ride_minutes))
        else:
            yield self.env.timeout(self._haul_hours(move.origin, move.target))
        self.record(box, move, began=began)

    def _load(self, box: Box, move: Move) -> Steps:
        lifted = self.env.event()
        self.loading[box.vessel].put((box, move, lifted))
        yield lifted

    def _back(self, truck: Request, taken: float) -> Steps:
        yield self.env.timeout(taken)
        self.trucks.release(truck)

    def _haul_hours(self, origin: Place, target: Place) -> float:
        given, ends = self.parameters, {origin, target}
        if Place.SCANNER in ends:
            return hours(given.to_scanner_minutes)
        if Place.SITE_GATE in ends:
            return hours(given.quay_to_site_minutes if Place.QUAY in ends else given.yard_to_site_minutes)
        return hours(given.quay_to_yard_minutes)
