"""What happened in a run, in the order it did: every move and every mark, from which alone all figures are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from port.diversion.moves.paths import Move


class Mark(StrEnum):
    """A moment in the life of a box.  POINT is its discharge or gate-in; LEFT and LOADED and ROLLED (the vessel went
    without it) are its end."""

    POINT = "POINT"
    AVAILABLE = "AVAILABLE"
    SITE_QUEUED = "SITE_QUEUED"
    SITE_BEGUN = "SITE_BEGUN"
    SITE_FINISHED = "SITE_FINISHED"
    SCAN_QUEUED = "SCAN_QUEUED"
    SCAN_BEGUN = "SCAN_BEGUN"
    SCAN_FINISHED = "SCAN_FINISHED"
    TRUCK_CAME = "TRUCK_CAME"
    MISSED_HOOK = "MISSED_HOOK"
    LEFT = "LEFT"
    LOADED = "LOADED"
    ROLLED = "ROLLED"


ENDS = frozenset({Mark.LEFT, Mark.LOADED, Mark.ROLLED})
"""Each box gets exactly one of them, and nothing after it."""


class Moved(NamedTuple):
    """One move made, in hours of the day's clock."""

    began: float
    ended: float
    box: int
    move: Move


class Marked(NamedTuple):
    """One mark set."""

    at: float
    box: int
    mark: Mark


@dataclass(slots=True)
class Trace:
    """Grows while a run goes on."""

    moves: list[Moved] = field(default_factory=list)
    marks: list[Marked] = field(default_factory=list)

    def times(self, mark: Mark) -> dict[int, float]:
        """When each box got the mark; those that never did are not in it."""
        return {one.box: one.at for one in self.marks if one.mark is mark}

    def waits(self, joined: Mark, begun: Mark) -> Iterator[tuple[float, float]]:
        """(joined, begun) of each box that waited."""
        ends = self.times(begun)
        return ((at, ends[box]) for box, at in self.times(joined).items() if box in ends)
