"""The figures of one run, made from its trace alone: per group of boxes, and of the port as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from statistics import fmean, median
from typing import NamedTuple

from events.types import Route
from port.diversion.moves.boxes import Box, Day
from port.diversion.moves.paths import Kind, Move, Place
from port.diversion.moves.running import Run
from port.diversion.moves.trace import Mark, Trace


class Group(StrEnum):
    """Boxes that fare alike.  OPENED are those that were inspected, also after a scan; the rest by what was decided.

    PASSED is let pass, in advance or on arrival by when it was declared in the diverted flow: so a group holds the same
    boxes in every flow of one ruleset.
    """

    ALL = "ALL"
    PASSED = "PASSED"
    PASSED_IN_ADVANCE = "PASSED_IN_ADVANCE"
    PASSED_ON_ARRIVAL = "PASSED_ON_ARRIVAL"
    SCANNED = "SCANNED"
    OPENED = "OPENED"
    HELD = "HELD"


class Sides(StrEnum):
    """Which boxes: both directions together, or one."""

    BOTH = "BOTH"
    IMPORT = "IMPORT"
    EXPORT = "EXPORT"


class Figures(NamedTuple):
    """Per box: moves, and hours from the point until it may be fetched or loaded (`available_…`) or is gone (`port_…`).

    `moves` is lifts and hauls; `moves_ashore` leaves out the lift off or onto the vessel, which no flow can spare.
    """

    boxes: float
    lifts: float
    hauls: float
    moves: float
    moves_ashore: float
    available_mean: float
    available_median: float
    available_p90: float
    port_mean: float
    port_median: float
    port_p90: float


class PortFigures(NamedTuple):
    """Of the whole day.  Waits in hours; `queue_mean` is over the time from the first box queued to the last begun.

    `truck_mean` is from the gate in to the gate out of a truck that fetches an import; `berth_hours` from a vessel's
    first lift to its last, the mean; `rolled` are exports the vessel left behind; `missed_hook` ship-side trucks too
    late for their box.
    """

    inspected: float
    site_wait_mean: float
    site_wait_p90: float
    site_wait_most: float
    site_queue_mean: float
    site_queue_most: float
    site_boxes_most: float
    scan_wait_mean: float
    truck_mean: float
    truck_p90: float
    missed_hook: float
    rolled: float
    berth_hours: float
    events: float


class Fared(NamedTuple):
    """How one box fared."""

    box: Box
    group: Group
    lifts: int
    hauls: int
    quay_lifts: int
    available: float
    in_port: float


Measured = Mapping[tuple[Sides, Group], Figures]


def fared(day: Day, run: Run) -> list[Fared]:
    """Every box of the day."""
    moves: dict[int, list[Move]] = {box.number: [] for box in day.boxes}
    for one in run.trace.moves:
        moves[one.box].append(one.move)
    points, available, opened = (run.trace.times(mark) for mark in (Mark.POINT, Mark.AVAILABLE, Mark.SITE_BEGUN))
    gone = run.trace.times(Mark.LEFT) | run.trace.times(Mark.LOADED) | run.trace.times(Mark.ROLLED)
    told = []
    for box in day.boxes:
        number, point = box.number, points[box.number]
        group = Group.OPENED if number in opened else _group(box, run.plans[number].treatment)
        lifts, hauls, quay_lifts = _counted(moves[number])
        told.append(Fared(box, group, lifts, hauls, quay_lifts, available[number] - point, gone[number] - point))
    return told


def measured(boxes: Iterable[Fared]) -> Measured:
    """The figures of every group that has a box."""
    held: dict[tuple[Sides, Group], list[Fared]] = {}
    for one in boxes:
        for sides in (Sides.BOTH, Sides(one.box.direction.value)):
            for group in _within(one.group):
                held.setdefault((sides, group), []).append(one)
    return {key: _figures(some) for key, some in held.items()}


def port_figures(run: Run) -> PortFigures:
    """The figures of the day."""
    trace = run.trace
    site = sorted(trace.waits(Mark.SITE_QUEUED, Mark.SITE_BEGUN))
    scan = list(trace.waits(Mark.SCAN_QUEUED, Mark.SCAN_BEGUN))
    trucks = sorted(end - begun for begun, end in trace.waits(Mark.TRUCK_CAME, Mark.LEFT))
    waits = sorted(begun - joined for joined, begun in site)
    return PortFigures(
        inspected=len(site),
        site_wait_mean=_mean(waits),
        site_wait_p90=quantile(waits, 0.9),
        site_wait_most=max(waits, default=0.0),
        site_queue_mean=time_average(site),
        site_queue_most=most_at_once(site),
        site_boxes_most=_most_at_site(trace),
        scan_wait_mean=_mean([begun - joined for joined, begun in scan]),
        truck_mean=_mean(trucks),
        truck_p90=quantile(trucks, 0.9),
        missed_hook=len(trace.times(Mark.MISSED_HOOK)),
        rolled=len(trace.times(Mark.ROLLED)),
        berth_hours=_berth_hours(trace),
        events=run.events,
    )


def time_average(stays: Sequence[tuple[float, float]]) -> float:
    """How many are there at a time on average, from the first to come to the last to go: the area under the steps."""
    steps = _steps(stays)
    if not steps or steps[-1][0] == steps[0][0]:
        return 0.0
    area, here, last = 0.0, 0, steps[0][0]
    for at, change in steps:
        area += here * (at - last)
        here, last = here + change, at
    return area / (steps[-1][0] - steps[0][0])


def most_at_once(stays: Sequence[tuple[float, float]]) -> int:
    """The most that are there at one time; who goes at the moment another comes is gone."""
    here = most = 0
    for _, change in _steps([stay for stay in stays if stay[1] > stay[0]]):
        here += change
        most = max(most, here)
    return most


def quantile(ordered: Sequence[float], share: float) -> float:
    """Linear between the two nearest of an ordered sample; 0 of an empty one."""
    if not ordered:
        return 0.0
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _counted(moves: Sequence[Move]) -> tuple[int, int, int]:
    kinds = [move.kind for move in moves]
    at_vessel = sum(Place.VESSEL in move for move in moves)
    return kinds.count(Kind.LIFT), kinds.count(Kind.HAUL), at_vessel


def _steps(stays: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    return sorted((at, change) for came, went in stays for at, change in ((came, 1), (went, -1)))


def _group(box: Box, treatment: Route) -> Group:
    if treatment is Route.SCAN:
        return Group.SCANNED
    if treatment is Route.HOLD:
        return Group.HELD
    return Group.PASSED_IN_ADVANCE if box.is_in_advance else Group.PASSED_ON_ARRIVAL


def _within(group: Group) -> Iterator[Group]:
    yield Group.ALL
    if group in (Group.PASSED_IN_ADVANCE, Group.PASSED_ON_ARRIVAL):
        yield Group.PASSED
    yield group


def _figures(boxes: Sequence[Fared]) -> Figures:
    lifts, hauls = _of(boxes, lambda one: one.lifts), _of(boxes, lambda one: one.hauls)
    available, in_port = _of(boxes, lambda one: one.available), _of(boxes, lambda one: one.in_port)
    moves = fmean(lifts) + fmean(hauls)
    return Figures(
        boxes=len(boxes),
        lifts=fmean(lifts),
        hauls=fmean(hauls),
        moves=moves,
        moves_ashore=moves - fmean(one.quay_lifts for one in boxes),
        available_mean=fmean(available),
        available_median=median(available),
        available_p90=quantile(available, 0.9),
        port_mean=fmean(in_port),
        port_median=median(in_port),
        port_p90=quantile(in_port, 0.9),
    )


def _of(boxes: Sequence[Fared], value: Callable[[Fared], float]) -> list[float]:
    return sorted(value(one) for one in boxes)


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _most_at_site(trace: Trace) -> int:
    ends = {one.box: one.began for one in trace.moves if one.move.origin is Place.SITE}
    return most_at_once([(one.ended, ends[one.box]) for one in trace.moves if one.move.target is Place.SITE])


def _berth_hours(trace: Trace) -> float:
    lifts = [(one.began, one.ended) for one in trace.moves if Place.VESSEL in one.move]
    return max((end for _, end in lifts), default=0.0) - min((begun for begun, _ in lifts), default=0.0)
