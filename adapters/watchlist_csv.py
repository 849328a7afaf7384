"""Watch lists as CSV files: read as spreadsheets in Chinese and English write them, and written so that none of them
takes a label for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters.charsets import decode_text
from events.identifiers import IdentifierInvalid, parse_container_number

LABEL_MOST = 100
_MOST_LINES = 10_000
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NUMBER_NAMES = frozenset(
    {"equipmentreference", "container", "containernumber", "containerno", "number", "箱号", "集装箱号"}
)
_LABEL_NAMES = frozenset({"label", "note", "remark", "备注", "名称", "标签"})
_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Line breaks and other control characters, and what turns the direction of the text after it.
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What Excel takes, and some programs write, to say what stands between the cells.
_SEPARATOR = re.compile(r"\"?sep=([,;\t|])\1*\"?[ \t]*(?:[\r\n]|\Z)", re.IGNORECASE)


class Unreadable(ValueError):
    """The file is no list of container numbers; `where` and `fix` say how to mend it.  Nothing of it was taken."""

    def __init__(self, problem: str, *, where: str, fix: str) -> None:
        super().__init__(problem)
        self.where = where
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Line:
    """A container of the list."""

    number: str
    label: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not taken: it names no container, or its label cannot be one."""

    value: str
    where: str
    problem: str
    fix: str
    reason: str = "BAD_CONTAINER_NUMBER"


def read(body: bytes) -> tuple[dict[str, str], tuple[BadLine, ...]]:
    """The containers with their labels, in the order of the file, and the lines that name none.

    A container told twice is taken once, with the last label that is not empty.  Raises Unreadable.
    """
    text = _text(body)
    if "\0" in text:
        raise Unreadable("the file is not text", where="line 1", fix="save it as CSV, in UTF-8")
    rows = list(_rows(text))
    if not rows:
        raise Unreadable("the file is empty", where="line 1", fix="send one container number per line")
    number_at, label_at, has_header = _columns(rows[0][1])
    found: dict[str, str] = {}
    bad: list[BadLine] = []
    for line, cells in rows[has_header:]:
        read_so = _line(cells, line, number_at, label_at)
        if isinstance(read_so, BadLine):
            bad.append(read_so)
        else:
            found[read_so.number] = read_so.label or found.get(read_so.number, "")
    return found, tuple(bad)


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV file of these rows, the first of which names the columns; UTF-8 with the mark spreadsheets look for."""
    written = io.StringIO()
    csv.writer(written).writerows([guarded(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def find_label_fault(label: str) -> tuple[str, str] | None:
    """What is wrong with a label, and how to mend it; None for one that can be shown as it is."""
    if len(label) > LABEL_MOST:
        return f"the label has over {LABEL_MOST} characters.", "Make it shorter."
    found = _UNSHOWN.search(label)
    if found is None:
        return None
    place = f"U+{ord(found[0]):04X} as its character {found.start() + 1}"
    return (
        f"the label has {place}, a line break or a control character.",
        "Write it in one line, without characters that cannot be seen.",
    )


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(_LIKE_A_FORMULA) or cell.startswith(_LIKE_A_FORMULA) else cell


def _text(body: bytes) -> str:
    charset = next((charset for mark, charset in _BYTE_ORDER_MARKS if body.startswith(mark)), None)
    try:
        return decode_text(body) if charset is None else body.decode(charset)
    except UnicodeDecodeError:
        raise Unreadable("the file is not text", where="line 1", fix="save it as CSV, in UTF-8") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    separator = _SEPARATOR.match(text)
    delimiter = _delimiter(text) if separator is None else separator[1]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if reader.line_num > _MOST_LINES:
                raise Unreadable(
                    f"the file has more than {_MOST_LINES} lines",
                    where=f"line {reader.line_num}",
                    fix="send less at once",
                )
            is_list = separator is None or reader.line_num > 1
            if is_list and any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise Unreadable(
            "the quotation marks do not close", where=f"line {reader.line_num}", fix="save it as CSV again"
        ) from None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _columns(first: list[str]) -> tuple[int, int | None, bool]:
    """Where the numbers and the labels stand, and whether the first line names the columns."""
    names = [cell.lower().replace(" ", "").replace("_", "") for cell in first]
    number_at = next((n for n, name in enumerate(names) if name in _NUMBER_NAMES), None)
    label_at = next((n for n, name in enumerate(names) if name in _LABEL_NAMES), None)
    if number_at is not None:
        return number_at, label_at, True
    if label_at is not None or not any(char.isdigit() for cell in first for char in cell):
        raise Unreadable(
            "no column holds container numbers",
            where="line 1",
            fix="name one equipmentReference (箱号), or leave the header out and put the number first",
        )
    return 0, 1, False


def _line(cells: list[str], line: int, number_at: int, label_at: int | None) -> Line | BadLine:
    typed = cells[number_at] if number_at < len(cells) else ""
    label = _unguarded(cells[label_at]) if label_at is not None and label_at < len(cells) else ""
    try:
        number = parse_container_number(typed)
    except IdentifierInvalid as invalid:
        return BadLine(typed[:40], f"line {line}", invalid.problem, invalid.fix)
    fault = find_label_fault(label)
    if fault is not None:
        return BadLine(number, f"line {line}", *fault, reason="BAD_VALUE")
    return Line(number, label)


def _unguarded(label: str) -> str:
    """Without the apostrophe that `write` put there."""
    return label[1:] if label.startswith("'") and guarded(label[1:]) != label[1:] else label
