"""Files of declarations with what inspections found (CSV, plain or gzip), row by row, for back-tests.

Two layouts are read, told apart by nothing but their column names (docs/backtest.md): that of the synthetic import
declarations of the Korea Customs Service, and one of our own whose columns are called like the facts of the catalogue.
However long the file, only a row at a time is held.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from adapters.declarations_cells import CellFault, Moment, Wrong, is_silent
from adapters.declarations_columns import (
    BECAUSE,
    CONTAINER,
    DATE,
    DECLARATION,
    FOUND,
    INSPECTED,
    Columns,
    find_columns,
)
from adapters.declarations_faults import EMPTY, NO_TABLE, broken_at, uneven
from events.types import Direction, InspectAt
from port.diversion.case import Case, Facts, Standing
from port.diversion.facts import CustomsStatus, Level
from port.diversion.outcomes import PastCase, Stratum

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_BLOCK = 1 << 16
_MOST_CACHED = 5_000
MOST_FAULTS = 100
"""Faults kept with row and column; the rest is only counted."""


class DeclarationsRefused(ValueError):
    """The file cannot be read at all; `faults` say why."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Declared:
    """One row: a declaration of one goods line, and what became of it."""

    row: int
    declaration: str
    moment: Moment
    container_number: str
    container: Facts
    declared: Facts
    line: Facts
    stratum: Stratum
    found: bool | None

    def to_case(self) -> PastCase:
        """As a back-test takes it; a box that is not named is called like its declaration."""
        standing = Standing(
            self.declaration,
            self.declaration,
            CustomsStatus.DECLARED,
            inspect_at=InspectAt(str(self.declared["inspect_at"])),
            facts=self.declared,
            lines=(self.line,),
        )
        return PastCase(
            case=Case(self.container_number, self.container, (standing,)),
            at=self.moment.at,
            has_hour=self.moment.has_hour,
            stratum=self.stratum,
            found=self.found,
        )


@dataclass
class DeclarationFile:
    """A file that may be iterated more than once; each time the counts begin anew.

    `rows` are those with anything in them, `skipped` of them had a fault; `faults` has the first of these.
    """

    open_bytes: Callable[[], BinaryIO]
    rows: int = 0
    skipped: int = 0
    faults: list[CellFault] = field(default_factory=list)
    unused: tuple[str, ...] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None

    @classmethod
    def at_path(cls, path: Path) -> DeclarationFile:
        """The file at that path; what a pipe gives is kept, since it cannot be read twice."""
        return cls(lambda: path.open("rb")) if path.is_file() else cls.of_bytes(path.read_bytes())

    @classmethod
    def of_bytes(cls, body: bytes) -> DeclarationFile:
        """A body as it was uploaded."""
        return cls(lambda: io.BytesIO(body))

    def __iter__(self) -> Iterator[Declared]:
        """The good rows; raises DeclarationsRefused when there is no telling what the columns are, or it breaks off."""
        self.rows = self.skipped = 0
        self.faults, self.first_at, self.last_at = [], None, None
        with self.open_bytes() as raw:
            yield from self._rows(raw)

    def summary(self) -> dict[str, Any]:
        """Counts and faults, as JSON has them."""
        return {
            "rows": self.rows,
            "skipped": self.skipped,
            "from": self.first_at and self.first_at.date().isoformat(),
            "to": self.last_at and self.last_at.date().isoformat(),
            "unusedColumns": list(self.unused),
            "problems": [fault.to_json() for fault in self.faults],
        }

    def _rows(self, raw: BinaryIO) -> Iterator[Declared]:
        try:
            with _text(raw) as text:
                first = text.readline()
                delimiter = max(",;\t|", key=first.count)
                text.seek(0)
                table = csv.reader(text, delimiter=delimiter)
                columns = find_columns(next(table, []), has_decimal_commas=delimiter == ";")
                if not isinstance(columns, Columns):
                    raise DeclarationsRefused(columns)
                self.unused = columns.unused
                yield from self._good(table, _RowReader(columns))
        except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
            # All of it is unpacked before a row is read: where in the table it breaks off cannot be told.
            raise DeclarationsRefused([broken_at(1, broken)]) from broken

    def _good(self, table: Any, reader: _RowReader) -> Iterator[Declared]:  # csv.reader's type has no name
        while True:
            begins = table.line_num + 1
            try:
                cells = next(table)
            except StopIteration:
                return
            except csv.Error as fault:
                self._skip(broken_at(begins, fault), lines=table.line_num + 1 - begins)
                continue
            if not any(cells):
                continue
            if not reader.fits(cells):
                lines = table.line_num + 1 - begins
                self._skip(uneven(begins, lines, len(cells), reader.width), lines=lines)
                continue
            read = reader.read(begins, cells)
            if isinstance(read, CellFault):
                self._skip(read)
                continue
            self.rows += 1
            self.first_at = min(self.first_at or read.moment.at, read.moment.at)
            self.last_at = max(self.last_at or read.moment.at, read.moment.at)
            yield read

    def _skip(self, fault: CellFault, *, lines: int = 1) -> None:
        """One row, or all the lines that a quote without an end made one."""
        self.rows += max(lines, 1)
        self.skipped += max(lines, 1)
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


class _RowReader:
    """Rows by the columns of one file.  Texts come again and again, so what they say is kept."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns.read
        self.width = columns.width
        self._seen: list[dict[str, object]] = [{} for _ in columns.read]

    def fits(self, cells: Sequence[str]) -> bool:
        """Has the row as many cells as the header, beside empty ones behind?"""
        return len(cells) >= self.width and not any(cells[self.width :])

    def read(self, row: int, cells: Sequence[str]) -> Declared | CellFault:
        """The row, or its first fault."""
        told: dict[str, object] = {}
        levels: dict[Level, dict[str, object]] = {level: {} for level in Level}
        for number, column in enumerate(self._columns):
            value = self._value(number, cells[column.at])
            if isinstance(value, Wrong):
                return CellFault(row, column.header, value.message, value.fix)
            if value is not None:
                (told if column.level is None else levels[column.level])[column.field] = value
        return _declared(row, told, levels)

    def _value(self, number: int, text: str) -> object:
        if self._columns[number].field == DECLARATION:
            # No two are the same, so it is not worth keeping.
            return self._read(number, text)
        seen = self._seen[number]
        if text not in seen:
            if len(seen) >= _MOST_CACHED:
                seen.clear()
            seen[text] = self._read(number, text)
        return seen[text]

    def _read(self, number: int, text: str) -> object:
        stripped = text.strip()
        return None if is_silent(stripped) else self._columns[number].read(stripped)


def _declared(row: int, told: Mapping[str, object], levels: Mapping[Level, dict[str, object]]) -> Declared | CellFault:
    for needed in (DECLARATION, DATE):
        if needed not in told:
            return CellFault(row, needed, EMPTY.message, EMPTY.fix)
    line, declared = levels[Level.LINE], levels[Level.DECLARATION]
    mass, value = line.get("net_mass_kg"), line.get("declared_value")
    if isinstance(mass, float) and isinstance(value, float) and mass:
        line["value_per_kg"] = value / mass
    declared.setdefault("direction", Direction.IMPORT.value)
    declared.setdefault("inspect_at", InspectAt.PORT.value)
    declared.update(customs_status=CustomsStatus.DECLARED.value, line_count=1)
    declared.update({f"total_{name}": line[name] for name in ("net_mass_kg", "declared_value") if name in line})
    declaration = str(told[DECLARATION])
    found = cast("bool | None", told.get(FOUND))
    return Declared(
        row,
        declaration,
        cast("Moment", told[DATE]),
        str(told.get(CONTAINER, declaration)),
        levels[Level.CONTAINER],
        declared,
        line,
        _stratum(told, found),
        found if told.get(INSPECTED) is not False else None,
    )


def _stratum(told: Mapping[str, object], found: bool | None) -> Stratum:
    """A box with an outcome was opened, whether or not the file says so, unless it says that it was not."""
    inspected = told.get(INSPECTED)
    if inspected is False or (inspected is None and found is None):
        return Stratum.NOT_INSPECTED
    return cast("Stratum", told.get(BECAUSE, Stratum.UNKNOWN))


def _text(raw: BinaryIO) -> TextIO:
    """The file as text, unpacked and decoded as it is read."""
    is_packed = raw.read(2) == _GZIP
    raw.seek(0)
    plain = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if is_packed else raw
    if plain.read(4) == _ZIP:
        raise DeclarationsRefused([NO_TABLE])
    plain.seek(0)
    charset = _charset(plain)
    plain.seek(0)
    return io.TextIOWrapper(plain, encoding=charset, errors="replace", newline="")


def _charset(plain: BinaryIO) -> str:
    """UTF-8, with or without a byte order mark, where all of the file is; else what Chinese programs write.

    UTF-16 is known by its mark: spreadsheets call it Unicode text.
    """
    if plain.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    plain.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := plain.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"
