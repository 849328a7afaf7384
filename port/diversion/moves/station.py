"""A station where boxes are served one by one in the order they came: the inspection bays, the scanner."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from simpy import Environment, Event, Resource

from port.diversion.moves.trace import Mark, Marked, Trace

Steps = Generator[Event, Any, None]
"""What SimPy runs: yields what it waits for."""

_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Hours:
    """Local hours in which service may begin; what has begun is finished."""

    opens: float = 0.0
    closes: float = _DAY

    def wait(self, hour_of_day: float) -> float:
        """Hours until service may begin."""
        if self.opens <= hour_of_day < self.closes:
            return 0.0
        return (self.opens - hour_of_day) % _DAY


@dataclass(frozen=True, slots=True)
class Marks:
    """How the trace calls what happens here."""

    queued: Mark
    begun: Mark
    finished: Mark


INSPECTION = Marks(Mark.SITE_QUEUED, Mark.SITE_BEGUN, Mark.SITE_FINISHED)
SCAN = Marks(Mark.SCAN_QUEUED, Mark.SCAN_BEGUN, Mark.SCAN_FINISHED)


@dataclass(frozen=True, slots=True)
class Station:
    """`servers` of a kind, first come first served; no service begins outside `hours`.

    `begins_at` is the hour of day at time 0.
    """

    env: Environment
    servers: Resource
    hours: Hours
    begins_at: float
    marks: Marks
    trace: Trace

    def serve(self, box: int, *, hours: float) -> Steps:
        """Wait for a server and for opening, then be served that long."""
        self._mark(box, self.marks.queued)
        with self.servers.request() as turn:
            yield turn
            # A served box may end after closing: the next has to look at the clock again when its turn comes.
            closed = self.hours.wait((self.begins_at + self.env.now) % _DAY)
            if closed:
                yield self.env.timeout(closed)
            self._mark(box, self.marks.begun)
            yield self.env.timeout(hours)
        self._mark(box, self.marks.finished)

    def _mark(self, box: int, mark: Mark) -> None:
        self.trace.marks.append(Marked(self.env.now, box, mark))
