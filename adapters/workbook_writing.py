"""A ruleset and its tests as an .xlsx workbook that `workbook` reads back as the very same."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from adapters.workbook_cells import (
    ESCAPE,
    MOST_CHARACTERS,
    Cell,
    WorkbookInvalid,
    written_number,
    written_range,
    written_text,
    written_texts,
)
from adapters.workbook_layout import (
    COLUMN_MARK,
    DEFAULT,
    FACTS_SHEET,
    LANES,
    LIST_MARK,
    LISTS,
    OPERATOR_WORDS,
    RISK,
    RULES,
    SITES,
    TESTS,
    Layout,
    condition_key,
)
from adapters.workbook_sheets import Value, lying, offer_across, offer_down, standing
from events.types import Route
from port.diversion.documents import Document
from port.diversion.facts import CATALOGUE, FactType, find_fact
from port.diversion.table import Condition, ListKind, Operator, Row, Ruleset, Words

_PIECE = 16_000
"""Characters of JSON in one cell, each of which a spreadsheet may count twice."""

_MOST_COLUMNS = 16_000
_EXACT = 2**53


def write_workbook(document: Document) -> bytes:
    """The workbook; WorkbookInvalid where a text is longer than a cell can be."""
    workbook = Workbook()
    del workbook["Sheet"]
    ruleset = document.ruleset
    long: dict[str, Sequence[str]] = {}
    _rules(workbook, ruleset, long=long)
    _lists(workbook, ruleset, long=long)
    _lanes(workbook, ruleset)
    _sites(workbook, ruleset)
    _risk(workbook, ruleset)
    default = ruleset.default
    lying(
        workbook,
        DEFAULT,
        [[written_text(ruleset.name), *_words(ruleset.title), default.route.value, *_words(default.note)]],
    )
    _tests(workbook, document)
    _facts(workbook)
    body = BytesIO()
    workbook.save(body)
    return body.getvalue()


def _rules(workbook: Workbook, ruleset: Ruleset, *, long: dict[str, Sequence[str]]) -> None:
    """Conditions have a column per fact and operator, in an order that is every row's own."""
    columns, places = _columns(ruleset.rows)
    if len(columns) > _MOST_COLUMNS:
        problem = Cell(RULES.name, 1, 1, "", "s").problem("needs more columns than there are", "Export JSON instead.")
        raise WorkbookInvalid([problem])
    keys = ["id", *columns, "route", "note_zh", "note_en"]
    told = []
    for number, row in enumerate(ruleset.rows):
        cells: list[Value] = [row.id, *[None] * len(columns), row.route.value, *_words(row.note)]
        for condition, at in zip(row.when, places[number], strict=True):
            cells[1 + at] = _operand(condition, long)
        told.append(cells)
    numeric = frozenset(key for key in columns if _is_numeric(key))
    sheet = standing(workbook, RULES.name, [(key, _title(key)) for key in keys], told, numeric=numeric)
    offer_down(sheet, keys.index("route") + 1, Route)


def _columns(rows: Sequence[Row]) -> tuple[list[str], list[list[int]]]:
    """The keys of the columns, and for each row which of them its conditions stand in, from left to right.

    A row finds its conditions among the columns there are, each to the right of the one before.  What it does not find
    becomes a new column: the last, or one in between where the row has still to come to others.
    """
    order: list[int] = []
    keys: list[str] = []
    taken: list[list[int]] = []
    for row in rows:
        asked = [condition_key(one.fact, one.operator) for one in row.when]
        at, mine = 0, []
        for number, key in enumerate(asked):
            left = [keys[column] for column in order[at:]]
            if key in left:
                at += left.index(key)
            else:
                at += min((left.index(later) for later in asked[number + 1 :] if later in left), default=len(left))
                order.insert(at, len(keys))
                keys.append(key)
            mine.append(order[at])
            at += 1
        taken.append(mine)
    place = {column: number for number, column in enumerate(order)}
    return [keys[column] for column in order], [[place[column] for column in mine] for mine in taken]


def _title(key: str) -> Words:
    if key in RULES.fields:
        return RULES.fields[key]
    fact, _, operator = key.partition(" ")
    spec, words = find_fact(fact), OPERATOR_WORDS[Operator(operator)]
    zh, en, unit = (spec.zh, spec.en, spec.unit) if spec else (fact, fact, "")
    told = f" ({unit})" if unit else ""
    return Words(zh=f"{zh}{told} {words.zh}", en=f"{en}{told} {words.en}")


def _is_numeric(key: str) -> bool:
    spec = find_fact(key.partition(" ")[0])
    return spec is not None and spec.type in (FactType.NUMBER, FactType.FLAG)


def _operand(condition: Condition, long: dict[str, Sequence[str]]) -> Value:
    value = condition.value
    if condition.list_name is not None:
        return LIST_MARK + condition.list_name
    if isinstance(value, tuple):
        return _several(value, long)
    if isinstance(value, str):
        return written_texts([value])
    return value if value is None or isinstance(value, bool) else written_number(value)


def _several(values: tuple[float, float] | tuple[str, ...], long: dict[str, Sequence[str]]) -> str:
    numbers = [one for one in values if not isinstance(one, str)]
    if numbers:
        return written_range(*numbers)
    texts = [one for one in values if isinstance(one, str)]
    told = written_texts(texts)
    if len(told) <= MOST_CHARACTERS:
        return told
    name = f"{COLUMN_MARK}{len(long) + 1}"
    long[name] = texts
    return name


def _lists(workbook: Workbook, ruleset: Ruleset, *, long: Mapping[str, Sequence[str]]) -> None:
    columns: list[list[Value]] = [
        [one.name, one.kind and one.kind.value, *_words(one.title), *map(written_text, one.values)]
        for one in ruleset.lists
    ]
    columns += [[name, None, None, None, *map(written_text, texts)] for name, texts in long.items()]
    offer_across(lying(workbook, LISTS, columns), 2, ListKind)


def _lanes(workbook: Workbook, ruleset: Ruleset) -> None:
    rows = (
        [lane.route.value, *map(_number, (lane.minimum_random_rate, lane.expected_rate, lane.top_up_from))]
        for lane in ruleset.lanes
    )
    offer_down(standing(workbook, LANES.name, _headers(LANES), rows, numeric=frozenset(LANES.fields)), 1, Route)


def _sites(workbook: Workbook, ruleset: Ruleset) -> None:
    rows = (
        [
            written_text(site.code),
            *_words(site.title),
            written_texts(kind.value for kind in site.kinds),
            _number(site.bays),
            _number(site.capacity_per_hour),
            written_texts(site.dangerous_goods_classes) or None,
            _number(site.reefer_plugs),
        ]
        for site in ruleset.sites
    )
    numeric = frozenset({"bays", "capacity_per_hour", "reefer_plugs"})
    standing(workbook, SITES.name, _headers(SITES), rows, numeric=numeric)


def _risk(workbook: Workbook, ruleset: Ruleset) -> None:
    rows = ([term.fact, _number(term.weight), _number(term.missing)] for term in ruleset.risk)
    standing(workbook, RISK.name, _headers(RISK), rows, numeric=frozenset({"weight", "missing"}))


def _headers(layout: Layout) -> list[tuple[str, Words]]:
    return list(layout.fields.items())


def _number(number: float | None) -> Value:
    """A number of a field that is one whether it is written with a point or not."""
    if number is None:
        return None
    is_whole = abs(number) < _EXACT and float(number).is_integer() and math.copysign(1, number) > 0
    return int(number) if is_whole else written_number(number)


def _tests(workbook: Workbook, document: Document) -> None:
    told = [test.to_json() for test in document.tests]
    cases = [_pieces(test["case"]) for test in told]
    keys = ["id", "title_zh", "title_en", "route", "row", "draws"]
    keys += ["case"] * max((len(pieces) for pieces in cases), default=1)
    rows: list[list[Value]] = []
    for test, pieces in zip(told, cases, strict=True):
        expect, draws = test["expect"], test.get("draws")
        words = [written_text(test["title"][language]) for language in ("zh", "en")]
        row = None if expect.get("row") is None else written_text(expect["row"])
        drawn = "".join(_pieces(draws)) if draws else None
        rows.append([test["id"], *words, expect["route"], row, drawn, *pieces])
    offer_down(standing(workbook, TESTS.name, [(key, TESTS.fields[key]) for key in keys], rows), 4, Route)


def _pieces(told: Any) -> list[str]:  # JSON has no narrower type
    text = ESCAPE.sub(lambda found: f"\\u005f{found[0][1:]}", json.dumps(told))
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def _facts(workbook: Workbook) -> None:
    """What conditions may ask of, for whoever fills the workbook in."""
    sheet: Worksheet = workbook.create_sheet(FACTS_SHEET)
    sheet.append(["fact", "中文", "English", "of", "type", "unit", "codes"])
    for spec in CATALOGUE:
        codes = ", ".join(spec.codes) or None
        sheet.append([spec.name, spec.zh, spec.en, spec.level.value, spec.type.value, spec.unit or None, codes])
    for number, width in enumerate((28, 24, 36, 14, 10, 8, 48), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"


def _words(words: Words) -> tuple[str, str]:
    return written_text(words.zh), written_text(words.en)
