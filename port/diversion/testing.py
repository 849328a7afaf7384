"""Test cases of a table: a box, and where it must go.  They are kept beside the table and are no part of its hash."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

import orjson

from events.types import Reason, Route
from port.diversion.capacity import SiteState
from port.diversion.case import Case
from port.diversion.decide import Outcome, decide
from port.diversion.judging import Judgement, severity
from port.diversion.table import Ruleset, Words

NOT_DRAWN = math.nextafter(1.0, 0.0)
"""The draw of a declaration for which a test gives none: in no quota but that of a lane which draws everything."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where the box must go; `row` None leaves open which row sends it there."""

    route: Route
    row: str | None = None


@dataclass(frozen=True, slots=True)
class TestCase:
    """One box as an officer has thought of it.  `draws` are by declaration; all others are not drawn."""

    __test__: ClassVar[bool] = False  # pytest takes every class of such a name for its own

    id: str
    title: Words
    case: Case
    expect: Expected
    draws: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "draws", MappingProxyType(dict(self.draws)))

    def to_json(self) -> dict[str, Any]:
        """As a document and the REST interface have it; what is empty is left out."""
        expect: dict[str, Any] = {"route": self.expect.route.value}
        if self.expect.row is not None:
            expect["row"] = self.expect.row
        return {
            "id": self.id,
            "title": self.title.model_dump(),
            "case": orjson.loads(self.case.to_json()),
            **({"draws": dict(self.draws)} if self.draws else {}),
            "expect": expect,
        }


@dataclass(frozen=True, slots=True)
class TestResult:
    """What the table made of one test case.

    `row` is the one that decided for the box: None where customs' order did, or a missing or unreadable fact.
    """

    __test__: ClassVar[bool] = False

    id: str
    title: Words
    passed: bool
    expected: Expected
    route: Route
    row: str | None
    reason: Reason

    def to_json(self) -> dict[str, Any]:
        """As the REST interface has it."""
        return {
            "id": self.id,
            "title": self.title.model_dump(),
            "passed": self.passed,
            "expected": {"route": self.expected.route.value, "row": self.expected.row},
            "actual": {"route": self.route.value, "row": self.row, "reason": self.reason.value},
        }


def run_tests(ruleset: Ruleset, tests: Iterable[TestCase]) -> tuple[TestResult, ...]:
    """The result of each, by the same `decide` as live, with all sites empty.

    A test passes when the box goes where it must and, if the test names a row, by that row.
    """
    return tuple(_run(ruleset, test) for test in tests)


def _run(ruleset: Ruleset, test: TestCase) -> TestResult:
    outcome = decided(test.case, ruleset, draws=test.draws)
    row = deciding_row(test.case, ruleset, outcome, draws=test.draws)
    expect = test.expect
    passed = outcome.route is expect.route and expect.row in (None, row)
    return TestResult(test.id, test.title, passed, expect, outcome.route, row, outcome.reason)


def decided(case: Case, ruleset: Ruleset, *, draws: Mapping[str, float]) -> Outcome:
    """The live decision with empty sites; who has no draw in `draws` is not drawn."""
    every = {standing.key: draws.get(standing.key, NOT_DRAWN) for standing in case.standings}
    return decide(case, ruleset, draws=every, sites=SiteState())


def deciding_row(case: Case, ruleset: Ruleset, outcome: Outcome, *, draws: Mapping[str, float]) -> str | None:
    """The row behind this outcome of `decided`; with several declarations that of the one that won."""
    rows = [row for _, row in outcome.rows]
    if len(case.standings) <= 1:
        return rows[0] if rows else None
    return _winner(_alone(case, ruleset, draws=draws)) if rows else None


def _alone(case: Case, ruleset: Ruleset, *, draws: Mapping[str, float]) -> list[Judgement]:
    """What each declaration would have come to by itself."""
    judgements = []
    for standing in case.standings:
        outcome = decided(replace(case, standings=(standing,)), ruleset, draws=draws)
        row = outcome.rows[0][1] if outcome.rows else None
        reason = Reason.RULE if outcome.reason is Reason.NO_CAPACITY else outcome.reason
        judgements.append(Judgement(outcome.intended_route, reason, row))
    return judgements


def _winner(judgements: Sequence[Judgement]) -> str | None:
    return max(judgements, key=severity).row
