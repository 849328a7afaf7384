"""A day as it was: recorded boxes, out of a CSV file or the port's own decisions, made into a day to play again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import groupby
from operator import attrgetter

from events.types import Direction, DiversionDecided, Point, Reason, Route
from port.diversion.case import Case
from port.diversion.moves.boxes import Box, Day
from port.diversion.moves.chance import luck

RECORDED = "recorded"
"""The variant's name under which the port's own decisions are kept as routes."""

ROUTE_COLUMN = "route_"
"""A column `route_active` has the routes of the variant "active"."""

_NEEDED = ("container_number", "direction", "at")
_KNOWN = frozenset({*_NEEDED, "vessel", "declared_at", "decided_at", "order", "case"})
_HOUR = 3600.0
_MOST_BOXES = 100_000
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_LET_PASS = frozenset({Route.YARD, Route.DIRECT_RELEASE})


class RecordedRefused(ValueError):
    """`problems` tells every line that cannot be read, and why."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class RecordedBox:
    """One box of the day.  `at` is its discharge or gate-in; declared no later than that is declared in advance.

    `decided_at` is when customs said what happens to it, `order` what it did of its own accord.  `routes` by name of
    the variant stand for a ruleset; where one is missing, `case` is what a ruleset decides on.
    """

    container_number: str
    direction: Direction
    at: datetime
    vessel: str = ""
    declared_at: datetime | None = None
    decided_at: datetime | None = None
    order: Route | None = None
    routes: Mapping[str, Route] = field(default_factory=dict)
    case: Case | None = None
    draws: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_in_advance(self) -> bool:
        """Whether it could be decided on at the point."""
        return self.declared_at is not None and self.declared_at <= self.at


def day_of(boxes: Sequence[RecordedBox], *, zone: tzinfo) -> Callable[[int], Day]:
    """The day of a seed: always these boxes at their hours; what nobody recorded is drawn.  ValueError without boxes.

    `zone` is the port's, for opening hours.
    """
    if not boxes:
        raise ValueError("a recorded day needs a box")
    first = min(box.at for box in boxes)
    local = first.astimezone(zone)
    begins_at = local.hour + local.minute / 60
    names = sorted({box.vessel for box in boxes})
    begins = tuple(min(_hours(box.at, first) for box in boxes if box.vessel == name) for name in names)

    def day(seed: int) -> Day:
        made = (_box(number, one, names, seed=seed, first=first) for number, one in enumerate(boxes))
        return Day(tuple(made), begins, begins_at, is_recorded=True)

    return day


def boxes_of(decisions: Iterable[DiversionDecided], *, points: Mapping[str, datetime]) -> tuple[RecordedBox, ...]:
    """The boxes of the port's own decisions, by visit; `points` has each visit's discharge or gate-in.

    The first decision at the point is the route that was; the first on complete papers is what a ruleset is asked about
    and says when it was declared; a later customs' order is the order.  Visits without a point are left out.
    """
    placed = sorted((one for one in decisions if one.visit_id in points), key=attrgetter("visit_id", "decided_at"))
    visits = groupby(placed, key=attrgetter("visit_id"))
    made = (_of_visit(tuple(told), at=points[str(visit)]) for visit, told in visits)
    return tuple(box for box in made if box is not None)


def read_recorded(lines: Iterable[str]) -> tuple[RecordedBox, ...]:
    """The boxes of a CSV file with a heading (docs/moves.md); RecordedRefused with every line that is wrong."""
    rows = csv.DictReader(lines)
    heading = rows.fieldnames or ()
    missing = [name for name in _NEEDED if name not in heading]
    unknown = [name for name in heading if name not in _KNOWN and not name.startswith(ROUTE_COLUMN)]
    if missing or unknown:
        told = [f"heading: {name} is missing" for name in missing]
        raise RecordedRefused(told + [f"heading: {name} is no column of ours" for name in unknown])
    boxes, problems = [], []
    for number, row in enumerate(rows, start=2):
        try:
            boxes.append(_read(row))
        except (ValueError, KeyError) as error:
            problems.append(f"line {number}: {error}")
    if len(boxes) > _MOST_BOXES:
        problems.append(f"more than {_MOST_BOXES} boxes")
    if problems or not boxes:
        raise RecordedRefused(problems or ["no box"])
    return tuple(boxes)


def _read(row: Mapping[str, str | None]) -> RecordedBox:
    told = {name: value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
    for name in _NEEDED:
        if name not in told:
            raise ValueError(f"{name} is missing")
    routes = {name.removeprefix(ROUTE_COLUMN): Route(told[name]) for name in told if name.startswith(ROUTE_COLUMN)}
    return RecordedBox(
        container_number=told["container_number"],
        direction=Direction(told["direction"]),
        at=_time(told["at"]),
        vessel=told.get("vessel", ""),
        declared_at=_time(told["declared_at"]) if "declared_at" in told else None,
        decided_at=_time(told["decided_at"]) if "decided_at" in told else None,
        order=Route(told["order"]) if "order" in told else None,
        routes=routes,
        case=Case.from_json(told["case"]) if "case" in told else None,
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"{text} is no time of a recorded day")
    return moment


def _box(number: int, one: RecordedBox, vessels: Sequence[str], *, seed: int, first: datetime) -> Box:
    declared = None if one.declared_at is None else max(0.0, _hours(one.declared_at, one.at))
    from_there = one.at if one.declared_at is None or one.is_in_advance else one.declared_at
    return Box(
        number=number,
        container_number=one.container_number,
        direction=one.direction,
        vessel=vessels.index(one.vessel),
        luck=luck(seed, number),
        is_in_advance=one.is_in_advance,
        order=None if one.order in _LET_PASS else one.order,
        point_hours=_hours(one.at, first),
        declare_hours=declared,
        decision_hours=None if one.decided_at is None else max(0.0, _hours(one.decided_at, from_there)),
        routes=one.routes,
        case=one.case,
        draws=one.draws,
    )


def _hours(moment: datetime, since: datetime) -> float:
    return (moment - since).total_seconds() / _HOUR


def _of_visit(decisions: Sequence[DiversionDecided], *, at: datetime) -> RecordedBox | None:
    first = next((one for one in decisions if one.point is not None), None)
    if first is None:
        return None
    declared = next((one for one in decisions if one.reason is not Reason.NOT_DECLARED), None)
    asked = declared or first
    return RecordedBox(
        container_number=first.container_number,
        direction=Direction.IMPORT if first.point is Point.DISCHARGE else Direction.EXPORT,
        at=at,
        declared_at=None if declared is None else declared.decided_at,
        decided_at=None if declared is None else declared.decided_at,
        order=next(_ordered(decisions), None),
        routes={RECORDED: first.route},
        case=Case.from_json(asked.case),
        draws=dict(asked.draws),
    )


def _ordered(decisions: Iterable[DiversionDecided]) -> Iterator[Route]:
    return (one.route for one in decisions if one.reason is Reason.CUSTOMS_ORDER and one.route not in _LET_PASS)
