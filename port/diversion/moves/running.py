"""One run: one day, one variant, from the first truck to the last box gone."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from simpy import Environment

from port.diversion.moves.boxes import Box, Day, Plan
from port.diversion.moves.clocks import Clocks
from port.diversion.moves.exports import Exports, Loading
from port.diversion.moves.imports import Imports
from port.diversion.moves.inspecting import Customs
from port.diversion.moves.parameters import Parameters, hours
from port.diversion.moves.paths import Flow
from port.diversion.moves.station import Steps
from port.diversion.moves.terminal import Terminal
from port.diversion.moves.trace import Trace

EVENTS_PER_BOX = 200
"""A run of more is not to be believed; the busiest way of a box takes less than half of it."""
_FEWEST_EVENTS = 10_000


class RunTooLong(RuntimeError):
    """More events than the boxes of the day can cause: the model is at fault."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run left; `events` are those that SimPy went through."""

    trace: Trace
    plans: Mapping[int, Plan]
    events: int


def run(day: Day, plans: Mapping[int, Plan], parameters: Parameters, *, flow: Flow) -> Run:
    """Play the day.  The same arguments always leave the same trace; RunTooLong rather than no end."""
    play = _Play(day, plans, parameters, flow=flow)
    play.begin()
    most = EVENTS_PER_BOX * len(day.boxes) + _FEWEST_EVENTS
    events = 0
    while play.terminal.remaining:
        play.env.step()
        events += 1
        if events > most:
            raise RunTooLong(f"more than {most} events for {len(day.boxes)} boxes")
    return Run(play.terminal.trace, plans, events)


class _Play:
    """The parts of a run, put together."""

    def __init__(self, day: Day, plans: Mapping[int, Plan], parameters: Parameters, *, flow: Flow) -> None:
        self.day, self.plans, self.parameters = day, plans, parameters
        self.env = Environment(initial_time=-_lead(parameters))
        self.terminal = Terminal(self.env, parameters, day=day)
        clocks = Clocks(parameters, flow)
        customs = Customs(self.terminal, clocks)
        self.calls = [self._call(number) for number in range(len(day.vessels))]
        self.imports = Imports(self.terminal, clocks, customs=customs)
        loadings = {number: call.loading for number, call in enumerate(self.calls)}
        self.exports = Exports(self.terminal, clocks, customs=customs, vessels=loadings)

    def begin(self) -> None:
        """Set everything going."""
        for box in self.day.boxes:
            if not box.is_import:
                self.env.process(self.exports.bring(box, self.plans[box.number]))
        for call in self.calls:
            self._announce(call)
            self.env.process(self._recorded(call) if self.day.is_recorded else self._worked(call))

    def _call(self, number: int) -> _Call:
        mine = [box for box in self.day.boxes if box.vessel == number]
        imports = [box for box in mine if box.is_import]
        begins, rate = self.day.vessels[number], self.parameters.quay_cranes * self.parameters.crane_lifts_per_hour
        known = [box.point_hours for box in mine if box.point_hours is not None]
        planned_from = max(known) if known else begins + len(imports) / rate
        planned_hours = (len(mine) - len(imports)) / rate
        return _Call(number, begins, deque(imports), Loading(self.env.event(), planned_from, planned_hours))

    def _announce(self, call: _Call) -> None:
        rate = self.parameters.quay_cranes * self.parameters.crane_lifts_per_hour
        for place, box in enumerate(call.imports):
            planned = call.begins + place / rate if box.point_hours is None else box.point_hours
            self.imports.announce(box, self.plans[box.number], planned=planned)

    def _worked(self, call: _Call) -> Steps:
        """A vessel that cranes discharge and load."""
        yield self.env.timeout(call.begins - self.env.now)
        cranes = [self.env.process(self._discharging(call)) for _ in range(self.parameters.quay_cranes)]
        yield self.env.all_of(cranes)
        self._begin_to_load(call)

    def _recorded(self, call: _Call) -> Steps:
        """A vessel whose boxes came off when they did."""
        for box in sorted(call.imports, key=lambda one: one.point_hours or 0.0):
            yield self.env.timeout(max(0.0, (box.point_hours or 0.0) - self.env.now))
            self.env.process(self.imports.discharge_as_recorded(box, self.plans[box.number]))
        yield self.env.timeout(max(0.0, call.loading.planned_from - self.env.now))
        self._begin_to_load(call)

    def _begin_to_load(self, call: _Call) -> None:
        call.loading.begun.succeed(self.env.now)
        for _ in range(self.parameters.quay_cranes):
            self.env.process(self._loading(call))

    def _discharging(self, call: _Call) -> Steps:
        while call.imports:
            box = call.imports.popleft()
            taken = self.terminal.crane_hours(box)
            yield from self.imports.discharge(box, self.plans[box.number], lift_hours=taken)

    def _loading(self, call: _Call) -> Steps:
        while True:
            box, move, lifted = yield self.terminal.loading[call.number].get()
            began = self.env.now
            yield self.env.timeout(self.terminal.crane_hours(box))
            self.terminal.record(box, move, began=began)
            lifted.succeed()


@dataclass(frozen=True, slots=True)
class _Call:
    """One vessel's boxes on the day."""

    number: int
    begins: float
    imports: deque[Box]
    loading: Loading


def _lead(parameters: Parameters) -> float:
    """Hours before the first vessel in which trucks may come already; ten standard deviations are always enough."""
    late = hours(parameters.truck_lead_minutes + 10 * parameters.truck_late_minutes)
    return parameters.export_window_hours + late
