"""Files that are no workbooks, or more than one should be: refused in time, and by nothing but WorkbookInvalid."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from zipfile import ZIP_BZIP2, ZipFile

import pytest

from adapters import workbook_reading
from adapters.workbook import read_workbook
from adapters.workbook_cells import WorkbookInvalid
from adapters.workbook_writing import write_workbook
from build_workbook import DOCUMENT, RULES, problems, repacked

pytestmark = pytest.mark.slow

GOOD = write_workbook(DOCUMENT)
RULES_SHEET = "xl/worksheets/sheet1.xml"


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    """Of this process, so that busy neighbours do not count."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def in_rules(change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with the XML of its Rules sheet changed."""
    return repacked(lambda name, told: change(told) if name == RULES_SHEET else told, GOOD)


def more_rows(xml: bytes) -> Callable[[bytes], bytes]:
    return lambda told: told.replace(b"</sheetData>", xml + b"</sheetData>")


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", b"PK\x03\x04" + b"\0" * 30, b"{}", GOOD[: len(GOOD) // 2], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 64],
    ids=["empty", "two bytes", "no zip", "JSON", "cut off", "an .xls or one with a password"],
)
def test_what_is_no_workbook_is_refused(body: bytes):
    assert problems(body) == [("file", "is no .xlsx workbook")]


def test_an_archive_that_unpacks_to_more_than_it_should_is_not_unpacked():
    bomb = repacked(lambda _, told: told, GOOD, bomb=b"\0" * (workbook_reading.MOST_UNPACKED + 1))
    assert len(bomb) < 100_000
    with in_time(1.0):
        assert problems(bomb) == [("file", "unpacks to more than a ruleset can be")]
    crowd = repacked(lambda _, told: told, GOOD, **{f"part{n}": b"" for n in range(workbook_reading.MOST_PARTS)})
    assert problems(crowd) == [("file", "unpacks to more than a ruleset can be")]
    assert problems(b"PK" + b"\0" * workbook_reading.MOST_BYTES)[0][1].startswith("is larger than")


def test_an_archive_packed_otherwise_is_refused_because_it_could_unpack_to_anything():
    body = BytesIO()
    with ZipFile(body, "w", ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
    assert problems(body.getvalue()) == [("file", "is locked or packed in an unusual way")]


def test_a_document_type_is_refused_before_any_parser_sees_it():
    laughs = b'<!DOCTYPE lolz [<!ENTITY lol "lol">' + b'<!ENTITY a "&lol;&lol;&lol;&lol;&lol;&lol;">' * 9 + b"]>"
    for told in (laughs, laughs.decode().encode("utf-16-le"), laughs.decode().encode("utf-16-be")):
        body = repacked(lambda name, old, told=told: told + old if name == "xl/workbook.xml" else old, GOOD)
        assert problems(body) == [("file", "declares a document type")]


@pytest.mark.parametrize(
    "change",
    [
        more_rows(b'<row r="1048576"><c r="A1048576" t="str"><v>far</v></c></row>'),
        more_rows(b'<row r="999999999999999999999"/>'),
        more_rows(b'<row r="5"><c r="A5" t="str"><v>again</v></c></row>'),
    ],
    ids=["a last row far below", "a row beyond all", "a row told twice"],
)
def test_rows_out_of_order_or_far_below_are_refused(change: Callable[[bytes], bytes]):
    with in_time(1.0):
        [(cell, message)] = problems(in_rules(change))
    assert cell == "file"
    assert "stands out of order or below row" in message


def test_what_a_sheet_only_claims_costs_nothing():
    body = in_rules(
        lambda told: (
            told.replace(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="K1:XFD1048576"/></mergeCells>')
            .replace(b"<dimension", b'<dimension ref="A1:XFD1048576"/><ignored')
            .replace(b'<row r="4"', b'<row spans="1:16384" r="4"')
        )
    )
    with in_time(2.0):
        assert read_workbook(body).ruleset.to_json() == RULES.to_json()


def test_a_sheet_of_more_cells_than_it_should_have_is_refused():
    empty = b"".join(
        b'<row r="%d">' % n + b"<c/>" * 1000 + b"</row>" for n in range(100, 101 + workbook_reading.MOST_CELLS // 1000)
    )
    with in_time(20.0):
        assert problems(in_rules(more_rows(empty))) == [("file", "has more than 400,000 cells")]


def test_shared_formulas_are_not_worked_out():
    formula = b"A1+" * 20_000 + b"A1"
    cells = b"".join(
        b'<row r="%d"><c r="A%d"><f t="shared" si="0"%s</c></row>'
        % (n, n, b">" + formula + b"</f>" if n == 100 else b"/>")
        for n in range(100, 2000)
    )
    with in_time(5.0):
        found = problems(in_rules(more_rows(cells)))
    assert found[0] == ("Rules!A100", "is a formula")


def test_a_column_beyond_all_is_refused():
    [(_, message)] = problems(in_rules(more_rows(b'<row r="100"><c r="ZZZZ100" t="str"><v>x</v></c></row>')))
    assert message.startswith("cannot be read")


def test_no_damage_to_the_file_raises_anything_else():
    chance = random.Random(20261122)
    outcomes = set()
    with in_time(60.0):
        for _ in range(150):
            outcomes.add(_read(_spoilt(bytearray(GOOD), chance)))
        for _ in range(150):
            outcomes.add(_read(repacked(lambda _, told: _spoilt_text(told, chance), GOOD)))
    assert outcomes == {"read", "refused"}


def _read(body: bytes) -> str:
    try:
        read_workbook(body)
    except WorkbookInvalid as refused:
        return "refused" if all(one.cell and one.message for one in refused.problems) else "refused without a cell"
    return "read"


def _spoilt(body: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 2, 20))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def _spoilt_text(told: bytes, chance: random.Random) -> bytes:
    """One part in four loses, doubles or swaps a piece."""
    if chance.random() < 0.75 or len(told) < 10:
        return told
    at, length = chance.randrange(len(told)), chance.choice((1, 3, 30))
    piece = told[at : at + length]
    return (
        told[:at]
        + chance.choice((b"", piece * 2, piece[::-1], b"0", b'"', b"</v>", b"99999999999"))
        + told[at + length :]
    )
