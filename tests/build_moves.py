"""Small days at the port, runs of them, and the closed formulas of queues, for the tests of the moves."""

from __future__ import annotations

import math
from random import Random

from simpy import Environment, Resource

from events.types import Direction, Route
from port.diversion.moves.boxes import DIVERTED, TRADITIONAL, Box, Day, Plan, Variant
from port.diversion.moves.chance import exponential, luck
from port.diversion.moves.choosing import plans
from port.diversion.moves.parameters import Parameters, catalogue
from port.diversion.moves.running import Run, run
from port.diversion.moves.station import INSPECTION, Hours, Station
from port.diversion.moves.synthetic import synthetic_day
from port.diversion.moves.trace import Trace

BOTH = (TRADITIONAL, DIVERTED)


def small(**values: float) -> Parameters:
    """A vessel of 60 imports and 40 exports, every kind of box often."""
    often = {"import_boxes": 60, "export_boxes": 40, "inspection_rate": 0.2, "scan_rate": 0.2, "hold_rate": 0.1}
    return Parameters().changed({**often, "suspicion_share": 0.3, **values})


def odd(seed: int) -> Parameters:
    """A small day of which a third of the parameters lie at a bound or anywhere between."""
    chance, values = Random(seed), {}
    for spec in catalogue():
        if spec.name.endswith(("_boxes", "vessels", "_opens", "_closes", "_cut_off_hours")) or chance.random() > 1 / 3:
            continue
        ends = [spec.low, min(spec.high, spec.low + 1), min(spec.high, 20)]
        values[spec.name] = chance.choice(ends if spec.is_whole else [*ends, min(spec.high, chance.uniform(0, 50))])
    rates = [name for name in ("inspection_rate", "scan_rate", "hold_rate") if name in values]
    window = {"export_cut_off_hours": 0.0}
    return small(vessels=1 + seed % 3, **values | {name: values[name] / 3 for name in rates} | window)


def played(parameters: Parameters, variant: Variant = DIVERTED, *, seed: int = 1) -> tuple[Day, Run]:
    """One run and the day it was of."""
    day = synthetic_day(parameters, seed=seed, is_declared=variant.ruleset is not None)
    return day, run(day, plans(day, variant, parameters), parameters, flow=variant.flow)


def one_box(
    direction: Direction, plan: Plan, variant: Variant, parameters: Parameters, *, seed: int = 1
) -> tuple[Day, Run]:
    """A day of a single box with that plan."""
    box = Box(0, "CSQU3054383", direction, 0, luck(seed, 0), is_in_advance=plan.is_known)
    day = Day((box,), (0.0,), begins_at=8.0)
    return day, run(day, {0: plan}, parameters, flow=variant.flow)


def passed(route: Route = Route.DIRECT_RELEASE) -> Plan:
    """Let pass, with that route at the point."""
    return Plan(route, Route.DIRECT_RELEASE)


def mean_wait(*, servers: int, rate: float, service: float, boxes: int, seed: int, is_fixed: bool = False) -> float:
    """The mean wait at a station open all day that gets boxes at random; the first fifth is left out to settle."""
    env, trace, drawn = Environment(), Trace(), Random(seed).random
    station = Station(env, Resource(env, servers), Hours(), begins_at=0.0, marks=INSPECTION, trace=trace)

    def arrive():  # type: ignore[no-untyped-def]  # a process of SimPy
        for number in range(boxes):
            yield env.timeout(exponential(drawn(), mean=1 / rate))
            taken = service if is_fixed else exponential(drawn(), mean=service)
            env.process(station.serve(number, hours=taken))

    env.process(arrive())
    env.run()
    began, joined = trace.times(INSPECTION.begun), trace.times(INSPECTION.queued)
    counted = range(boxes // 5, boxes)
    return sum(began[number] - joined[number] for number in counted) / len(counted)


def erlang_wait(*, servers: int, rate: float, service: float) -> float:
    """The mean wait of an M/M/c queue: Erlang's C over the spare capacity."""
    load = rate * service
    busy = load**servers / math.factorial(servers) * servers / (servers - load)
    waits = busy / (sum(load**k / math.factorial(k) for k in range(servers)) + busy)
    return waits * service / (servers - load)
