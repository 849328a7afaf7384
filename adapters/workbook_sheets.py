"""Sheets drawn: headers in two languages over their keys, text kept text, codes offered to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from adapters.workbook_cells import MOST_CHARACTERS, Cell, WorkbookInvalid
from adapters.workbook_layout import Layout
from port.diversion.table import Words

Value = str | int | float | bool | None

FIRST = 4
"""The first row of records, or of a lying sheet the first column: below or beside two titles and the key."""

_HEAD = PatternFill("solid", fgColor="DDE7F0")
_KEY = Font(color="7F7F7F", size=9)
_TEXT = "@"
"""The format under which a spreadsheet leaves alone what is typed: 0201 stays 0201."""

_SPARE = 200
"""Rows (or columns) beyond the last that offer codes too, for what an officer will add."""

_WIDE = 48
_NARROW = 22


def standing(
    workbook: Workbook,
    name: str,
    headers: Sequence[tuple[str, Words]],
    rows: Iterable[Sequence[Value]],
    *,
    numeric: frozenset[str] = frozenset(),
) -> Worksheet:
    """A sheet with a record in each row; columns of `numeric` keys are not formatted as text."""
    sheet: Worksheet = workbook.create_sheet(name)
    for column, (key, words) in enumerate(headers, start=1):
        for row, told in enumerate((words.zh, words.en, key), start=1):
            _head(sheet, row, column, told, is_key=row == FIRST - 1)
        dimension: Any = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = _WIDE if key.startswith(("note", "title", "case")) else _NARROW
        if key not in numeric:
            dimension.number_format = _TEXT
    for row, values in enumerate(rows, start=FIRST):
        for column, value in enumerate(values, start=1):
            _put(sheet, row, column, value)
    sheet.freeze_panes = f"B{FIRST}"
    return sheet


def lying(workbook: Workbook, layout: Layout, records: Iterable[Sequence[Value]]) -> Worksheet:
    """A sheet with a record in each column."""
    sheet: Worksheet = workbook.create_sheet(layout.name)
    for row, (key, words) in enumerate(layout.fields.items(), start=1):
        for column, told in enumerate((words.zh, words.en, key), start=1):
            _head(sheet, row, column, told, is_key=column == FIRST - 1)
    for letter in "ABC":
        sheet.column_dimensions[letter].width = _NARROW
    for column, values in enumerate(records, start=FIRST):
        dimension: Any = sheet.column_dimensions[get_column_letter(column)]
        dimension.width, dimension.number_format = _NARROW, _TEXT
        for row, value in enumerate(values, start=1):
            _put(sheet, row, column, value)
    sheet.freeze_panes = f"D{len(layout.fields)}"
    return sheet


def offer_down(sheet: Worksheet, column: int, codes: Iterable[str]) -> None:
    """Codes to choose from in a column."""
    letter = get_column_letter(column)
    _offer(sheet, f"{letter}{FIRST}:{letter}{sheet.max_row + _SPARE}", codes)


def offer_across(sheet: Worksheet, row: int, codes: Iterable[str]) -> None:
    """Codes to choose from in a row."""
    _offer(sheet, f"D{row}:{get_column_letter(sheet.max_column + _SPARE)}{row}", codes)


def _offer(sheet: Worksheet, cells: str, codes: Iterable[str]) -> None:
    offered = DataValidation(type="list", formula1=f'"{",".join(codes)}"', allow_blank=True, showErrorMessage=True)
    offered.add(cells)
    sheet.add_data_validation(offered)


def _head(sheet: Worksheet, row: int, column: int, told: str, *, is_key: bool) -> None:
    cell = sheet.cell(row, column, told)
    cell.fill = _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = _KEY if is_key else Font(bold=True)


def _put(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    if value is None:
        return
    cell: Any = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        if len(value) > MOST_CHARACTERS:
            place = Cell(sheet.title, row, column, value, "s")
            raise WorkbookInvalid([place.problem("is longer than a cell can be", "Shorten it, or export JSON.")])
        # Text is text, even where it begins like a formula.
        cell.data_type, cell.number_format = "s", _TEXT
