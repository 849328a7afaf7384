"""One column of a table, compiled: from the value of a fact straight to the set of rows it lets pass.

A set of rows is an int with one bit per row, so that a fact costs a look-up and two ANDs, however many rows there are.
The logic is Kleene's, whatever order the conditions stand in: a row is certain when all its conditions hold, possible
while none is false, undetermined in between.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from port.diversion.cells import Cell
from port.diversion.facts import FactSpec, FactType, reader
from port.diversion.table import Operator

UNREADABLE = -1
"""What `Column.passes` answers for a value that cannot be read as the fact; no set of rows is negative."""


class Column(NamedTuple):
    """At most one condition per row on one fact."""

    fact: str
    passes: Callable[[object], int]
    opens: Callable[[Any], int] | None
    certain_when_absent: int
    possible_when_absent: int
    certain_when_unreadable: int
    possible_when_unreadable: int
    faulty_when_unreadable: int


def column(cells: Sequence[Cell], every_row: int) -> Column:
    """The column of these cells: of one fact, and no two of one row."""
    reported, absent = (_bits(one for one in cells if _asks_reported(one, claim)) for claim in (True, False))
    testing = _bits(cells)
    free = every_row & ~testing
    valued = [one for one in cells if one.condition.operator is not Operator.REPORTED]
    return Column(
        fact=cells[0].spec.name,
        passes=_passes(cells[0].spec, valued, free | reported),
        opens=_opens(valued) if any(one.open_for for one in valued) else None,
        certain_when_absent=free | absent,
        possible_when_absent=every_row & ~reported,
        certain_when_unreadable=free | reported,
        possible_when_unreadable=every_row & ~absent,
        faulty_when_unreadable=_bits(valued),
    )


def columns(cells: Iterable[Cell], every_row: int) -> tuple[Column, ...]:
    """All columns of the cells; a fact that a row tests twice has two."""
    sorted_out: dict[tuple[str, int], list[Cell]] = defaultdict(list)
    met: dict[tuple[str, int], int] = defaultdict(int)
    for cell in cells:
        here = (cell.spec.name, cell.row)
        sorted_out[cell.spec.name, met[here]].append(cell)
        met[here] += 1
    return tuple(column(group, every_row) for group in sorted_out.values())


def _asks_reported(cell: Cell, claim: bool) -> bool:
    return cell.condition.operator is Operator.REPORTED and cell.compared is claim


def _bits(cells: Iterable[Cell]) -> int:
    bits = 0
    for cell in cells:
        bits |= 1 << cell.row
    return bits


def _opens(cells: Sequence[Cell]) -> Callable[[Any], int]:
    """The rows a value leaves open, by value; a longer value that contradicts opens none."""
    by_text: dict[str, int] = defaultdict(int)
    for cell in cells:
        for text in cell.open_for:
            by_text[text] |= 1 << cell.row
    get = by_text.get
    if cells[0].spec.type is FactType.TEXT:
        return lambda value: get(value, 0)
    return lambda values: _bits(one for one in cells if one.is_open(values))


def _passes(spec: FactSpec, cells: Sequence[Cell], base: int) -> Callable[[object], int]:
    if spec.type is FactType.NUMBER:
        return _number_passes(spec, cells, base)
    if spec.type is FactType.FLAG:
        sets = [base | _bits(one for one in cells if one.compared is claim) for claim in (False, True)]
        return lambda value: sets[value] if value is True or value is False else UNREADABLE
    if spec.codes and spec.type is FactType.TEXT:
        return _code_passes(spec, cells, base)
    return _text_passes(spec, cells, base)


def _code_passes(spec: FactSpec, cells: Sequence[Cell], base: int) -> Callable[[object], int]:
    by_code: dict[object, int] = {code: base | _bits(one for one in cells if one.holds(code)) for code in spec.codes}
    return lambda value: by_code.get(value, UNREADABLE)


def _text_passes(spec: FactSpec, cells: Sequence[Cell], base: int) -> Callable[[object], int]:
    exact, prefixes = _by_text(cells)
    readable = reader(spec)
    get_exact = exact.get
    starts = tuple((length, by_start.get) for length, by_start in prefixes.items())

    def of_text(value: str) -> int:
        bits = base | get_exact(value, 0)
        for length, get_start in starts:
            bits |= get_start(value[:length], 0)
        return bits

    def of_texts(values: tuple[str, ...]) -> int:
        bits = base
        for value in values:
            bits |= of_text(value)
        return bits

    one: Callable[[Any], int] = of_texts if spec.type is FactType.TEXTS else of_text
    return lambda value: one(value) if readable(value) else UNREADABLE


def _by_text(cells: Iterable[Cell]) -> tuple[Mapping[str, int], Mapping[int, Mapping[str, int]]]:
    """(rows by whole text, rows by beginning and its length)."""
    exact: dict[str, int] = defaultdict(int)
    prefixes: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        for text in (cell.compared,) if isinstance(cell.compared, str) else cell.compared:
            table = prefixes[len(text)] if cell.condition.operator is Operator.PREFIX else exact
            table[text] |= 1 << cell.row
    return dict(exact), {length: dict(table) for length, table in prefixes.items()}


def _number_passes(spec: FactSpec, cells: Sequence[Cell], base: int) -> Callable[[object], int]:
    """Between the bounds that occur, and on each, the answer is the same: 2k+1 answers for k bounds."""
    bounds = sorted({bound for cell in cells for bound in _bounds(cell)})
    answers = [base | _bits(one for one in cells if _spans(one, bounds, at)) for at in range(2 * len(bounds) + 1)]
    readable = reader(spec)

    def passes(value: Any) -> int:
        if not readable(value):
            return UNREADABLE
        return answers[bisect_left(bounds, value) + bisect_right(bounds, value)]

    return passes


def _bounds(cell: Cell) -> tuple[float, ...]:
    return cell.compared if isinstance(cell.compared, tuple) else (cell.compared,)


def _spans(cell: Cell, bounds: list[float], at: int) -> bool:
    """Does the condition hold at this answer?  Odd answers lie on a bound, even ones between two."""
    on = [2 * bounds.index(bound) + 1 for bound in _bounds(cell)]
    operator = cell.condition.operator
    if operator is Operator.LESS:
        return at < on[0]
    if operator is Operator.AT_LEAST:
        return at >= on[0]
    return on[0] <= at <= on[-1]
