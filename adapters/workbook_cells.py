"""One cell of a workbook: what it holds, as the value a table has, and what is wrong with it, told by its place."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from openpyxl.utils import get_column_letter

from port.diversion.checks import Problem, RulesetInvalid


@dataclass(frozen=True, slots=True)
class CellProblem(Problem):
    """A problem with its cell, as in Rules!C7, and what to do about it."""

    cell: str = ""
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.cell}: {self.message}. {self.fix}".rstrip()


class WorkbookInvalid(RulesetInvalid):
    """A workbook that holds no ruleset, or one that makes no sense; `problems` are CellProblems."""


class Cell(NamedTuple):
    """One cell that holds something.  `kind` is openpyxl's: s text, n number, b flag, d date, f formula, e error."""

    sheet: str
    row: int
    column: int
    value: object
    kind: str

    @property
    def place(self) -> str:
        """As in Rules!C7."""
        return f"{self.sheet}!{get_column_letter(self.column)}{self.row}"

    def problem(self, message: str, fix: str = "") -> CellProblem:
        """What is wrong here."""
        return CellProblem(self.sheet, get_column_letter(self.column), message, self.place, fix)


class Unreadable(Exception):
    """A cell that does not hold what its column asks for."""

    def __init__(self, problem: CellProblem) -> None:
        self.problem = problem
        super().__init__(str(problem))


MOST_CHARACTERS = 32_767
"""Of one cell, in spreadsheets themselves."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_DIGITS = 400
"""Digits of the longest number that is looked at; a float has 309 before its point."""
_SEPARATORS = re.compile(r"[;；,，、\n]")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ODD = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff"
"""Characters that XML has not, or that a spreadsheet makes another of."""

_PLAIN = re.compile(rf"""[^\s{_ODD}@#="'+;；,，、\\-][^{_ODD}";；,，、\\]*""")
_FREE = re.compile(rf"""[^\s{_ODD}=+@"'-][^{_ODD}]*""")
ESCAPE = re.compile(r"_x[0-9A-Fa-f]{4}_")
"""What spreadsheets read as one character, by its number."""

_SPACES = re.compile(r"[ \t\r]*")
_RANGE = re.compile(r"\s*(?:\.\.|…|~|～|至)\s*")
_YES = frozenset({"true", "yes", "是"})
_NO = frozenset({"false", "no", "否"})
_EXACT = 2**53
_EMPTY_FIX = "Fill it in; of merged cells only the first one counts."


def is_blank(value: object) -> bool:
    """Nothing, or nothing but spaces."""
    return value is None or (isinstance(value, str) and not value.strip())


def missing(sheet: str, row: int, column: int) -> CellProblem:
    """A cell that must hold something."""
    return Cell(sheet, row, column, None, "n").problem("must not be empty", _EMPTY_FIX)


def refuse_odd(cell: Cell) -> None:
    """Formulas, errors and dates are no values, whatever they show."""
    if cell.kind == "f":
        raise Unreadable(cell.problem("is a formula", "Copy the cell and paste it as a value."))
    if cell.kind == "e":
        raise Unreadable(cell.problem(f"is the error {str(cell.value)[:16]}", "Put the value itself there."))
    if isinstance(cell.value, (datetime, date, time, timedelta)):
        raise Unreadable(cell.problem("is a date or a time", "Format the cell as text and type the value again."))
    if isinstance(cell.value, str) and len(cell.value) > MOST_CHARACTERS:
        raise Unreadable(cell.problem(f"is longer than {MOST_CHARACTERS:,} characters", "Shorten it, or use a list."))


def read_text(cell: Cell) -> str:
    """The text of a cell; Unreadable for anything else, a number too: who knows what zeros it has lost."""
    refuse_odd(cell)
    if isinstance(cell.value, str):
        return _unquoted(cell, cell.value)
    raise Unreadable(cell.problem("must be a text", "Format the cell as text and type it again."))


def read_number(cell: Cell) -> int | float:
    """The number of a cell, also one typed as text."""
    refuse_odd(cell)
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
        if math.isfinite(cell.value):
            return cell.value
    elif isinstance(cell.value, str):
        return _number(cell, cell.value)
    raise Unreadable(_no_number(cell))


def read_range(cell: Cell) -> list[int | float]:
    """Two numbers, as in 0.5 .. 2."""
    text = read_text(cell)
    parts = _RANGE.split(text.strip())
    if len(parts) != 2:
        raise Unreadable(cell.problem("must be two numbers, from and to", "Write them as in 0.5 .. 2."))
    return [_number(cell, part) for part in parts]


def read_flag(cell: Cell) -> bool:
    """TRUE or FALSE, also in words."""
    refuse_odd(cell)
    if isinstance(cell.value, bool):
        return cell.value
    said = unicodedata.normalize("NFKC", cell.value).strip().lower() if isinstance(cell.value, str) else ""
    if said in _YES or said in _NO:
        return said in _YES
    raise Unreadable(cell.problem("must be TRUE or FALSE", "Write TRUE or FALSE."))


def read_texts(cell: Cell) -> list[str]:
    """Several texts in one cell, between semicolons; one that holds a separator stands in double quotes."""
    refuse_odd(cell)
    if not isinstance(cell.value, str):
        return [read_text(cell)]
    return list(_texts(cell, cell.value))


def written_text(text: str) -> str:
    """The text as a cell keeps it: in double quotes, as JSON has them, where a spreadsheet would make it another."""
    return text if _is_plain(_FREE, text) else _quoted(text)


def written_texts(texts: Iterable[str]) -> str:
    """Several texts for one cell; `read_texts` gets them back."""
    return "; ".join(text if _is_plain(_PLAIN, text) else _quoted(text) for text in texts)


def written_number(number: float) -> int | float | str:
    """The number, as a text where a spreadsheet would round it or forget whether it had a decimal point."""
    is_kept = abs(number) < _EXACT if isinstance(number, int) else _is_kept(number)
    return number if is_kept else json.dumps(number)


def written_range(low: float, high: float) -> str:
    """Two numbers for one cell; `read_range` gets them back."""
    return f"{json.dumps(low)} .. {json.dumps(high)}"


def _is_kept(number: float) -> bool:
    """Does openpyxl write all its digits, and not as a whole number?"""
    return not number.is_integer() and float(f"{number:.16g}") == number


def _is_plain(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None and not text[-1].isspace() and not ESCAPE.search(text)


def _quoted(text: str) -> str:
    return ESCAPE.sub(lambda found: f"\\u005f{found[0][1:]}", json.dumps(text))


def _number(cell: Cell, text: str) -> int | float:
    told = unicodedata.normalize("NFKC", text).strip().replace("−", "-")
    matched = _NUMBER.fullmatch(told) if len(told) <= _DIGITS else None
    if matched is None:
        raise Unreadable(_no_number(cell))
    number = int(told) if matched[1] is None and matched[2] is None else float(told)
    if not math.isfinite(number):
        raise Unreadable(_no_number(cell))
    return number


def _no_number(cell: Cell) -> CellProblem:
    return cell.problem("must be a number", "Write digits, with a point before decimals and nothing between thousands.")


def _unquoted(cell: Cell, text: str) -> str:
    """The text without the spaces around it, which only double quotes keep."""
    stripped = text.strip()
    return _read_quoted(cell, stripped) if _QUOTED.fullmatch(stripped) else stripped


def _read_quoted(cell: Cell, quoted: str) -> str:
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        fix = 'Inside double quotes write \\" for a quotation mark and \\\\ for a backslash.'
        raise Unreadable(cell.problem("has a broken text in double quotes", fix)) from None


def _texts(cell: Cell, text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        quoted = _QUOTED.match(text, at)
        if quoted:
            yield _read_quoted(cell, quoted[0])
            after = _SPACES.match(text, quoted.end())
            at = after.end() if after else quoted.end()
            if at < len(text) and not _SEPARATORS.match(text, at):
                raise Unreadable(cell.problem("has something after a text in double quotes", "Put a semicolon there."))
            at += 1
            continue
        end = _SEPARATORS.search(text, at)
        stop = end.start() if end else len(text)
        one = text[at:stop].strip()
        if one:
            yield one
        at = stop + 1
