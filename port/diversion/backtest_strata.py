"""What a back-test reckons of inspections: by why a box was opened, by day and hour, and what a lane's top-up needs."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from math import inf

from events.types import Route
from port.diversion.backtest_weighing import Weighed
from port.diversion.intervals import Estimate, wilson
from port.diversion.outcomes import PastCase, Stratum
from port.diversion.report_parts import Calibration, Day, Hour, RandomFloor
from port.diversion.report_parts import Stratum as Inspections
from port.diversion.table import Lane, Ruleset


class Strata:
    """Known outcomes kept apart by why the box was opened, where nobody chose anew: a fair sample is the drawn alone.

    `by_rules` are all that the ruleset now has looked at by rule; their precision is that of those among them that were
    opened at the time, for whatever reason, and says nothing sure of the others.
    """

    def __init__(self) -> None:
        self.unknown = 0
        self._by_rules = _Tallied()
        self._random = _Tallied()
        self._drawn_finds = self._drawn_finds_ruled = 0

    def add(self, past: PastCase, weighed: Weighed) -> None:
        """One case."""
        self.unknown += past.found is None
        if weighed.is_ruled:
            self._by_rules.add(past.found)
        if past.stratum is not Stratum.RANDOM:
            return
        self._random.add(past.found)
        if past.found:
            self._drawn_finds += 1
            self._drawn_finds_ruled += weighed.is_ruled

    @property
    def by_rules(self) -> Inspections:
        """What the ruleset has looked at by rule."""
        return self._by_rules.stratum()

    @property
    def random(self) -> Inspections:
        """What was drawn at the time."""
        return self._random.stratum()

    @property
    def recall(self) -> Estimate | None:
        """Of what the draw found, the share that the rules would have had looked at."""
        return wilson(self._drawn_finds_ruled, self._drawn_finds)

    @property
    def floor(self) -> RandomFloor | None:
        """What the draw cost: had its inspections been as good as those by rules.  None when none was drawn."""
        drawn, ruled = self.random, self.by_rules
        if not drawn.inspected:
            return None
        price = None
        if drawn.precision and ruled.precision:
            price = drawn.inspected * (ruled.precision.value - drawn.precision.value)
        return RandomFloor(drawn.inspected, drawn.finds, price)


class _Tallied:
    def __init__(self) -> None:
        self._inspected = self._known = self._finds = 0

    def add(self, found: bool | None) -> None:
        self._inspected += 1
        if found is not None:
            self._known += 1
            self._finds += found

    def stratum(self) -> Inspections:
        return Inspections(self._inspected, self._known, self._finds, wilson(self._finds, self._known))


class Days:
    """By day: cases, what is looked at, and what of that is known."""

    def __init__(self) -> None:
        self._days: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(self, day: date, found: bool | None, *, is_looked_at: bool) -> None:
        """One case."""
        counts = self._days[day]
        counts[0] += 1
        if is_looked_at:
            counts[1] += 1
            counts[2] += found is not None
            counts[3] += bool(found)

    def series(self) -> tuple[Day, ...]:
        """Days that had cases, in order."""
        return tuple(Day(day, *counts) for day, counts in sorted(self._days.items()))


class Hours:
    """Inspections by hour, beside what the sites can do."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._capacity = inspection_capacity(ruleset)
        self._now: Counter[datetime] = Counter()
        self._was: Counter[datetime] = Counter()
        self._is_compared = False

    def add(self, past: PastCase, now: Weighed, was: Weighed | None) -> None:
        """One case; one of which only the day is known is in no hour."""
        if not past.has_hour:
            return
        hour = past.at.replace(minute=0, second=0, microsecond=0)
        self._now[hour] += now.route is Route.INSPECTION
        if was is not None:
            self._is_compared = True
            self._was[hour] += was.route is Route.INSPECTION

    def series(self) -> tuple[Hour, ...]:
        """Hours that had cases, in order."""
        return tuple(
            Hour(hour, self._now[hour], self._was[hour] if self._is_compared else None, self._capacity)
            for hour in sorted(self._now)
        )


def inspection_capacity(ruleset: Ruleset) -> float | None:
    """How many boxes an hour all inspection sites finish; None when one of them does not say, or there is none."""
    sites = [site.capacity_per_hour for site in ruleset.sites if Route.INSPECTION in site.kinds]
    known = [one for one in sites if one is not None]
    return sum(known) if known and len(known) == len(sites) else None


class Lanes:
    """The risks of what the rows alone send down each lane that has an expected rate."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._lanes = {lane.route: lane for lane in ruleset.lanes if lane.expected_rate is not None}
        self._risks: Mapping[Route, array[float]] = {route: array("d") for route in self._lanes}

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def add(self, by_rows: Weighed) -> None:
        """One case as the table without its lanes has it."""
        if by_rows.route in self._lanes:
            self._risks[by_rows.route].append(by_rows.risk)

    def calibration(self) -> tuple[Calibration, ...]:
        """For each lane the bound that meets its rate and does not exceed it."""
        return tuple(calibrated(lane, sorted(self._risks[route], reverse=True)) for route, lane in self._lanes.items())


def calibrated(lane: Lane, risks: list[float]) -> Calibration:
    """The bound for a lane whose declarations have these risks, highest first.

    The draw comes first: with a rate r of it and a share t topped up of the rest, r + (1 - r)t are inspected.  Equal
    risks go together, so the rate reached may stay below what was meant; None when even the highest are too many.
    """
    drawn, meant = lane.minimum_random_rate, lane.expected_rate or 0.0
    room = 0 if drawn >= 1 else int(len(risks) * max(meant - drawn, 0) / (1 - drawn) + 1e-9)
    while room and (risks[room - 1] == -inf or (room < len(risks) and risks[room] == risks[room - 1])):
        room -= 1
    bound = risks[room - 1] if room else None
    reached = drawn + (1 - drawn) * room / len(risks) if risks else drawn
    return Calibration(lane.route.value, meant, bound, reached)
