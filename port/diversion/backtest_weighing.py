"""What a ruleset says of each case of a back-test: the live decision, the rows that hold, and the risk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan
from typing import NamedTuple

from events.types import Reason, Route
from port.diversion.capacity import SiteState
from port.diversion.case import NO_FACTS, Case
from port.diversion.columns import everything, split
from port.diversion.compiler import compile_ruleset, sift
from port.diversion.decide import Outcome, decide
from port.diversion.risk import risk_of
from port.diversion.table import TOP_UP_ROW, Ruleset

LOOKED_AT = frozenset({Route.SCAN, Route.INSPECTION, Route.HOLD})
"""Routes on which somebody or something looks at the box."""

_FREE = SiteState()
_FAULTS = frozenset({Reason.RULE_FAULT, Reason.FACTS_MISSING})
_BY_TABLE = _FAULTS | {Reason.RULE, Reason.RANDOM}


class Weighed(NamedTuple):
    """One case under one ruleset.

    `route` is what was decided before a place was sought; `row` what decided it, None where no row could.  `hits` has a
    bit for each row that holds for any declaration the table was asked about.  `risk` is the riskiest declaration's,
    -inf where it cannot be reckoned.
    """

    route: Route
    reason: Reason
    row: str | None
    hits: int
    risk: float

    @property
    def is_ruled(self) -> bool:
        """Did a row or the top-up (and neither a draw nor a fault) have the box looked at?"""
        return self.route in LOOKED_AT and self.reason is Reason.RULE

    @property
    def is_faulty(self) -> bool:
        """Could the table not decide?"""
        return self.reason in _FAULTS


class Weigher:
    """A ruleset made ready for many cases; sites are taken to be free, so that only the table decides."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._table = compile_ruleset(ruleset)
        self.ruleset = ruleset
        self._routes = {**dict(self._table.rows), TOP_UP_ROW: Route.INSPECTION}

    def weigh(self, cases: Sequence[tuple[Case, Mapping[str, float]]]) -> Iterator[Weighed]:
        """Each case with its draws, in their order."""
        for case, draws in cases:
            outcome = decide(case, self.ruleset, draws=draws, sites=_FREE)
            hits, risk = self._seen(case) if self.is_seen(outcome) else (0, -inf)
            yield Weighed(outcome.intended_route, outcome.reason, self.row_of(outcome), hits, risk)

    def is_seen(self, outcome: Outcome) -> bool:
        """Was it the table that decided, so that hits and risk are told?"""
        return outcome.reason in _BY_TABLE

    def row_of(self, outcome: Outcome) -> str | None:
        """Of several declarations' rows one that leads where the box goes."""
        rows = [row for _, row in outcome.rows if row is not None]
        return next((row for row in rows if self._routes[row] is outcome.intended_route), rows[0] if rows else None)

    def _seen(self, case: Case) -> tuple[int, float]:
        table, hits, risk = self._table, 0, -inf
        of_box = sift(everything(len(table.rows)), table.container, facts=case.container)
        for standing in case.standings:
            of_declaration = sift(of_box, table.declaration, facts=standing.facts)
            for line in standing.lines or (NO_FACTS,):
                certain, _, _ = split(sift(of_declaration, table.line, facts=line), len(table.rows))
                hits |= certain
            counted = risk_of(table.risk, case.container, standing=standing).counted
            if not isnan(counted):
                risk = max(risk, counted)
        return hits, risk
