"""What a ruleset says of many cases of a back-test at once, to the last bit what `Weigher` says of each.

Boxes of one declaration, which nearly all are, are weighed in columns; the others one by one.  This loads Polars: it is
for a process of its own, and `backtest` asks for it when there are cases enough.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from math import inf

import polars as pl

from port.diversion.backtest_counts import Missing
from port.diversion.backtest_lots import Asked
from port.diversion.backtest_weighing import Weighed, Weigher
from port.diversion.bulk import weigh_together
from port.diversion.bulk_frame import CaseFrame, frame_of
from port.diversion.bulk_sifting import classes
from port.diversion.case import Case
from port.diversion.cells import MISSING
from port.diversion.decide import MOST_LINES
from port.diversion.facts import FactSpec, Level


class Together:
    """Cases with their draws, weighed together by as many tables as are asked; these ask for no fact but `facts`."""

    def __init__(self, asked: Asked, facts: Collection[str]) -> None:
        self._is_plain = [_is_plain(case) for case, _ in asked]
        plain = [one for one, is_plain in zip(asked, self._is_plain, strict=True) if is_plain]
        self._others = [one for one, is_plain in zip(asked, self._is_plain, strict=True) if not is_plain]
        self._frame = frame_of((case for case, _ in plain), (draws for _, draws in plain), asked=facts)

    def weigh(self, weigher: Weigher) -> Sequence[Weighed]:
        """As of `Lot`."""
        plain = iter(_weighed(self._frame, weigher) if len(self._frame) else ())
        others = weigher.weigh(self._others)
        return [next(plain if is_plain else others) for is_plain in self._is_plain]

    def count(self, missing: Missing) -> None:
        """As of `Lot`."""
        if len(self._frame):
            unread = {spec.name: _unread(self._frame, spec, reads) for spec, reads in missing.readers}
            missing.add_counted(len(self._frame), unread)
        for case, _ in self._others:
            missing.add(case)


def _is_plain(case: Case) -> bool:
    """Is there one declaration, and one that is not longer than a table is asked about?"""
    return len(case.standings) == 1 and len(case.standings[0].lines) < MOST_LINES


def _weighed(frame: CaseFrame, weigher: Weigher) -> Iterator[Weighed]:
    told = weigh_together(frame, weigher.ruleset)
    parts = [(one.intended_route, one.reason, weigher.row_of(one)) for one in told.outcomes.values]
    is_seen = told.outcomes.answers(weigher.is_seen, pl.Boolean)
    words = [word.to_list() for word in told.certain.where(is_seen).words]
    held = words[0] if len(words) == 1 else [_joined(line) for line in zip(*words, strict=True)]
    risks = told.risk.set(~is_seen, -inf).fill_null(-inf).to_list()
    for code, hits, risk in zip(told.outcomes.codes.to_list(), held, risks, strict=True):
        route, reason, row = parts[code]
        yield Weighed(route, reason, row, hits, risk)


def _joined(words: Sequence[int]) -> int:
    return sum(word << 64 * number for number, word in enumerate(words))


def _unread(frame: CaseFrame, spec: FactSpec, reads: Callable[[object], bool]) -> tuple[int, int]:
    """In how many cases the fact is missing on any line, and in how many others it is told so that none can read it."""
    layers = (frame.boxes, frame.declarations, frame.lines)
    layer = layers[tuple(Level).index(spec.level)]
    known = classes(layer.column(spec.name), spec)
    is_missing = layer.any(known.answers(lambda value: value is MISSING, pl.Boolean))
    is_odd = layer.any(known.answers(lambda value: value is not MISSING and not reads(value), pl.Boolean))
    return int(is_missing.sum()), int((is_odd & ~is_missing).sum())
