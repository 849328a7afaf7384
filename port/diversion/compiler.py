"""A ruleset compiled for live decisions, once per content hash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from events.types import Route
from port.diversion.case import Facts
from port.diversion.cells import Cell, cell_of
from port.diversion.checks import operand
from port.diversion.columns import UNREADABLE, Column, columns
from port.diversion.facts import Level, find_fact
from port.diversion.loading import checked
from port.diversion.table import DEFAULT_ROW, STRICTNESS, Ruleset

COMPILER_VERSION = "sets-1"
"""Kept with each decision; to be raised whenever the same table and case could give another answer."""

_KEPT = 64
"""Compiled tables kept: the active one, candidates in shadow, and old ones that officers look at."""


class Sieve(NamedTuple):
    """Which rows are left after some facts: sets of rows as bits.  `faulty` are those that met an unreadable value."""

    certain: int
    possible: int
    faulty: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """The table by its columns.  Row `len(rows) - 1` is the default, which always holds."""

    ruleset: Ruleset
    rows: tuple[tuple[str, Route], ...]
    cells: tuple[tuple[Cell, ...], ...]
    whole: Sieve
    container: tuple[Column, ...]
    declaration: tuple[Column, ...]
    line: tuple[Column, ...]
    readers: tuple[tuple[str, Callable[[object], bool]], ...]
    stricter_than: Mapping[Route, int]
    random_rates: Mapping[Route, float]


@lru_cache(maxsize=_KEPT)
def compile_ruleset(ruleset: Ruleset) -> Compiled:
    """The compiled table, the same object for the same content; RulesetInvalid when its sense is wrong."""
    checked(ruleset)
    rows = (*((row.id, row.route) for row in ruleset.rows), (DEFAULT_ROW, ruleset.default.route))
    cells = tuple(_cells(ruleset, number) for number in range(len(ruleset.rows)))
    every_row = (1 << len(rows)) - 1
    return Compiled(
        ruleset,
        rows,
        (*cells, ()),
        Sieve(every_row, every_row),
        container=_columns(cells, Level.CONTAINER, every_row=every_row),
        declaration=_columns(cells, Level.DECLARATION, every_row=every_row),
        line=_columns(cells, Level.LINE, every_row=every_row),
        readers=tuple({one.spec.name: one.reads for row in cells for one in row}.items()),
        stricter_than=MappingProxyType({route: _stricter(rows, route) for route in Route}),
        random_rates=MappingProxyType({lane.route: lane.minimum_random_rate for lane in ruleset.lanes}),
    )


def sift(sieve: Sieve, level: Sequence[Column], *, facts: Facts) -> Sieve:
    """The rows left when these facts are known too."""
    certain, possible, faulty = sieve.certain, sieve.possible, sieve.faulty
    for column in level:
        name, passes, opens, absent_certain, absent_possible, odd_certain, odd_possible, odd_faulty = column
        if name not in facts:
            certain &= absent_certain
            possible &= absent_possible
            continue
        passed = passes(facts[name])
        if passed == UNREADABLE:
            certain &= odd_certain
            possible &= odd_possible
            faulty |= odd_faulty
        else:
            certain &= passed
            possible &= passed if opens is None else passed | opens(facts[name])
    return Sieve(certain, possible, faulty)


def _cells(ruleset: Ruleset, number: int) -> tuple[Cell, ...]:
    made = []
    for condition in ruleset.rows[number].when:
        spec = find_fact(condition.fact)
        if spec is None:
            raise LookupError(condition.fact)
        made.append(cell_of(number, spec, condition=condition, compared=operand(condition, ruleset.lists)))
    return tuple(made)


def _columns(cells: Sequence[tuple[Cell, ...]], level: Level, *, every_row: int) -> tuple[Column, ...]:
    return columns((one for row in cells for one in row if one.spec.level is level), every_row)


def _stricter(rows: Sequence[tuple[str, Route]], route: Route) -> int:
    return sum(
        1 << number for number, (_, other) in enumerate(rows) if STRICTNESS.index(other) > STRICTNESS.index(route)
    )
