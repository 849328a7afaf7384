"""The records of a sheet: its headers found, and under each record's keys the cells that hold something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from adapters.workbook_cells import Cell, CellProblem, Unreadable, missing, read_text
from adapters.workbook_layout import Layout, find_condition

T = TypeVar("T")

_HEADERS_WITHIN = 10
"""Rows, or columns of a lying sheet, in which the keys are looked for."""


class Record(NamedTuple):
    """One row (or column, of a lying sheet).  `at` is its number, `columns` where each key stands."""

    layout: Layout
    at: int
    keys: Mapping[str, int]
    cells: Mapping[str, tuple[Cell, ...]]
    conditions: tuple[tuple[str, Cell], ...]

    def place(self, key: str) -> CellProblem:
        """Where this key's value should stand, and does not."""
        column = self.keys.get(key, 1)
        row, column = (column, self.at) if self.layout.is_lying else (self.at, column)
        return missing(self.layout.name, row, column)


class Reading:
    """What a workbook says, and the problems met on the way."""

    def __init__(self) -> None:
        self.problems: list[CellProblem] = []

    def value(self, record: Record, key: str, read: Callable[[Cell], T], *, is_required: bool = True) -> T | None:
        """The value of a record; None where there is none, which is a problem when it is required."""
        cells = record.cells.get(key)
        if not cells:
            if is_required:
                self.problems.append(record.place(key))
            return None
        return self.of_cell(cells[0], read)

    def of_cell(self, cell: Cell, read: Callable[[Cell], T]) -> T | None:
        """What one cell says, None when that cannot be read."""
        try:
            return read(cell)
        except Unreadable as unreadable:
            self.problems.append(unreadable.problem)
            return None

    def records(self, layout: Layout, rows: Sequence[Sequence[Cell]]) -> tuple[Record, ...]:
        """The records of a sheet from its rows; () when it has no headers, or none below them."""
        lines = _turned(rows) if layout.is_lying else rows
        found = _find_header(layout, lines)
        if found is None:
            words = ", ".join(layout.required)
            problem = Cell(layout.name, 1, 1, None, "n").problem(
                f"no {'column' if layout.is_lying else 'row'} has the headers {words}",
                "Export a ruleset and fill its sheets in.",
            )
            self.problems.append(problem)
            return ()
        keys = self._keys(layout, lines[found])
        by_key = {key: at for at, key in reversed(list(keys.items()))}
        return tuple(self._record(layout, line, keys=keys, by_key=by_key) for line in lines[found + 1 :])

    def _keys(self, layout: Layout, header: Sequence[Cell]) -> Mapping[int, str]:
        """The key of each column, or of each row of a lying sheet."""
        keys: dict[int, str] = {}
        for cell in header:
            key = _key(cell)
            is_twice = key in keys.values() and key not in layout.repeated
            if (key in layout.fields and not is_twice) or (layout.name == "Rules" and find_condition(key)):
                keys[_across(layout, cell)] = key
            else:
                what = "stands there twice" if is_twice else "is no header of this sheet"
                self.problems.append(cell.problem(f"{key[:64]!r} {what}", _fix(layout)))
        return keys

    def _record(
        self, layout: Layout, line: Sequence[Cell], *, keys: Mapping[int, str], by_key: Mapping[str, int]
    ) -> Record:
        cells: dict[str, list[Cell]] = defaultdict(list)
        conditions = []
        rest = max((at for at, key in keys.items() if key == "values"), default=None) if layout.is_lying else None
        for cell in line:
            at = _across(layout, cell)
            key = keys.get(at, "values" if rest is not None and at > rest else "")
            if not key:
                self.problems.append(cell.problem("stands under no header", "Give its column a header or empty it."))
            elif key in layout.fields:
                cells[key].append(cell)
            else:
                conditions.append((key, cell))
        number = line[0].column if layout.is_lying else line[0].row
        told = {key: tuple(some) for key, some in cells.items()}
        return Record(layout, number, by_key, told, tuple(conditions))


def _fix(layout: Layout) -> str:
    more = ", or a fact and an operator as in hs_code prefix" if layout.name == "Rules" else ""
    return f"Use {', '.join(layout.fields)}{more}."


def _turned(rows: Iterable[Sequence[Cell]]) -> list[list[Cell]]:
    columns: dict[int, list[Cell]] = defaultdict(list)
    for row in rows:
        for cell in row:
            columns[cell.column].append(cell)
    return [columns[number] for number in sorted(columns)]


def _find_header(layout: Layout, lines: Sequence[Sequence[Cell]]) -> int | None:
    """The first line that has most of the keys, all those required among them: titles may be spelt like keys too."""
    best, most = None, 0
    for number, line in enumerate(lines[:_HEADERS_WITHIN]):
        keys = {_key(cell) for cell in line}
        known = len(keys & set(layout.fields))
        if set(layout.required) <= keys and known > most:
            best, most = number, known
    return best


def _key(cell: Cell) -> str:
    try:
        return " ".join(read_text(cell).split()).lower()
    except Unreadable:
        return str(cell.value)


def _across(layout: Layout, cell: Cell) -> int:
    return cell.row if layout.is_lying else cell.column
