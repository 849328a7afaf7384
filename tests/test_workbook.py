"""A ruleset in a spreadsheet: what is exported reads back as the very same, and what people change is understood."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from adapters.workbook import read_workbook
from adapters.workbook_writing import write_workbook
from build_diversion import WORDS, asks, cases, row, ruleset, rulesets, written
from build_workbook import DOCUMENT, RULES, TESTS, edited, saved, workbook
from events.types import Route
from port.diversion.documents import Document, load_default_tests
from port.diversion.loading import load, load_default
from port.diversion.table import Ruleset, Words
from port.diversion.testing import Expected, TestCase

ODD_TEXTS = st.text(
    st.one_of(
        st.sampled_from("_x0041;,；，、\"\\\n\r\t \x00\x0b\x7f\x85\u2028\uffff=+-@#'…至~𝔘石"),
        st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=12,
)
WHOLE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def again(document: Document) -> Document:
    return read_workbook(write_workbook(document))


def same(document: Document) -> bool:
    back = again(document)
    return (back.ruleset.to_json(), back.tests) == (document.ruleset.to_json(), document.tests)


def test_the_default_ruleset_comes_back_with_its_hash_and_its_tests():
    document = Document(load_default(), load_default_tests())
    assert again(document) == document
    assert again(document).ruleset.content_hash == load_default().content_hash


def test_everything_a_ruleset_can_say_comes_back():
    assert same(DOCUMENT)
    assert same(Document(RULES))


@WHOLE
@given(st.one_of(rulesets(lanes=True), rulesets(risk=True)), cases())
def test_any_ruleset_and_any_test_comes_back(rules: Ruleset, box: object):
    test = TestCase("any", Words(zh="任意", en="any"), box, Expected(Route.YARD, "row-0"))
    assert same(Document(rules, (test,)))


@WHOLE
@given(st.lists(ODD_TEXTS, min_size=2, max_size=5, unique=True), ODD_TEXTS, ODD_TEXTS)
def test_any_text_comes_back_however_odd(texts: list[str], zh: str, en: str):
    table = written(
        row("SCAN", asks("is_lcl", "equals", True)) | {"note": {"zh": zh, "en": en}},
        lists=[{"name": "odd", "title": {"zh": en, "en": zh}, "values": texts}],
    )
    table["name"] = texts[0]
    assert same(
        Document(load(json.dumps(table)), (TestCase("odd", Words(zh=zh, en=en), TESTS[0].case, Expected(Route.HOLD)),))
    )


@pytest.mark.parametrize(
    "number", [0, 1, 1.0, -0.0, 0.1 + 0.2, 1e-300, 1e300, 5e-324, 2**53, 2**53 + 1, 2**62, 1.7976931348623157e308, 1e22]
)
def test_any_number_comes_back_to_its_last_digit_and_its_point(number: float):
    rules = ruleset(
        row("SCAN", asks("gross_mass_kg", "less", number)),
        row("YARD", asks("gross_mass_kg", "between", [number, 1.7976931348623157e308])),
        risk=[{"fact": "is_lcl", "weight": number}] if abs(number) < 1e300 else [],
    )
    assert same(Document(rules))


def test_a_condition_longer_than_a_cell_and_a_case_longer_than_one_come_back():
    firms = [f"firm;number,{n:06}" for n in range(5000)]
    lines = tuple({"hs_code": f"{n:010}", "origin_country": "IN"} for n in range(900))
    rules = ruleset(
        row("SCAN", asks("consignee_code", "in", firms)),
        row("HOLD", asks("declarant_code", "prefix", firms[::2])),
        lists=[{"name": "codes", "title": WORDS, "values": [f"{n:010}" for n in range(20_000)]}],
    )
    box = TESTS[1].case.standings[0]
    long = type(box)(box.document, box.declaration, box.status, facts=box.facts, lines=lines)
    test = TestCase("long", Words(zh="长", en="long"), type(TESTS[1].case)("X", {}, (long,)), Expected(Route.YARD))
    assert same(Document(rules, (test,)))


def test_conditions_keep_their_order_and_one_fact_may_be_asked_twice():
    first, second = asks("gross_mass_kg", "at_least", 5), asks("gross_mass_kg", "less", 9)
    third = asks("is_lcl", "equals", True)
    rules = ruleset(
        row("SCAN", first, second, third, id="a"),
        row("SCAN", third, second, first, id="b"),
        row("SCAN", first, third, first, second, id="c"),
    )
    assert same(Document(rules))


def test_headers_are_told_in_chinese_and_english_and_text_is_formatted_as_text():
    sheet = workbook()["Rules"]
    assert [sheet.cell(at, 4).value for at in (1, 2, 3)] == ["商品编号 属于", "HS code is one of", "hs_code in"]
    assert sheet["D5"].number_format == "@"
    assert sheet["G6"].number_format == "General"


# What people do to a workbook.


def test_what_people_type_is_understood_where_it_can_mean_one_thing_only():
    body = edited(
        {
            "Rules!D5": "680223；6802231000",
            "Rules!G7": " 2.0 ",
            "Rules!B4": "是",
            "Rules!H4": "暂停，待关员处理",
            "Rules!H6": "scan",
            "Lists!D5": 6802,
            "Lanes!B4": "0.01",
            "Sites!E4": "３",
            "Sites!D4": "查验, yard",
            "Sites!G4": "2、3",
        }
    )
    assert read_workbook(body).ruleset.to_json() == RULES.to_json()


def test_empty_rows_columns_and_sheets_are_passed_over_and_hidden_ones_are_read():
    book = workbook()
    rules = book["Rules"]
    rules.insert_rows(5, amount=3)
    rules.insert_cols(3)
    rules.insert_rows(1)
    rules["D30"] = "   "
    rules.row_dimensions[9].hidden = True
    book["Lists"].sheet_state = "hidden"
    book.create_sheet("Notes")["A1"] = "=SUM(B:B)"
    book.create_chartsheet("Chart")
    del book["Facts"]
    assert read_workbook(saved(book)).ruleset.to_json() == RULES.to_json()


def test_headers_may_be_moved_and_their_titles_changed():
    book = workbook()
    book["Rules"].move_range("A1:A7", cols=20)
    book["Rules"]["A1"] = "made by hand"
    book["Lanes"]["A1"] = "anything"
    assert read_workbook(saved(book)).ruleset.to_json() == RULES.to_json()


def test_sheets_nobody_needs_may_be_missing():
    book = workbook(Document(ruleset(row("SCAN", asks("is_lcl", "equals", True)))))
    for name in ("Lists", "Lanes", "Sites", "Risk", "Tests", "Facts"):
        del book[name]
    assert again(read_workbook(saved(book))).tests == ()


def test_an_export_is_a_workbook_that_others_open():
    book = load_workbook(BytesIO(write_workbook(DOCUMENT)))
    assert book.sheetnames == ["Rules", "Lists", "Lanes", "Sites", "Risk", "Default", "Tests", "Facts"]
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} == {"s", "n", "b"}
