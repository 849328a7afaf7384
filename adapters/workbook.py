"""A ruleset and its tests out of an .xlsx workbook, every problem told by its cell.

`workbook_writing` makes the workbook.  What it wrote reads back as the very same ruleset, hash and all; what people
make of it in a spreadsheet is read if it can mean one thing only.  It loads openpyxl, so the serving process leaves it
to a child.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from adapters.workbook_cells import (
    Cell,
    Unreadable,
    WorkbookInvalid,
    read_flag,
    read_number,
    read_range,
    read_text,
    read_texts,
    refuse_odd,
)
from adapters.workbook_layout import (
    COLUMN_MARK,
    DEFAULT,
    LANES,
    LAYOUTS,
    LIST_MARK,
    LISTS,
    RISK,
    RULES,
    SITES,
    TESTS,
    Layout,
    find_condition,
)
from adapters.workbook_places import Places, located
from adapters.workbook_reading import Sheets, open_sheets
from adapters.workbook_records import Reading, Record
from events.types import Route
from port.diversion.checks import RulesetInvalid
from port.diversion.documents import Document
from port.diversion.documents_tests import read_tests
from port.diversion.facts import FactSpec, FactType
from port.diversion.loading import load
from port.diversion.sentence import ROUTE_WORDS
from port.diversion.table import ListKind, Operator

Told = dict[str, Any]
"""A part of a ruleset as JSON has it."""

_ROUTES = {
    word.lower(): route.value for route in Route for word in (route.value, ROUTE_WORDS[route].zh, ROUTE_WORDS[route].en)
}
_ESSENTIAL = (RULES, DEFAULT)


def read_workbook(body: bytes) -> Document:
    """The ruleset and tests of a workbook; WorkbookInvalid with all its problems, and nothing else, when it has none.

    Problems of cells hide those of sense: a table that cannot be read is not asked what it means.
    """
    sheets = open_sheets(body, frozenset(layout.name.lower() for layout in LAYOUTS))
    reading, places = Reading(), Places()
    written = _ruleset(reading, sheets, places=places)
    tests = [one for record in _records(reading, sheets, TESTS) if (one := _test(reading, record, places=places))]
    if reading.problems:
        raise WorkbookInvalid(reading.problems)
    read, problems = read_tests(tests)
    try:
        ruleset = load(json.dumps(written))
    except RulesetInvalid as refused:
        problems = (*refused.problems, *problems)
    if problems:
        raise WorkbookInvalid(located(problem, places, written=written) for problem in problems)
    return Document(ruleset, read)


def _ruleset(reading: Reading, sheets: Sheets, *, places: Places) -> Told:
    lists, values = _lists(reading, sheets, places=places)
    rows = [_row(reading, one, values=values, places=places) for one in _records(reading, sheets, RULES)]
    lanes = [_lane(reading, one, places=places) for one in _records(reading, sheets, LANES)]
    sites = [_site(reading, one, places=places) for one in _records(reading, sheets, SITES)]
    risk = [_term(reading, one, places=places) for one in _records(reading, sheets, RISK)]
    head = _default(reading, sheets, places=places)
    return {**head, "rows": rows, "lists": lists, "lanes": lanes, "sites": sites, "risk": risk}


def _records(reading: Reading, sheets: Sheets, layout: Layout) -> tuple[Record, ...]:
    rows = sheets.get(layout.name.lower())
    if rows is None:
        if layout in _ESSENTIAL:
            problem = Cell(layout.name, 1, 1, None, "n").problem(
                "there is no such sheet", "Export a ruleset to see it."
            )
            reading.problems.append(problem)
        return ()
    if not rows and layout not in _ESSENTIAL:
        return ()
    return reading.records(layout, rows)


def _default(reading: Reading, sheets: Sheets, *, places: Places) -> Told:
    records = _records(reading, sheets, DEFAULT)
    if not records:
        if not reading.problems:
            reading.problems.append(
                Cell(DEFAULT.name, 1, 4, None, "n").problem("says nothing", "Fill in its column D.")
            )
        return {}
    places.keep("default", records[0])
    for more in records[1:]:
        cell = next(iter(more.cells.values()))[0]
        reading.problems.append(cell.problem("is a second ruleset", "Keep one column."))
    return {
        "name": reading.value(records[0], "name", read_text),
        "title": _words(reading, records[0], "title"),
        "default": {
            "route": reading.value(records[0], "route", _route),
            "note": _words(reading, records[0], "note"),
        },
    }


def _row(reading: Reading, record: Record, *, values: Mapping[str, list[str]], places: Places) -> Told:
    when = []
    for key, cell in record.conditions:
        compared = reading.of_cell(cell, partial(_condition, key=key, values=values))
        if compared:
            when.append(compared)
            places.keep_condition(len(places.records["rows"]), cell, compared)
    row = reading.value(record, "id", read_text)
    places.keep("rows", record, name=row)
    route, note = reading.value(record, "route", _route), _words(reading, record, "note")
    return {"id": row, "route": route, "note": note, "when": when}


def _condition(cell: Cell, *, key: str, values: Mapping[str, list[str]]) -> Told:
    found = find_condition(key)
    assert found is not None
    spec, operator = found
    told = {"fact": spec.name, "operator": operator.value}
    text = cell.value.strip() if isinstance(cell.value, str) else ""
    if text.startswith(LIST_MARK):
        return {**told, "list": text[len(LIST_MARK) :].strip()}
    if text.startswith(COLUMN_MARK) and operator in (Operator.PREFIX, Operator.IN):
        if text not in values:
            raise Unreadable(cell.problem(f"the Lists sheet has no column {text[:32]!r}", "Name one that is there."))
        return {**told, "value": values[text]}
    return {**told, "value": _operand(cell, spec, operator)}


def _operand(cell: Cell, spec: FactSpec, operator: Operator) -> object:
    if spec.type is FactType.FLAG:
        return read_flag(cell)
    if spec.type is FactType.NUMBER:
        return read_range(cell) if operator is Operator.BETWEEN else read_number(cell)
    if spec.list_kind is ListKind.HS_PREFIX and not isinstance(cell.value, str):
        return [_hs_code(cell)] if operator in (Operator.PREFIX, Operator.IN) else _hs_code(cell)
    return read_texts(cell) if operator in (Operator.PREFIX, Operator.IN) else read_text(cell)


def _hs_code(cell: Cell) -> str:
    """A code that was typed as a number.  An odd one has lost its zero: chapters have two digits, the rest pairs."""
    refuse_odd(cell)
    if cell.kind == "n" and isinstance(cell.value, int) and not isinstance(cell.value, bool):
        digits = str(cell.value)
        if len(digits) % 2 == 0 and cell.value > 0:
            return digits
    raise Unreadable(cell.problem("is no HS code", "Format the cell as text and type the code with all its zeros."))


def _lists(reading: Reading, sheets: Sheets, *, places: Places) -> tuple[list[Told], dict[str, list[str]]]:
    """The named lists, and the columns that hold the values of a single condition."""
    lists: list[Told] = []
    columns: dict[str, list[str]] = {}
    for record in _records(reading, sheets, LISTS):
        name = reading.value(record, "name", read_text)
        kind = reading.value(record, "kind", _kind, is_required=False)
        read = _hs_value if kind == ListKind.HS_PREFIX else read_text
        told = [(cell, reading.of_cell(cell, read)) for cell in record.cells.get("values", ())]
        values = [value for _, value in told if value is not None]
        if name is not None and name.startswith(COLUMN_MARK):
            columns[name] = values
            continue
        places.keep("lists", record, name=name)
        title = _words(reading, record, "title")
        lists.append({"name": name, "title": title, "values": values, "kind": kind})
    return lists, columns


def _hs_value(cell: Cell) -> str:
    return read_text(cell) if isinstance(cell.value, str) else _hs_code(cell)


def _lane(reading: Reading, record: Record, *, places: Places) -> Told:
    route = reading.value(record, "route", _route)
    places.keep("lanes", record, name=route)
    rates = {
        key: reading.value(record, key, read_number, is_required=key == "minimum_random_rate")
        for key in ("minimum_random_rate", "expected_rate", "top_up_from")
    }
    return {"route": route, **rates}


def _site(reading: Reading, record: Record, *, places: Places) -> Told:
    code = reading.value(record, "code", read_text)
    places.keep("sites", record, name=code)
    return {
        "code": code,
        "title": _words(reading, record, "title"),
        "kinds": [_ROUTES.get(one.strip().lower(), one) for one in reading.value(record, "kinds", read_texts) or ()],
        "bays": reading.value(record, "bays", read_number, is_required=False),
        "capacity_per_hour": reading.value(record, "capacity_per_hour", read_number, is_required=False),
        "dangerous_goods_classes": reading.value(record, "dangerous_goods_classes", _classes, is_required=False) or [],
        "reefer_plugs": reading.value(record, "reefer_plugs", read_number, is_required=False) or 0,
    }


def _classes(cell: Cell) -> list[str]:
    """Classes: 3 and 2.1 are as good as numbers, because none ends in a zero."""
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool) and cell.kind == "n":
        return [str(cell.value)]
    return read_texts(cell)


def _term(reading: Reading, record: Record, *, places: Places) -> Told:
    fact = reading.value(record, "fact", read_text)
    places.keep("risk", record, name=fact)
    missing = reading.value(record, "missing", read_number, is_required=False)
    return {"fact": fact, "weight": reading.value(record, "weight", read_number), "missing": missing or 0.0}


def _test(reading: Reading, record: Record, *, places: Places) -> Told:
    test = reading.value(record, "id", read_text)
    places.keep("tests", record, name=test)
    parts = [reading.of_cell(cell, _raw) for cell in record.cells.get("case", ())]
    told: Told = {"id": test, "title": _words(reading, record, "title"), "expect": {}}
    if not parts:
        reading.problems.append(record.place("case"))
    elif None not in parts:
        case = "".join(part for part in parts if part is not None)
        told["case"] = reading.of_cell(record.cells["case"][0], lambda cell: _json(cell, case))
    draws = reading.value(record, "draws", lambda cell: _json(cell, _raw(cell)), is_required=False)
    row = reading.value(record, "row", read_text, is_required=False)
    told["expect"]["route"] = reading.value(record, "route", _route)
    return {**told, "expect": told["expect"] | ({"row": row} if row else {}), **({"draws": draws} if draws else {})}


def _words(reading: Reading, record: Record, name: str) -> Told:
    return {language: reading.value(record, f"{name}_{language}", read_text) for language in ("zh", "en")}


def _route(cell: Cell) -> str:
    said = " ".join(read_text(cell).split()).lower()
    if said not in _ROUTES:
        raise Unreadable(cell.problem(f"{said[:32]!r} is no route", f"Use one of {', '.join(Route)}."))
    return _ROUTES[said]


def _kind(cell: Cell) -> str:
    said = read_text(cell).strip().upper()
    if said not in ListKind.__members__:
        raise Unreadable(cell.problem(f"{said[:32]!r} is no kind of list", f"Use {', '.join(ListKind)}, or leave it."))
    return said


def _raw(cell: Cell) -> str:
    """Text as it stands: a piece of JSON may look like a text in double quotes."""
    refuse_odd(cell)
    return str(cell.value)


def _json(cell: Cell, text: str) -> Any:  # JSON has no narrower type
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unreadable(cell.problem("is not JSON", "Copy it from a test that was exported.")) from None


def _no_constant(name: str) -> None:
    raise ValueError(name)
