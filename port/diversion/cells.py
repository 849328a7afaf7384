"""One condition of a table and its plain meaning; the columns and every other compiler are held equal to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from port.diversion.facts import FactSpec, FactType, reader
from port.diversion.table import Condition, Operator

MISSING = object()
"""Stands for a fact that is not there, where a value is asked for; no fact can have it."""


class Cell(NamedTuple):
    """One condition with all it takes to test it.

    `holds` may be asked only of a value that `reads` takes.  Where it says no, the value may still leave the condition
    open: `open_for` has the codes that may go on to what is asked, but do not say so.
    """

    row: int
    spec: FactSpec
    condition: Condition
    compared: Any  # of the fact's own type, as `checks` has made sure
    reads: Callable[[object], bool]
    holds: Callable[[Any], bool]
    open_for: frozenset[str]

    def is_open(self, value: Any) -> bool:  # see compared
        """Is this a code that does not hold, and might if it were told in full?"""
        if not self.open_for or self.holds(value):
            return False
        return not self.open_for.isdisjoint(value if isinstance(value, tuple) else (value,))


def cell_of(row: int, spec: FactSpec, *, condition: Condition, compared: Any) -> Cell:  # see Cell.compared
    """The cell of this condition in that row, counted from 0."""
    test = _test(spec, condition.operator, compared=compared)
    return Cell(row, spec, condition, compared, reader(spec), test, _cut_short(spec, compared))


def _test(spec: FactSpec, operator: Operator, *, compared: Any) -> Callable[[Any], bool]:  # see Cell.compared
    if operator is Operator.LESS:
        return lambda value: bool(value < compared)
    if operator is Operator.AT_LEAST:
        return lambda value: bool(value >= compared)
    if operator is Operator.BETWEEN:
        low, high = compared
        return lambda value: bool(low <= value <= high)
    one = _test_of_one(operator, compared)
    if spec.type is FactType.TEXTS:
        return lambda value: any(map(one, value))
    return one


def _test_of_one(operator: Operator, compared: Any) -> Callable[[Any], bool]:  # see Cell.compared
    if operator is Operator.PREFIX:
        return lambda value: bool(value.startswith(compared))
    if operator is Operator.IN:
        return frozenset(compared).__contains__
    return lambda value: bool(value == compared)


def _cut_short(spec: FactSpec, compared: Any) -> frozenset[str]:  # see Cell.compared
    if not spec.may_be_cut:
        return frozenset()
    texts = (compared,) if isinstance(compared, str) else compared
    return frozenset(text[:length] for text in texts for length in range(1, len(text)))
