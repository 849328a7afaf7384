"""One column of a table, compiled: from the value of a fact straight to the rows it lets pass.

Rows are kept as sets of bits, and three sets lie side by side in one int: the rows that are certain (all conditions
hold), those that are possible (no condition is false), and those that are sound (no value was unreadable).  Narrowing
all three by a fact is one look-up and one AND, however many rows there are, and the logic is Kleene's in whatever order
the conditions stand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from port.diversion.cells import MISSING, Cell
from port.diversion.facts import FactSpec, FactType, reader
from port.diversion.table import Operator

Sets = int
"""Certain, possible and sound rows side by side, each as many bits wide as the table has rows."""

_EXACT = 2**53
"""Up to here every whole number is a float."""


_ANSWERS_KEPT = 4096
"""Texts whose answer a column remembers: a port meets the same codes and parties all day."""


class Column(NamedTuple):
    """At most one condition per row on one fact; `passes` takes any value, and MISSING."""

    fact: str
    passes: Callable[[Any], Sets]


def everything(width: int) -> Sets:
    """All rows certain, possible and sound."""
    return (1 << 3 * width) - 1


def split(sets: Sets, width: int) -> tuple[int, int, int]:
    """The certain, the possible and the sound of `width` rows."""
    every_row = (1 << width) - 1
    return sets & every_row, sets >> width & every_row, sets >> 2 * width


def columns(cells: Iterable[Cell], width: int) -> tuple[Column, ...]:
    """All columns of the cells of a table of `width` rows; a fact that a row tests twice has two."""
    groups: dict[tuple[str, int], list[Cell]] = defaultdict(list)
    met: dict[tuple[str, int], int] = defaultdict(int)
    for cell in cells:
        here = (cell.spec.name, cell.row)
        groups[cell.spec.name, met[here]].append(cell)
        met[here] += 1
    return tuple(_column(group, width) for group in groups.values())


class _Answers:
    """What a column answers: to a value by the rows that hold for it, and in the two cases without a value."""

    def __init__(self, cells: Sequence[Cell], width: int) -> None:
        self.cells = cells
        self._width, every_row = width, (1 << width) - 1
        free = every_row & ~_bits(cells)
        self.none_holds = free | free << width | every_row << 2 * width
        self.missing = free | every_row << width | every_row << 2 * width
        self.unreadable = free | every_row << width | free << 2 * width

    def to(self, holding: int) -> Sets:
        """The answer to a value that these rows hold for."""
        return self.none_holds | self.held(holding)

    def held(self, rows: int) -> Sets:
        """What these rows add to the answer when they hold."""
        return rows | rows << self._width

    def opened(self, rows: int) -> Sets:
        """What these rows add to it when they are left open."""
        return rows << self._width


def _bits(cells: Iterable[Cell]) -> int:
    bits = 0
    for cell in cells:
        bits |= 1 << cell.row
    return bits


def _column(cells: Sequence[Cell], width: int) -> Column:
    """The column of these cells: of one fact, and no two of one row."""
    spec, answers = cells[0].spec, _Answers(cells, width)
    return Column(spec.name, _passes(spec, answers))


def _passes(spec: FactSpec, answers: _Answers) -> Callable[[Any], Sets]:
    if spec.type is FactType.NUMBER:
        return _number_passes(spec, answers)
    if spec.type is FactType.FLAG:
        return _flag_passes(answers)
    if spec.codes and spec.type is FactType.TEXT:
        return _code_passes(spec, answers)
    return _text_passes(spec, answers)


def _flag_passes(answers: _Answers) -> Callable[[Any], Sets]:
    no, yes = (answers.to(_bits(one for one in answers.cells if one.compared is claim)) for claim in (False, True))
    missing, unreadable = answers.missing, answers.unreadable

    def passes(value: Any) -> Sets:
        # By identity: 1 equals True to Python, and is no flag.
        if value is False:
            return no
        if value is True:
            return yes
        return missing if value is MISSING else unreadable

    return passes


class _ByCode(dict[object, Sets]):
    """Answers by code; any other value is unreadable."""

    def __init__(self, by_code: Mapping[object, Sets], unreadable: Sets) -> None:
        super().__init__(by_code)
        self._unreadable = unreadable

    def __missing__(self, _value: object) -> Sets:
        return self._unreadable


def _code_passes(spec: FactSpec, answers: _Answers) -> Callable[[Any], Sets]:
    by_code: dict[object, Sets] = {
        code: answers.to(_bits(one for one in answers.cells if one.holds(code))) for code in spec.codes
    }
    return _ByCode({**by_code, MISSING: answers.missing}, answers.unreadable).__getitem__


def _text_passes(spec: FactSpec, answers: _Answers) -> Callable[[Any], Sets]:
    whole, starts = _by_text(answers)
    none_holds = answers.none_holds

    def added(text: str) -> Sets:
        sets = none_holds | whole.get(text, 0)
        for length, by_start in starts:
            sets |= by_start.get(text[:length], 0)
        return sets

    passes = _each_passes if spec.type is FactType.TEXTS else _one_passes
    return passes(reader(spec), answers, added)


def _one_passes(
    readable: Callable[[object], bool], answers: _Answers, added: Callable[[str], Sets]
) -> Callable[[Any], Sets]:
    missing, unreadable = answers.missing, answers.unreadable
    answered: dict[str, Sets] = {}

    def passes(value: Any) -> Sets:
        if type(value) is not str:
            return missing if value is MISSING else unreadable
        sets = answered.get(value)
        if sets is not None:
            return sets
        if not readable(value):
            return unreadable
        sets = added(value)
        if len(answered) < _ANSWERS_KEPT:
            answered[value] = sets
        return sets

    return passes


def _each_passes(
    readable: Callable[[object], bool], answers: _Answers, added: Callable[[str], Sets]
) -> Callable[[Any], Sets]:
    missing, unreadable, none_holds = answers.missing, answers.unreadable, answers.none_holds

    def passes(values: Any) -> Sets:
        if not readable(values):
            return missing if values is MISSING else unreadable
        sets = none_holds
        for value in values:
            sets |= added(value)
        return sets

    return passes


def _by_text(answers: _Answers) -> tuple[Mapping[str, Sets], Sequence[tuple[int, Mapping[str, Sets]]]]:
    """What a whole text adds to the answer, and what its beginning adds, by the length of the beginning."""
    whole: dict[str, Sets] = defaultdict(int)
    starts: dict[int, dict[str, Sets]] = defaultdict(lambda: defaultdict(int))
    for cell in answers.cells:
        row = 1 << cell.row
        for text in (cell.compared,) if isinstance(cell.compared, str) else cell.compared:
            table = starts[len(text)] if cell.condition.operator is Operator.PREFIX else whole
            table[text] |= answers.held(row)
        for text in cell.open_for:
            whole[text] |= answers.opened(row)
    return _shared(whole), tuple((length, _shared(table)) for length, table in starts.items())


def _shared(by_text: Mapping[str, Sets]) -> dict[str, Sets]:
    """The same, with equal answers kept once: a long list says the same of all its values."""
    kept: dict[Sets, Sets] = {}
    return {text: kept.setdefault(sets, sets) for text, sets in by_text.items()}


def _number_passes(spec: FactSpec, answers: _Answers) -> Callable[[Any], Sets]:
    """Between two bounds that occur the answer is always the same, and on each bound: 2k+1 answers for k bounds."""
    minimum, maximum = spec.minimum, spec.maximum
    bounds = sorted({_plain(bound) for cell in answers.cells for bound in _bounds(cell)})
    by_span = [answers.to(holding) for holding in _by_span(answers.cells, bounds)]
    below, on = by_span[::2], by_span[1::2]
    bounds.append(inf)
    missing, unreadable = answers.missing, answers.unreadable

    def passes(value: Any) -> Sets:
        # `facts.reader` without the call: this is asked more often than anything else.
        if (type(value) is float or type(value) is int) and minimum <= value <= maximum:
            at = bisect_left(bounds, value)
            return on[at] if bounds[at] == value else below[at]
        return missing if value is MISSING else unreadable

    return passes


def _plain(bound: float) -> float:
    """As a float where that is the same number: two floats are compared faster than a float and an int."""
    return float(bound) if abs(bound) <= _EXACT and float(bound) == bound else bound


def _bounds(cell: Cell) -> tuple[float, ...]:
    return cell.compared if isinstance(cell.compared, tuple) else (cell.compared,)


def _by_span(cells: Sequence[Cell], bounds: Sequence[float]) -> Iterator[int]:
    """The rows that hold in each span, as bits: odd spans are a bound, even ones what lies between two."""
    on = {bound: 2 * number + 1 for number, bound in enumerate(bounds)}
    count = 2 * len(bounds) + 1
    turns = [0] * (count + 1)
    for cell in cells:
        first, end = _held(cell, on, count)
        turns[first] ^= 1 << cell.row
        turns[end] ^= 1 << cell.row
    holding = 0
    for turn in turns[:count]:
        holding ^= turn
        yield holding


def _held(cell: Cell, on: Mapping[float, int], count: int) -> tuple[int, int]:
    """The spans from the first to before the second, in which the condition holds."""
    places = [on[bound] for bound in _bounds(cell)]
    operator = cell.condition.operator
    if operator is Operator.LESS:
        return 0, places[0]
    if operator is Operator.AT_LEAST:
        return places[0], count
    return places[0], places[-1] + 1
