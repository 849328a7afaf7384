"""A synthetic day: vessels with boxes, each with its luck, out of the parameters and a seed."""

from __future__ import annotations

from events.identifiers import check_digit
from events.types import Direction, Route
from port.diversion.moves.boxes import Box, Day
from port.diversion.moves.cargo import case_of
from port.diversion.moves.chance import Chance, luck
from port.diversion.moves.parameters import Parameters


def synthetic_day(parameters: Parameters, *, seed: int, is_declared: bool = False) -> Day:
    """The day of that seed.  `is_declared` gives each box a case for rulesets to read.

    The luck of a box depends on the seed and its number alone, and a larger share takes in the boxes of a smaller one:
    so days that differ in one parameter differ in nothing else.
    """
    per_vessel = parameters.import_boxes + parameters.export_boxes
    boxes = tuple(
        _box(number, parameters, seed=seed, is_declared=is_declared)
        for number in range(per_vessel * parameters.vessels)
    )
    begins = tuple(number * parameters.hours_between_vessels for number in range(parameters.vessels))
    return Day(boxes, begins, parameters.first_hour)


def ordered(drawn: float, parameters: Parameters) -> Route | None:
    """What customs does of its own accord with a box of that luck."""
    if drawn < parameters.inspection_rate:
        return Route.INSPECTION
    # From the other end, so that the boxes scanned are the same at any rate of inspection.
    if drawn >= 1 - parameters.scan_rate:
        return Route.SCAN
    return Route.HOLD if drawn < parameters.inspection_rate + parameters.hold_rate else None


def _box(number: int, parameters: Parameters, *, seed: int, is_declared: bool) -> Box:
    vessel, place = divmod(number, parameters.import_boxes + parameters.export_boxes)
    direction = Direction.IMPORT if place < parameters.import_boxes else Direction.EXPORT
    drawn = luck(seed, number)
    is_in_advance = drawn[Chance.ADVANCE] < parameters.advance_share
    order = ordered(drawn[Chance.ORDER], parameters)
    container_number = _container_number(number)
    case = (
        case_of(container_number, drawn, direction=direction, is_in_advance=is_in_advance, order=order)
        if is_declared
        else None
    )
    return Box(number, container_number, direction, vessel, drawn, is_in_advance, order, case=case)


def _container_number(number: int) -> str:
    body = f"SYNU{number:06}"
    return f"{body}{check_digit(body)}"
