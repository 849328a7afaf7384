"""From what is wrong with a ruleset back to the cell it was read from."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from adapters.workbook_cells import Cell, CellProblem, Unreadable, read_text
from adapters.workbook_layout import DEFAULT, LAYOUTS
from adapters.workbook_records import Record
from port.diversion.checks import Problem, problems_of_row
from port.diversion.table import NamedList, Row

_NUMBERED = re.compile(r"(rows|lists|lanes|sites|risk|tests) ([0-9]+)(?: \(.*\))?", re.DOTALL)
_PARTS = frozenset({"lists", "lanes", "sites", "risk", "tests", "default"})
_BY_MESSAGE = {
    "the random rate": "minimum_random_rate",
    "the expected rate": "expected_rate",
    "the top-up": "top_up_from",
    "a top-up": "top_up_from",
    "serves": "kinds",
    "the weight": "weight",
    "weight and": "weight",
    "a weight": "weight",
    "what is missing": "missing",
}
"""How a message begins that is about another field than the one its part is named by."""

_NAMED_BY = {"rows": "id", "lists": "name", "lanes": "route", "sites": "code", "risk": "fact", "tests": "id"}
_SHEETS = {"rows": "Rules"} | {layout.name.lower(): layout.name for layout in LAYOUTS}


class Places:
    """Which record each part of the ruleset came from, and which cell each condition."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = defaultdict(list)
        self.names: dict[tuple[str, str], int] = {}
        self.conditions: dict[int, list[tuple[Cell, dict[str, Any]]]] = defaultdict(list)

    def keep(self, part: str, record: Record, *, name: str | None = None) -> None:
        """The next record of a part; of several with one name the last is meant."""
        if name is not None:
            self.names[part, name] = len(self.records[part])
        self.records[part].append(record)

    def keep_condition(self, row: int, cell: Cell, condition: dict[str, Any]) -> None:
        """The cell of one condition, as JSON has it, of a row counted from 0."""
        self.conditions[row].append((cell, condition))


def located(problem: Problem, places: Places, *, written: Mapping[str, Any]) -> CellProblem:
    """The problem with the cell it is about, or the corner of the sheet where no single cell is."""
    part, number = _record_of(problem, places)
    cell = _cell(problem, part, number, places=places, written=written)
    fix = "" if cell.value is not None else "Fill it in."
    return CellProblem(problem.row, problem.column, problem.message, cell.place, fix)


def _record_of(problem: Problem, places: Places) -> tuple[str, int | None]:
    numbered = _NUMBERED.fullmatch(problem.row)
    if numbered:
        return numbered[1], int(numbered[2]) - 1
    if ("rows", problem.row) in places.names and (problem.row, problem.column) not in places.names:
        return "rows", places.names["rows", problem.row]
    if problem.row in _PARTS:
        return problem.row, places.names.get((problem.row, problem.column), 0 if problem.row == "default" else None)
    return ("rows", None) if problem.row == "rows" else ("default", 0)


def _cell(problem: Problem, part: str, number: int | None, *, places: Places, written: Mapping[str, Any]) -> Cell:
    records = places.records.get(part, [])
    if number is None or number >= len(records):
        return Cell(_SHEETS.get(part, DEFAULT.name), 1, 1, "", "s")
    if part == "rows":
        condition = _condition(problem, number, places=places, written=written)
        if condition is not None:
            return condition
    record, field = records[number], _field(problem, part)
    cells = record.cells.get("values" if part == "lists" and field == "name" else field, ())
    for cell in reversed(cells):
        if part != "lists" or _is_told(cell, problem.message):
            return cell
    return next(iter(record.cells.get(field, ())), None) or _empty(record, field)


def _is_told(cell: Cell, message: str) -> bool:
    try:
        return repr(read_text(cell)) in message
    except Unreadable:
        return False


def _empty(record: Record, field: str) -> Cell:
    at = record.keys.get(field, min(record.keys.values(), default=1))
    row, column = (at, record.at) if record.layout.is_lying else (record.at, at)
    return Cell(record.layout.name, row, column, None, "n")


def _field(problem: Problem, part: str) -> str:
    path = problem.column.split(".")
    if part == "tests":
        return {"expect": path[-1], "title": f"title_{path[-1]}"}.get(path[0], path[0])
    for begins, field in _BY_MESSAGE.items():
        if problem.message.startswith(begins) and part in ("lanes", "sites", "risk"):
            return field
    if path[0] in ("title", "note") and len(path) > 1:
        return f"{path[0]}_{path[1]}"
    if not _NUMBERED.fullmatch(problem.row) and part not in ("rows", "default"):
        return _NAMED_BY[part]
    return path[0]


def _condition(problem: Problem, number: int, *, places: Places, written: Mapping[str, Any]) -> Cell | None:
    """The row's cell with this fact; of several the one that has this problem."""
    cells = [(cell, told) for cell, told in places.conditions[number] if told["fact"] == problem.column]
    for cell, told in cells:
        try:
            row = Row.model_validate_json(json.dumps({**written["rows"][number], "when": [told]}))
            lists = tuple(NamedList.model_validate_json(json.dumps(one)) for one in written["lists"])
        except ValidationError:
            continue
        if any(found.message == problem.message for found in problems_of_row(row, lists)):
            return cell
    return cells[0][0] if cells else None
