"""The cells of a workbook out of its bytes, opened so that no file can do more than be refused.

openpyxl reads names, strings and formats; the rows are taken from its row parser one by one, because its sheets unfold
what a file only claims: a merge of a million cells, a last row far below the first.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import iterparse
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from openpyxl import Workbook
from openpyxl.reader.excel import ExcelReader
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

from adapters.workbook_cells import Cell, CellProblem, WorkbookInvalid, is_blank

MOST_BYTES = 10_000_000
MOST_UNPACKED = 64_000_000
MOST_PARTS = 500
MOST_CELLS = 400_000
MOST_ROWS = 200_000
"""Of one sheet, empty ones above the last included."""

_BROKEN = (
    BadZipFile, zlib.error, OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, AttributeError,
    ArithmeticError, AssertionError, RuntimeError, MemoryError,
)  # fmt: skip
"""What openpyxl raises on files that are none, beside the ElementTree's ParseError, which is a SyntaxError."""

_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))

Sheets = Mapping[str, tuple[tuple[Cell, ...], ...]]
"""By name in small letters: the rows that hold something, from the top, and in each the cells that do."""


def open_sheets(body: bytes, names: frozenset[str]) -> Sheets:
    """The sheets of these names (in small letters), hidden or not; WorkbookInvalid when the file is no workbook."""
    _refuse_bombs(body)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = _Reader(BytesIO(body), read_only=True, keep_links=False)
            reader.read()
            return dict(_sheets(reader.wb, names))
    except WorkbookInvalid:
        raise
    except _BROKEN as broken:
        raise _refused(
            f"cannot be read ({type(broken).__name__})", "Open it in a spreadsheet and save it anew."
        ) from None


def _refused(message: str, fix: str) -> WorkbookInvalid:
    return WorkbookInvalid([CellProblem("file", "xlsx", message, "file", fix)])


def _refuse_bombs(body: bytes) -> None:
    """What the archive says it holds bounds what can come out of it; ZipFile reads no further."""
    if len(body) > MOST_BYTES:
        raise _refused(f"is larger than {MOST_BYTES:,} bytes", "Leave pictures and other sheets out.")
    try:
        with ZipFile(BytesIO(body)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise _refused("unpacks to more than a ruleset can be", "Leave pictures and other sheets out.")
            if any(part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
                raise _refused("is locked or packed in an unusual way", "Save it as .xlsx without a password.")
            for part in parts:
                told = archive.read(part)
                if any(mark in told for mark in _DOCTYPES):
                    raise _refused("declares a document type", "Open it in a spreadsheet and save it anew.")
    except WorkbookInvalid:
        raise
    except _BROKEN:
        raise _refused("is no .xlsx workbook", "Save it as .xlsx, without a password.") from None


def _sheets(workbook: Workbook, names: frozenset[str]) -> Iterator[tuple[str, tuple[tuple[Cell, ...], ...]]]:
    left = MOST_CELLS
    for sheet in workbook.worksheets:
        name = sheet.title.strip().lower()
        if name in names and isinstance(sheet, ReadOnlyWorksheet):
            rows = []
            for count, row in _rows(workbook, sheet):
                left -= count
                if left < 0:
                    raise _refused(f"has more than {MOST_CELLS:,} cells", "Delete the empty rows and columns.")
                if row:
                    rows.append(row)
            yield name, tuple(rows)


class _Reader(ExcelReader):
    """openpyxl's, without charts."""

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:  # its own signature
        """Passed over: a ruleset has none."""


class _Rows(WorkSheetParser):
    """openpyxl's, without moving shared formulas about: a formula is refused wherever it stands."""

    def parse_formula(self, element: Any) -> str:  # its own signature
        return "="


def _rows(workbook: Any, sheet: Any) -> Iterator[tuple[int, tuple[Cell, ...]]]:  # openpyxl's private parts
    """Each row told in the file: how many cells, and those that hold something."""
    with sheet._get_source() as source:  # the only way to the rows as they stand in the file
        parser: Any = _Rows(
            source,
            sheet._shared_strings,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,
            timedelta_formats=workbook._timedelta_formats,
        )
        last = 0
        for _, element in iterparse(source):
            if element.tag == ROW_TAG:
                number, told = parser.parse_row(element)
                element.clear()
                if not last < number <= MOST_ROWS:
                    raise _refused(
                        f"{sheet.title}: row {number} stands out of order or below row {MOST_ROWS:,}",
                        "Delete the empty rows and save it anew.",
                    )
                last = number
                cells = (Cell(sheet.title, number, one["column"], one["value"], one["data_type"]) for one in told)
                yield len(told) + 1, tuple(cell for cell in cells if cell.kind == "f" or not is_blank(cell.value))
