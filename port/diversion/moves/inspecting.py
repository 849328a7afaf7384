"""What customs does with a box that was not let pass: to the site or the scanner, and out of it again."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy import Event
from simpy.resources.resource import Request

from events.types import Route
from port.diversion.moves.boxes import Box, Plan
from port.diversion.moves.chance import Chance
from port.diversion.moves.clocks import Clocks
from port.diversion.moves.parameters import hours
from port.diversion.moves.paths import (
    ROAD_SCANNER_TO_SITE,
    ROAD_SCANNER_TO_STACK,
    SCANNER_TO_SITE,
    SCANNER_TO_STACK,
    SITE_TO_STACK,
    STACK_TO_SCANNER,
    STACK_TO_SITE,
    Place,
)
from port.diversion.moves.station import Steps
from port.diversion.moves.terminal import Terminal

Slot = Generator[Event, Any, Request | None]
"""Ends with the place a box still holds at the site; None when it is in the stack."""


class Customs:
    """Treats boxes, in one run."""

    def __init__(self, terminal: Terminal, clocks: Clocks) -> None:
        self.terminal, self.clocks = terminal, clocks

    def find_slot(self) -> Request | None:
        """A place at the site for a box that stands at the point; None when all are taken."""
        places = self.terminal.site_places
        has_room = places.count < places.capacity and not places.queue
        return places.request() if has_room else None

    def treat_in_stack(self, box: Box, plan: Plan) -> Slot:
        """From the stack on: wait for customs' word, and do what it says."""
        terminal, clocks = self.terminal, self.clocks
        yield terminal.env.timeout(clocks.until_decided(box, plan))
        if plan.treatment is Route.HOLD:
            yield terminal.env.timeout(clocks.officer(box))
        elif plan.treatment is Route.INSPECTION:
            yield terminal.env.timeout(clocks.appointment())
            return (yield from self._fetch_and_inspect(box))
        elif plan.treatment is Route.SCAN:
            truck = yield from terminal.truck()
            yield from terminal.make(box, STACK_TO_SCANNER, digs=terminal.digs(box, Chance.FIRST_DIG))
            return (yield from self.scan(box, truck))
        return None

    def scan(self, box: Box, truck: Request) -> Slot:
        """On a terminal truck at the scanner: through it, and to the stack or, when suspicious, to the site."""
        yield from self._pass_scanner(box)
        slot = self._suspicion(box)
        yield from self.terminal.make(box, SCANNER_TO_SITE if slot else SCANNER_TO_STACK)
        self.terminal.send_back(truck, from_place=Place.SITE_GATE if slot else Place.YARD)
        return (yield from self._follow_up(box, slot))

    def scan_on_outside_truck(self, box: Box) -> Slot:
        """The same for an export that came by road and was not put down yet."""
        yield from self._pass_scanner(box)
        slot = self._suspicion(box)
        yield from self.terminal.make(box, ROAD_SCANNER_TO_SITE if slot else ROAD_SCANNER_TO_STACK)
        return (yield from self._follow_up(box, slot))

    def inspect(self, box: Box, slot: Request) -> Slot:
        """At the site: wait for a bay, be inspected and released; an import may stay there to be fetched."""
        terminal = self.terminal
        yield from terminal.site.serve(box.number, hours=self.clocks.inspection(box))
        yield terminal.env.timeout(hours(terminal.parameters.site_release_minutes))
        if box.is_import and not self.clocks.goes_back(box):
            return slot
        truck = yield from terminal.truck()
        yield from terminal.make(box, SITE_TO_STACK)
        terminal.send_back(truck, from_place=Place.YARD)
        terminal.site_places.release(slot)
        return None

    def _pass_scanner(self, box: Box) -> Steps:
        terminal = self.terminal
        yield from terminal.scanner.serve(box.number, hours=hours(terminal.parameters.scan_minutes))

    def _suspicion(self, box: Box) -> Request | None:
        """A place at the site when the image asks for one and there is one."""
        return self.find_slot() if self.clocks.is_suspicious(box) else None

    def _follow_up(self, box: Box, slot: Request | None) -> Slot:
        if slot is not None:
            return (yield from self.inspect(box, slot))
        if self.clocks.is_suspicious(box):
            # The site was full when the image was read, and a truck is no place to wait.
            return (yield from self._fetch_and_inspect(box))
        return None

    def _fetch_and_inspect(self, box: Box) -> Slot:
        terminal = self.terminal
        slot = terminal.site_places.request()
        yield slot
        truck = yield from terminal.truck()
        yield from terminal.make(box, STACK_TO_SITE, digs=terminal.digs(box, Chance.FIRST_DIG))
        terminal.send_back(truck, from_place=Place.SITE_GATE)
        return (yield from self.inspect(box, slot))
