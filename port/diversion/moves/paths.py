"""The ways of a box through the port as legs of lifts and hauls: the simulation walks them, `moves_of` counts them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from events.types import Direction, Route
from port.diversion.moves.parameters import Parameters


class Place(StrEnum):
    """Where a box is.  QUAY, YARD, SITE_GATE, SCANNER and GATE are on a truck there; ROAD is outside the port."""

    VESSEL = "VESSEL"
    QUAY = "QUAY"
    YARD = "YARD"
    STACK = "STACK"
    SITE_GATE = "SITE_GATE"
    SITE = "SITE"
    SCANNER = "SCANNER"
    GATE = "GATE"
    ROAD = "ROAD"


class Kind(StrEnum):
    """A LIFT is one container lifted once; a HAUL a laden journey of a terminal truck; a RIDE one of an outside truck.

    Lifts and hauls are the port's work and are counted; a ride is the haulier's, who comes once in any flow.
    """

    LIFT = "LIFT"
    HAUL = "HAUL"
    RIDE = "RIDE"


class Move(NamedTuple):
    """One move of one box."""

    kind: Kind
    origin: Place
    target: Place


class Flow(StrEnum):
    """TRADITIONAL: everything is stacked and then decided on.  DIVERTED: routed as it comes."""

    TRADITIONAL = "TRADITIONAL"
    DIVERTED = "DIVERTED"


Leg = tuple[Move, ...]

_LIFT, _HAUL, _RIDE = Kind.LIFT, Kind.HAUL, Kind.RIDE
_OFF_VESSEL = Move(_LIFT, Place.VESSEL, Place.QUAY)
_ON_VESSEL = Move(_LIFT, Place.QUAY, Place.VESSEL)
_ON_STACK = Move(_LIFT, Place.YARD, Place.STACK)
_OFF_STACK = Move(_LIFT, Place.STACK, Place.YARD)
_INTO_SITE = Move(_LIFT, Place.SITE_GATE, Place.SITE)
_OUT_OF_SITE = Move(_LIFT, Place.SITE, Place.SITE_GATE)

REHANDLE = Move(_LIFT, Place.STACK, Place.STACK)
"""Another box lifted away to reach this one, counted to the one that was wanted."""

VESSEL_TO_STACK: Leg = (_OFF_VESSEL, Move(_HAUL, Place.QUAY, Place.YARD), _ON_STACK)
VESSEL_TO_SITE: Leg = (_OFF_VESSEL, Move(_HAUL, Place.QUAY, Place.SITE_GATE), _INTO_SITE)
VESSEL_TO_SCANNER: Leg = (_OFF_VESSEL, Move(_HAUL, Place.QUAY, Place.SCANNER))
VESSEL_TO_ROAD: Leg = (_OFF_VESSEL, Move(_RIDE, Place.QUAY, Place.GATE))
STACK_TO_SITE: Leg = (_OFF_STACK, Move(_HAUL, Place.YARD, Place.SITE_GATE), _INTO_SITE)
STACK_TO_SCANNER: Leg = (_OFF_STACK, Move(_HAUL, Place.YARD, Place.SCANNER))
SCANNER_TO_STACK: Leg = (Move(_HAUL, Place.SCANNER, Place.YARD), _ON_STACK)
SCANNER_TO_SITE: Leg = (Move(_HAUL, Place.SCANNER, Place.SITE_GATE), _INTO_SITE)
SITE_TO_STACK: Leg = (_OUT_OF_SITE, Move(_HAUL, Place.SITE_GATE, Place.YARD), _ON_STACK)
SITE_TO_ROAD: Leg = (_OUT_OF_SITE, Move(_RIDE, Place.SITE_GATE, Place.GATE))
STACK_TO_ROAD: Leg = (_OFF_STACK, Move(_RIDE, Place.YARD, Place.GATE))
STACK_TO_VESSEL: Leg = (_OFF_STACK, Move(_HAUL, Place.YARD, Place.QUAY), _ON_VESSEL)
ROAD_TO_STACK: Leg = (Move(_RIDE, Place.GATE, Place.YARD), _ON_STACK)
ROAD_TO_SITE: Leg = (Move(_RIDE, Place.GATE, Place.SITE_GATE), _INTO_SITE)
ROAD_TO_SCANNER: Leg = (Move(_RIDE, Place.GATE, Place.SCANNER),)
ROAD_SCANNER_TO_STACK: Leg = (Move(_RIDE, Place.SCANNER, Place.YARD), _ON_STACK)
ROAD_SCANNER_TO_SITE: Leg = (Move(_RIDE, Place.SCANNER, Place.SITE_GATE), _INTO_SITE)
ROAD_TO_VESSEL: Leg = (Move(_RIDE, Place.GATE, Place.QUAY), _ON_VESSEL)

_STACK, _INSPECTED, _SCANNED = Route.YARD, Route.INSPECTION, Route.SCAN
_WAYS: dict[tuple[Direction, Flow, Route], tuple[Leg, ...]] = {
    (Direction.IMPORT, Flow.TRADITIONAL, _STACK): (VESSEL_TO_STACK, STACK_TO_ROAD),
    (Direction.IMPORT, Flow.TRADITIONAL, _SCANNED): (
        VESSEL_TO_STACK,
        STACK_TO_SCANNER,
        SCANNER_TO_STACK,
        STACK_TO_ROAD,
    ),
    (Direction.IMPORT, Flow.TRADITIONAL, _INSPECTED): (VESSEL_TO_STACK, STACK_TO_SITE, SITE_TO_ROAD),
    (Direction.IMPORT, Flow.DIVERTED, Route.DIRECT_RELEASE): (VESSEL_TO_ROAD,),
    (Direction.IMPORT, Flow.DIVERTED, _STACK): (VESSEL_TO_STACK, STACK_TO_ROAD),
    (Direction.IMPORT, Flow.DIVERTED, _SCANNED): (VESSEL_TO_SCANNER, SCANNER_TO_STACK, STACK_TO_ROAD),
    (Direction.IMPORT, Flow.DIVERTED, _INSPECTED): (VESSEL_TO_SITE, SITE_TO_ROAD),
    (Direction.EXPORT, Flow.TRADITIONAL, _STACK): (ROAD_TO_STACK, STACK_TO_VESSEL),
    (Direction.EXPORT, Flow.TRADITIONAL, _SCANNED): (
        ROAD_TO_STACK,
        STACK_TO_SCANNER,
        SCANNER_TO_STACK,
        STACK_TO_VESSEL,
    ),
    (Direction.EXPORT, Flow.TRADITIONAL, _INSPECTED): (ROAD_TO_STACK, STACK_TO_SITE, SITE_TO_STACK, STACK_TO_VESSEL),
    (Direction.EXPORT, Flow.DIVERTED, Route.DIRECT_RELEASE): (ROAD_TO_VESSEL,),
    (Direction.EXPORT, Flow.DIVERTED, _STACK): (ROAD_TO_STACK, STACK_TO_VESSEL),
    (Direction.EXPORT, Flow.DIVERTED, _SCANNED): (ROAD_TO_SCANNER, ROAD_SCANNER_TO_STACK, STACK_TO_VESSEL),
    (Direction.EXPORT, Flow.DIVERTED, _INSPECTED): (ROAD_TO_SITE, SITE_TO_STACK, STACK_TO_VESSEL),
}


@dataclass(frozen=True, slots=True)
class MoveCount:
    """Lifts and hauls of one box, expected values: a rehandle or a return that happens sometimes counts in part."""

    lifts: float
    hauls: float

    @property
    def moves(self) -> float:
        """Both together."""
        return self.lifts + self.hauls


@dataclass(frozen=True, slots=True)
class MovesSaved:
    """The same box in both flows; `avoided` is traditional less now, in moves."""

    traditional: MoveCount
    now: MoveCount

    @property
    def avoided(self) -> float:
        """Below zero where the route costs more than it saves."""
        return self.traditional.moves - self.now.moves


def moves_of(route: Route, *, direction: Direction, flow: Flow, parameters: Parameters | None = None) -> MoveCount:
    """What a box on that route costs the port, from vessel or gate to road or vessel.

    DIRECT_RELEASE in the diverted flow is ship-side pick-up, or loading off the truck, that comes about.  In the
    traditional flow the route says what customs does with the box after it was stacked.  HOLD is stacked and then
    released.
    """
    given = parameters or Parameters()
    way = _WAYS[direction, flow, _way(route, flow)]
    moves = [move for leg in way for move in leg]
    lifts = sum(move.kind is Kind.LIFT for move in moves) + given.rehandles * moves.count(_OFF_STACK)
    hauls = float(sum(move.kind is Kind.HAUL for move in moves))
    if route is Route.INSPECTION and direction is Direction.IMPORT:
        # Back to the stack: two lifts, a haul and, to be fetched from there, a rehandle more.
        again = given.back_to_stack_share_traditional if flow is Flow.TRADITIONAL else given.back_to_stack_share
        lifts, hauls = lifts + again * (2 + given.rehandles), hauls + again
    return MoveCount(lifts, hauls)


def moves_saved(route: Route, *, direction: Direction, parameters: Parameters | None = None) -> MovesSaved:
    """What diverting a box on that route saves: the two flows side by side."""
    both = [moves_of(route, direction=direction, flow=flow, parameters=parameters) for flow in Flow]
    return MovesSaved(*both)


def _way(route: Route, flow: Flow) -> Route:
    if route in (_SCANNED, _INSPECTED) or (route is Route.DIRECT_RELEASE and flow is Flow.DIVERTED):
        return route
    return _STACK
