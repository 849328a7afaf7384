"""Lint: what is wrong, doubtful or worth knowing about a table before anybody activates it.

What it says of rows and their order is exact for boxes of which every fact is told and readable (`lint_search`); where
facts are missing, more rows may come to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from port.diversion import lint_parts as parts
from port.diversion import lint_rows as rows
from port.diversion.checks import Problem, problems
from port.diversion.lint_search import BUDGET, Space
from port.diversion.lint_words import Code, Finding, Severity, invalid
from port.diversion.table import DEFAULT_ROW, Ruleset
from port.diversion.testing import TestCase

NOTHING_MISSING: Mapping[str, float] = MappingProxyType({})


def lint(
    ruleset: Ruleset,
    *,
    tests: Iterable[TestCase] = (),
    missing: Mapping[str, float] = NOTHING_MISSING,
    budget: int = BUDGET,
) -> tuple[Finding, ...]:
    """Errors and warnings, errors first, each in the order of the table.

    `missing` is the share of missing values by fact (`missing_rates` of recorded cases).  A table that makes no sense
    has its problems as findings, and is looked at no further.  `budget` bounds the steps of the search.
    """
    wrong = problems(ruleset)
    if wrong:
        return of_problems(wrong)
    space = Space(ruleset, budget)
    never, unknown = rows.never_deciding(space)
    aside = frozenset(never) | unknown
    found = [
        *never.values(),
        *rows.undecided(space, unknown),
        *rows.conditions(space),
        *rows.laxer_first(space, apart_from=aside),
        *parts.ranges(space.table),
        *parts.often_missing(ruleset, missing),
        *parts.untested(ruleset, tests),
        *parts.lists(ruleset),
        *parts.lanes(ruleset),
        *parts.sites(ruleset),
    ]
    return _in_order(ruleset, found)


def notes(ruleset: Ruleset, *, budget: int = BUDGET) -> tuple[Finding, ...]:
    """What falls to the default, and which rows overlap the right way round, each with a box; () for a broken table."""
    if problems(ruleset):
        return ()
    space = Space(ruleset, budget)
    never, unknown = rows.never_deciding(space)
    return (*rows.gap(space), *rows.overlaps(space, apart_from=frozenset(never) | unknown))


def of_problems(wrong: Iterable[Problem]) -> tuple[Finding, ...]:
    """The problems of a table that was refused, as findings."""
    return tuple(map(invalid, wrong))


def _in_order(ruleset: Ruleset, found: Iterable[Finding]) -> tuple[Finding, ...]:
    place = {row: number for number, row in enumerate((*(one.id for one in ruleset.rows), DEFAULT_ROW))}
    severity = list(Severity).index
    return tuple(sorted(found, key=lambda one: (severity(one.severity), place.get(one.row, len(place)))))


__all__ = ["Code", "Finding", "Severity", "lint", "notes", "of_problems"]
