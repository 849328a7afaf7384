"""Turns at the writer: who is written next, and how much of a long message at a time.

There are two lanes.  Between two parts of a long message all short ones have a turn that wait, and after each such turn
a long message has one: neither waits for the other's end.
"""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable

from port.parts import PART, key_of
from port.waiting import Job

FIRST_PART = 16
"""So many items a long message begins with: nobody knows yet how long they take, and who waits."""
_FEWEST = 8
# A commit costs a millisecond or two, however little it holds.
_LEAST_SECONDS = 0.010
_MOMENT_SECONDS = 0.0005
_MOMENTS = 10


class Pace:
    """How many items make the next part of a long message.

    While nobody else comes, twice as many as before, up to PART: a larger transaction is the cheaper one, and who comes
    then waits no longer than nobody came.  When others had a turn, as many as take as long as theirs did.
    """

    def __init__(self) -> None:
        self._items = FIRST_PART // 2
        self._each_seconds = 0.0
        self._others_seconds: float | None = None

    def items(self) -> int:
        """How many to take now."""
        if self._others_seconds is None:
            return min(PART, 2 * self._items)
        if not self._each_seconds:
            return FIRST_PART
        fitting = int(max(_LEAST_SECONDS, self._others_seconds) / self._each_seconds)
        return max(_FEWEST, min(PART, fitting))

    def part_took(self, items: int, seconds: float) -> None:
        """A part was written.  One that met a checkpoint, or holds the message's bytes, says little of the next."""
        each, known = seconds / items, self._each_seconds
        self._each_seconds = (known + min(each, 2 * known)) / 2 if known else each
        self._items = items
        self._others_seconds = None

    def others_took(self, seconds: float) -> None:
        """Others had their turn."""
        self._others_seconds = seconds


class Turns:
    """Who waits for the writer; `put` and `end` from any thread, everything else from the writer's."""

    def __init__(self, *, batch_limit: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._arrived: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._long: deque[Job] = deque()
        self._batch_limit = batch_limit
        self._sleep = sleep
        self._pace = Pace()
        self._were_several = self._is_long_due = self._is_ending = False

    @property
    def waiting(self) -> int:
        """How many callers wait."""
        return self._arrived.qsize() + len(self._long)

    def put(self, job: Job) -> None:
        """Let one wait."""
        self._arrived.put(job)

    def end(self) -> None:
        """Let `take` answer with nobody once all that wait now are through."""
        self._arrived.put(None)

    def take(self) -> list[Job]:
        """Who is written next, in one transaction: all short ones that wait, or one long one with its next part.

        Waits until somebody is there; nobody when it is time to end.
        """
        if not (self._long and self._is_long_due):
            short = self._gather()
            if short:
                return short
        if not self._long:
            return []
        job = self._long.popleft()
        job.part = self._pace.items()
        return [job]

    def took(self, jobs: list[Job], seconds: float) -> None:
        """These had their turn, which took so long; those of whom there is more wait again, behind the others."""
        self._is_long_due = not jobs[0].is_long
        if self._is_long_due:
            self._pace.others_took(seconds)
        else:
            self._pace.part_took(jobs[0].part, seconds)
        for job in jobs:
            if job.has_more:
                self._tell_repeats(job)
                self._long.append(job)
        if not self._long:
            self._pace = Pace()

    def _tell_repeats(self, job: Job) -> None:
        """Whoever sent the same again meanwhile goes on where this one stands; else each would read all that the other
        one took before each of its parts."""
        for other in self._long:
            if _identity(other) == _identity(job):
                other.begun = job.begun

    def _gather(self) -> list[Job]:
        """The short ones that wait; the long ones go to their lane.

        Who was answered last asks again at once: when they were several, wait for them as long as more and more come,
        or two halves would take turns for ever, each with a commit of its own.
        """
        short: list[Job] = []
        if not self._long and not self._is_ending:
            self._sort(self._arrived.get(), short)
        self._drain(short)
        for _ in range(_MOMENTS if self._were_several and short else 0):
            count = len(short)
            if self._is_ending or count == self._batch_limit:
                break
            self._sleep(_MOMENT_SECONDS)
            self._drain(short)
            if len(short) == count:
                break
        if short:
            self._were_several = len(short) > 1
        return short

    def _drain(self, short: list[Job]) -> None:
        while len(short) < self._batch_limit and not self._is_ending:
            try:
                self._sort(self._arrived.get_nowait(), short)
            except queue.Empty:
                break

    def _sort(self, job: Job | None, short: list[Job]) -> None:
        if job is None:
            self._is_ending = True
        else:
            (self._long if job.is_long else short).append(job)


def _identity(job: Job) -> object:
    return key_of(job.draft) if job.draft is not None else job
