"""The simulation: every variant over the same days, seed by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from port.diversion.moves.boxes import Day, Variant
from port.diversion.moves.choosing import plans
from port.diversion.moves.comparison import Comparison, GroupResult, Spread, VariantResult, spread
from port.diversion.moves.measuring import Figures, Group, Measured, PortFigures, Sides, fared, measured, port_figures
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.running import run
from port.diversion.moves.synthetic import synthetic_day

SEEDS = tuple(range(1, 9))
"""Eight days are the fewest to show a spread over."""

Progress = Callable[[float], None]
DayOfSeed = Callable[[int], Day]


class Outcome(NamedTuple):
    """One variant on one day."""

    groups: Measured
    port: PortFigures


def simulate(
    parameters: Parameters,
    variants: Sequence[Variant],
    *,
    seeds: Sequence[int] = SEEDS,
    progress: Progress | None = None,
    day_of: DayOfSeed | None = None,
) -> Comparison:
    """Every variant over the same days; the first is what the others are compared with.

    `day_of` makes the day of a seed, a synthetic one by default (`recorded.day_of` makes recorded ones).  `progress`
    hears the share done, 0 to 1, after each run; what it raises ends the simulation.
    """
    if not variants or not seeds:
        raise ValueError("a simulation needs a variant and a seed")
    make_day = day_of or _synthetic(parameters, variants)
    found: list[list[Outcome]] = [[] for _ in variants]
    done, runs, is_recorded = 0, len(seeds) * len(variants), False
    for seed in seeds:
        day = make_day(seed)
        is_recorded = day.is_recorded
        for outcomes, variant in zip(found, variants, strict=True):
            outcomes.append(outcome(day, variant, parameters))
            done += 1
            if progress is not None:
                progress(done / runs)
    results = tuple(_result(one, own, found[0]) for one, own in zip(variants, found, strict=True))
    return Comparison(parameters, tuple(seeds), is_recorded, results)


def outcome(day: Day, variant: Variant, parameters: Parameters) -> Outcome:
    """One variant on one day."""
    played = run(day, plans(day, variant, parameters), parameters, flow=variant.flow)
    return Outcome(measured(fared(day, played)), port_figures(played))


def _synthetic(parameters: Parameters, variants: Sequence[Variant]) -> DayOfSeed:
    is_declared = any(variant.ruleset is not None for variant in variants)
    return lambda seed: synthetic_day(parameters, seed=seed, is_declared=is_declared)


def _result(variant: Variant, own: Sequence[Outcome], first: Sequence[Outcome]) -> VariantResult:
    ruleset_hash = variant.ruleset.content_hash if variant.ruleset else None
    keys = sorted({key for one in own for key in one.groups}, key=_place)
    groups = tuple(_group(key, own, first) for key in keys)
    return VariantResult(variant.name, variant.flow, ruleset_hash, groups, _port(own))


def _place(key: tuple[Sides, Group]) -> tuple[int, int]:
    return list(Sides).index(key[0]), list(Group).index(key[1])


def _group(key: tuple[Sides, Group], own: Sequence[Outcome], first: Sequence[Outcome]) -> GroupResult:
    figures, changes = {}, {}
    for name in Figures._fields:
        figures[name] = spread([getattr(one.groups[key], name) for one in own if key in one.groups])
        if own is not first and (changed := _changes(key, name, own, first)):
            changes[name] = spread(changed)
    return GroupResult(*key, figures=figures, changes=changes)


def _changes(key: tuple[Sides, Group], name: str, own: Sequence[Outcome], first: Sequence[Outcome]) -> list[float]:
    pairs = [
        (mine.groups[key], base.groups[key])
        for mine, base in zip(own, first, strict=True)
        if key in mine.groups and key in base.groups
    ]
    valued = [(getattr(mine, name), getattr(base, name)) for mine, base in pairs]
    return [mine / base - 1 for mine, base in valued if base]


def _port(own: Sequence[Outcome]) -> Mapping[str, Spread]:
    return {name: spread([getattr(one.port, name) for one in own]) for name in PortFigures._fields}
