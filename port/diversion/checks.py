"""What is wrong with a table, told by row and column, so that an officer finds the cell."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from events.types import Route
from port.diversion.facts import LIST_PATTERNS, FactSpec, FactType, find_fact, reader, text_reader
from port.diversion.limits import MOST_WHOLE, excesses
from port.diversion.table import (
    DEFAULT_ROW,
    RESERVED_ROWS,
    Condition,
    Lane,
    ListKind,
    NamedList,
    Operator,
    RiskTerm,
    Row,
    Ruleset,
)

OPERATORS = {
    FactType.TEXT: frozenset({Operator.PREFIX, Operator.IN, Operator.EQUALS}),
    FactType.TEXTS: frozenset({Operator.PREFIX, Operator.IN, Operator.EQUALS}),
    FactType.NUMBER: frozenset({Operator.EQUALS, Operator.LESS, Operator.AT_LEAST, Operator.BETWEEN}),
    FactType.FLAG: frozenset({Operator.EQUALS}),
}
"""What may be asked of a fact, by its type."""
_SITE_KINDS = frozenset({Route.INSPECTION, Route.SCAN, Route.YARD})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right.  `row` is a row's id, or the part of the table it stands in; `column` a fact or field."""

    row: str
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.row}, {self.column}: {self.message}"


class RulesetInvalid(ValueError):
    """The table does not make sense; `problems` says where."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def problems(ruleset: Ruleset) -> tuple[Problem, ...]:
    """Everything wrong with the sense of a table, in the order of the table; () when it may be used.

    A table that is too large is asked nothing else.
    """
    too_large = tuple(Problem(*excess) for excess in excesses(ruleset))
    return too_large or (
        *_of_rows(ruleset),
        *_of_lists(ruleset),
        *_of_default(ruleset),
        *_of_lanes(ruleset),
        *_of_sites(ruleset),
        *_of_risk(ruleset),
    )


def operand(condition: Condition, lists: Iterable[NamedList]) -> object:
    """The value a condition compares with, a named list looked up; LookupError when there is no such list."""
    if condition.list_name is None:
        return condition.value
    for named in lists:
        if named.name == condition.list_name:
            return named.values
    raise LookupError(condition.list_name)


def _of_rows(ruleset: Ruleset) -> Iterator[Problem]:
    for twice in _repeated(row.id for row in ruleset.rows):
        yield Problem(twice, "id", "another row has this id")
    for row in ruleset.rows:
        if row.id in RESERVED_ROWS:
            yield Problem(row.id, "id", "is kept for the default row, the draw and the top-up")
        if not row.when:
            yield Problem(row.id, "when", "a row without conditions would hide every row below it")
        yield from problems_of_row(row, ruleset.lists)


def problems_of_row(row: Row, lists: tuple[NamedList, ...]) -> Iterator[Problem]:
    """What is wrong with the conditions of one row, in their order."""
    for condition in row.when:
        yield from _of_condition(row, condition, lists)


def _of_condition(row: Row, condition: Condition, lists: tuple[NamedList, ...]) -> Iterator[Problem]:
    spec = find_fact(condition.fact)
    if spec is None:
        yield Problem(row.id, condition.fact, "is no fact of the catalogue")
    elif condition.operator not in OPERATORS[spec.type]:
        yield Problem(row.id, condition.fact, f"{condition.operator.value} cannot be asked of a {spec.type.value}")
    elif (condition.value is None) == (condition.list_name is None):
        yield Problem(row.id, condition.fact, "needs a value or a list, and only one of them")
    else:
        try:
            compared = operand(condition, lists)
        except LookupError:
            yield Problem(row.id, condition.fact, f"there is no list {condition.list_name!r}")
        else:
            fault = _kind_fault(spec, condition, lists) or _operand_fault(spec, condition.operator, compared)
            if fault:
                yield Problem(row.id, condition.fact, fault)


def _kind_fault(spec: FactSpec, condition: Condition, lists: Iterable[NamedList]) -> str:
    """What is wrong with the kind of the list a condition names, or ""."""
    kind = next((one.kind for one in lists if one.name == condition.list_name), None)
    return "" if kind in (None, spec.list_kind) else f"a list of {kind} cannot be compared with {spec.en}"


def _operand_fault(spec: FactSpec, operator: Operator, compared: object) -> str:
    """What is wrong with the value a condition compares with, or ""."""
    if _too_great(compared):
        return "compares with a whole number of more than 64 bits"
    if spec.type is FactType.FLAG:
        return "" if type(compared) is bool else "needs true or false"
    if operator is Operator.BETWEEN:
        return _range_fault(spec, compared)
    if operator in (Operator.PREFIX, Operator.IN):
        return _values_fault(spec, operator, compared)
    one = text_reader(spec) if spec.type is FactType.TEXTS else reader(spec)
    return "" if one(compared) else f"{compared!r} is no {spec.en}"


def _too_great(compared: object) -> bool:
    """Whether a whole number there is one that JSON elsewhere cannot tell."""
    numbers = compared if isinstance(compared, tuple) else (compared,)
    return any(type(one) is int and abs(one) > MOST_WHOLE for one in numbers)


def _range_fault(spec: FactSpec, compared: object) -> str:
    readable = reader(spec)
    if not isinstance(compared, tuple) or len(compared) != 2 or not all(map(readable, compared)):
        return "needs two numbers, from and to"
    low, high = compared
    return "" if low <= high else f"from {low} is more than to {high}"


def _values_fault(spec: FactSpec, operator: Operator, compared: object) -> str:
    if not isinstance(compared, tuple) or not compared:
        return "needs at least one value"
    if operator is Operator.PREFIX and not spec.start:
        return f"{spec.en} cannot be asked by its beginning"
    if operator is Operator.PREFIX:
        whole = re.compile(spec.start).fullmatch
        wrong = [one for one in compared if not isinstance(one, str) or whole(one) is None]
    else:
        readable = text_reader(spec)
        wrong = [one for one in compared if not readable(one)]
    return f"{wrong[0]!r} is no {spec.en}" if wrong else ""


def _of_lists(ruleset: Ruleset) -> Iterator[Problem]:
    for twice in _repeated(named.name for named in ruleset.lists):
        yield Problem("lists", twice, "another list has this name")
    for named in ruleset.lists:
        if not named.values:
            yield Problem("lists", named.name, "is empty")
        for twice in _repeated(named.values):
            yield Problem("lists", named.name, f"{twice!r} stands there twice")
        yield from _of_kind(named)


def _of_kind(named: NamedList) -> Iterator[Problem]:
    """The first value that is none of the list's kind."""
    if named.kind is None:
        return
    whole = re.compile(LIST_PATTERNS[ListKind(named.kind)]).fullmatch
    wrong = next((one for one in named.values if whole(one) is None), None)
    if wrong is not None:
        yield Problem("lists", named.name, f"{wrong!r} does not belong in a list of {named.kind}")


def _of_default(ruleset: Ruleset) -> Iterator[Problem]:
    if ruleset.default.route is Route.DIRECT_RELEASE:
        yield Problem(DEFAULT_ROW, "route", "what no row speaks of may not be released")


def _of_lanes(ruleset: Ruleset) -> Iterator[Problem]:
    for twice in _repeated(lane.route.value for lane in ruleset.lanes):
        yield Problem("lanes", twice, "another lane has this route")
    for lane in ruleset.lanes:
        if lane.route in (Route.INSPECTION, Route.HOLD):
            yield Problem("lanes", lane.route.value, "a draw for INSPECTION changes nothing there")
        for fault in _lane_faults(lane, ruleset.risk):
            yield Problem("lanes", lane.route.value, fault)


def _lane_faults(lane: Lane, risk: tuple[RiskTerm, ...]) -> Iterator[str]:
    if not 0 <= lane.minimum_random_rate <= 1:
        yield "the random rate is a share from 0 to 1"
    if lane.expected_rate is not None and not lane.minimum_random_rate <= lane.expected_rate <= 1:
        yield "the expected rate is a share from the random rate to 1"
    if lane.top_up_from is not None and not math.isfinite(lane.top_up_from):
        yield "the top-up begins at a number"
    if lane.top_up_from is not None and not risk:
        yield "a top-up needs a risk score to go by"


def _of_sites(ruleset: Ruleset) -> Iterator[Problem]:
    for twice in _repeated(site.code for site in ruleset.sites):
        yield Problem("sites", twice, "another site has this code")
    for site in ruleset.sites:
        if not site.kinds or not _SITE_KINDS.issuperset(site.kinds):
            yield Problem("sites", site.code, "serves one or more of INSPECTION, SCAN and YARD")
        if _too_great((site.bays, site.reefer_plugs)):
            yield Problem("sites", site.code, "counts more than 64 bits hold")


def _of_risk(ruleset: Ruleset) -> Iterator[Problem]:
    for twice in _repeated(term.fact for term in ruleset.risk):
        yield Problem("risk", twice, "another term has this fact")
    for term in ruleset.risk:
        fault = _term_fault(term, find_fact(term.fact))
        if fault:
            yield Problem("risk", term.fact, fault)


def _term_fault(term: RiskTerm, spec: FactSpec | None) -> str:
    """What is wrong with one term of the score, or ""."""
    if spec is None:
        return "is no fact of the catalogue"
    if spec.type not in (FactType.NUMBER, FactType.FLAG):
        return f"a {spec.type.value} cannot be weighed"
    if not math.isfinite(term.weight):
        return "the weight is a number"
    if not math.isfinite(term.weight * term.missing):
        return "weight and missing make no number"
    low, high = (0, 1) if spec.type is FactType.FLAG else (spec.minimum, spec.maximum)
    return "" if low <= term.missing <= high else f"what is missing cannot count as {term.missing}"


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
