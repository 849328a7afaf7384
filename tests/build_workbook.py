"""Workbooks for the tests: a ruleset of ours exported, and then spoilt cell by cell as people and machines do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from adapters.workbook import read_workbook
from adapters.workbook_cells import WorkbookInvalid
from adapters.workbook_writing import write_workbook
from build_diversion import WORDS, asks, case, row, ruleset, site
from events.types import Route
from port.diversion.documents import Document
from port.diversion.table import Words
from port.diversion.testing import Expected, TestCase

# Its rows lie in the rows 4 to 7 of the Rules sheet, its conditions in the columns B to G as they are told here.
RULES = ruleset(
    row("HOLD", asks("is_lcl", "equals", True), asks("hs_code", "prefix", list="stone")),
    row("INSPECTION", asks("hs_code", "in", ["680223", "6802231000"]), asks("origin_country", "equals", "IN")),
    row("SCAN", asks("gross_mass_kg", "between", [30000, 40000.5]), asks("net_mass_kg", "less", 1)),
    row("DIRECT_RELEASE", asks("net_mass_kg", "less", 2.0)),
    lists=[
        {"name": "stone", "title": WORDS, "values": ["6802", "0201"], "kind": "HS_PREFIX"},
        {"name": "firms", "title": WORDS, "values": ["A, B & C", "=1+1", '"quoted"']},
    ],
    lanes=[{"route": "DIRECT_RELEASE", "minimum_random_rate": 0.01, "expected_rate": 0.1 + 0.2, "top_up_from": 0.5}],
    sites=[site("XMCY1", "INSPECTION", "YARD", bays=3, capacity_per_hour=2.5, dangerous_goods_classes=["2", "3"])],
    risk=[{"fact": "hs_origin_find_rate", "weight": 1.5, "missing": 1}, {"fact": "is_lcl", "weight": -0.25}],
)
BOX = case(gross_mass_kg=float("nan"))
TESTS = (
    TestCase("toys-go", Words(zh="玩具放行", en="Toys go"), BOX, Expected(Route.HOLD)),
    TestCase(
        "toys-drawn",
        Words(zh="抽中", en="Drawn, and looked at"),
        case(),
        Expected(Route.INSPECTION, "random"),
        {"371120261001234567": 0.001},
    ),
)
DOCUMENT = Document(RULES, TESTS)


def workbook(document: Document = DOCUMENT) -> Workbook:
    """The exported workbook, opened for changing."""
    return load_workbook(BytesIO(_exported() if document is DOCUMENT else write_workbook(document)))


@cache
def _exported() -> bytes:
    return write_workbook(DOCUMENT)


def saved(book: Workbook) -> bytes:
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def edited(changes: Mapping[str, object]) -> bytes:
    """The exported workbook with these cells, as in Rules!C7, put otherwise; None empties one."""
    book = workbook()
    for place, value in changes.items():
        sheet, _, cell = place.partition("!")
        told: Any = book[sheet][cell]
        told.value = value
        if isinstance(value, str) and not value.startswith("="):
            told.data_type = "s"
    return saved(book)


def repacked(change: Callable[[str, bytes], bytes], body: bytes | None = None, **more: bytes) -> bytes:
    """The exported workbook with its parts changed one by one, and more of them."""
    packed = BytesIO()
    with ZipFile(BytesIO(body or _exported())) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
        for name, told in more.items():
            new.writestr(name, told)
    return packed.getvalue()


def problems(body: bytes) -> list[tuple[str, str]]:
    """The cells a workbook is refused for, each with what is wrong."""
    with pytest.raises(WorkbookInvalid) as refused:
        read_workbook(body)
    return [(one.cell, one.message) for one in refused.value.problems]
