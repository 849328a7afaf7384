"""The sweep: at which share declared in advance and rate of inspection half the moves and nine tenths of the time go,
for whom, and what that hangs on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from port.diversion.moves.boxes import DIVERTED, TRADITIONAL
from port.diversion.moves.comparison import Spread, spread
from port.diversion.moves.measuring import Group, Sides
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.simulation import SEEDS, Outcome, Progress, outcome
from port.diversion.moves.synthetic import synthetic_day

ADVANCE = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
INSPECTION = (0.01, 0.03, 0.05, 0.10)
HEADLINES: Mapping[str, float] = {
    "moves": -0.5,
    "moves_ashore": -0.5,
    "available_mean": -0.9,
    "available_median": -0.9,
    "port_mean": -0.9,
    "port_median": -0.9,
}
"""By how much each figure would have to change for the headline to be true of it."""
GROUPS = (Group.ALL, Group.PASSED, Group.OPENED)


@dataclass(frozen=True, slots=True)
class Point:
    """One pair of shares: the change of each figure against the traditional flow, by sides and group."""

    advance_share: float
    inspection_rate: float
    changes: Mapping[tuple[Sides, Group], Mapping[str, Spread]]

    def holds(self, figure: str, *, sides: Sides, group: Group) -> bool:
        """Whether the whole 95 % interval lies at the headline or beyond."""
        changed = self.changes.get((sides, group), {}).get(figure)
        return changed is not None and changed.high <= HEADLINES[figure]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another assumption and what becomes of the changes under it; `values` is empty for the parameters as given."""

    values: Mapping[str, float]
    point: Point


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every point of the grid, then the parameters' own point under each alternative, the first being none."""

    parameters: Parameters
    seeds: tuple[int, ...]
    points: tuple[Point, ...]
    alternatives: tuple[Alternative, ...]

    def first_advance(self, figure: str, *, sides: Sides, group: Group, inspection_rate: float) -> float | None:
        """The least share declared in advance from which on the headline holds at that rate; None if at none."""
        least = None
        for point in sorted(self.points, key=lambda one: -one.advance_share):
            if point.inspection_rate == inspection_rate:
                if not point.holds(figure, sides=sides, group=group):
                    break
                least = point.advance_share
        return least

    def to_json(self) -> str:
        """Points and alternatives with every change."""
        return json.dumps(
            {
                "parameters": json.loads(self.parameters.to_json()),
                "seeds": list(self.seeds),
                "headlines": dict(HEADLINES),
                "points": [_written(point) for point in self.points],
                "alternatives": [{"values": dict(one.values), **_written(one.point)} for one in self.alternatives],
            }
        )


def alternatives(parameters: Parameters) -> tuple[Mapping[str, float], ...]:
    """Assumptions that somebody else would make, each by itself, the one as given first."""
    return (
        {},
        {"ship_side_share": 0.0, "direct_load_share": 0.0},
        {"ship_side_share": 0.5, "direct_load_share": 0.25},
        {"ship_side_share": 1.0, "direct_load_share": 1.0},
        {"back_to_stack_share": 0.0, "back_to_stack_share_traditional": 0.0},
        {"back_to_stack_share": 0.0, "back_to_stack_share_traditional": 1.0},
        {"back_to_stack_share": 1.0, "back_to_stack_share_traditional": 1.0},
        {"advance_share_traditional": parameters.advance_share},
        {"declare_hours": 4.0},
        {"declare_hours": 24.0},
        {"rehandles": 0.0},
        {"rehandles": 1.0},
        {"decided_in_time_share": 1.0},
        {"inspection_bays": 12},
    )


def sweep(
    parameters: Parameters,
    *,
    advance: Sequence[float] = ADVANCE,
    inspection: Sequence[float] = INSPECTION,
    seeds: Sequence[int] = SEEDS,
    progress: Progress | None = None,
) -> Sweep:
    """Play every pair of shares, and the alternatives; `progress` hears the share done."""
    others = alternatives(parameters)
    steps, done = len(inspection) + len(others), 0
    points: list[Point] = []

    def tell() -> None:
        if progress is not None:
            progress(done / steps)

    for rate in inspection:
        points += _points(parameters.changed({"inspection_rate": rate}), advance, seeds)
        done += 1
        tell()
    tried = []
    for values in others:
        [point] = _points(parameters.changed(values), [parameters.advance_share], seeds)
        tried.append(Alternative(values, point))
        done += 1
        tell()
    return Sweep(parameters, tuple(seeds), tuple(points), tuple(tried))


def _points(parameters: Parameters, advance: Sequence[float], seeds: Sequence[int]) -> Iterator[Point]:
    """One point per share; the traditional day is the same for all of them, and played once a seed."""
    first = [outcome(synthetic_day(parameters, seed=seed), TRADITIONAL, parameters) for seed in seeds]
    for share in advance:
        given = parameters.changed({"advance_share": share})
        own = [outcome(synthetic_day(given, seed=seed), DIVERTED, given) for seed in seeds]
        yield Point(share, parameters.inspection_rate, _changes(own, first))


def _changes(own: Sequence[Outcome], first: Sequence[Outcome]) -> dict[tuple[Sides, Group], Mapping[str, Spread]]:
    made: dict[tuple[Sides, Group], Mapping[str, Spread]] = {}
    for key in [(sides, group) for sides in Sides for group in GROUPS]:
        pairs = [
            (mine.groups[key], base.groups[key])
            for mine, base in zip(own, first, strict=True)
            if key in mine.groups and key in base.groups
        ]
        if pairs:
            made[key] = {
                name: spread([getattr(mine, name) / getattr(base, name) - 1 for mine, base in pairs])
                for name in HEADLINES
            }
    return made


def _written(point: Point) -> dict[str, object]:
    return {
        "advanceShare": point.advance_share,
        "inspectionRate": point.inspection_rate,
        "changes": [
            {"sides": sides.value, "group": group.value, **{name: _spread(one) for name, one in changed.items()}}
            for (sides, group), changed in point.changes.items()
        ],
    }


def _spread(one: Spread) -> dict[str, float]:
    return {"mean": round(one.mean, 6), "low": round(one.low, 6), "high": round(one.high, 6)}
