"""What is wrong with a workbook is told by its cell, with what is wrong and how to mend it; and all of it at once."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import PatternFill

from adapters.workbook import read_workbook
from adapters.workbook_cells import CellProblem, WorkbookInvalid
from build_diversion import asks, row, ruleset
from build_workbook import DOCUMENT, edited, problems, saved, workbook
from port.diversion.checks import RulesetInvalid
from port.diversion.documents import Document


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ("Rules!A4", None, "must not be empty"),
        ("Rules!A5", "hold", "another row has this id"),
        ("Rules!A5", "Two words", "String should match pattern '^[a-z0-9][a-z0-9_-]{0,63}$'"),
        ("Rules!A5", 5, "must be a text"),
        ("Rules!A5", "top-up", "is kept for the default row, the draw and the top-up"),
        ("Rules!H5", None, "must not be empty"),
        ("Rules!H5", "GREEN", "'green' is no route"),
        ("Rules!I5", None, "must not be empty"),
        ("Rules!B4", "maybe", "must be TRUE or FALSE"),
        ("Rules!B4", 1, "must be TRUE or FALSE"),
        ("Rules!C4", "@stones", "there is no list 'stones'"),
        ("Rules!C4", "@firms", "'A, B & C' is no HS code"),
        ("Rules!E5", "@stone", "a list of HS_PREFIX cannot be compared with country of origin"),
        ("Rules!C4", "#7", "the Lists sheet has no column '#7'"),
        ("Rules!D5", "6802x", "'6802x' is no HS code"),
        ("Rules!D5", 68023, "is no HS code"),
        ("Rules!D5", 6802.5, "is no HS code"),
        ("Rules!D5", '"680223" 680299', "has something after a text in double quotes"),
        ("Rules!D5", '"68\\0223"', "has a broken text in double quotes"),
        ("Rules!E5", "India", "'India' is no country of origin"),
        ("Rules!E5", True, "must be a text"),
        ("Rules!F6", "30000", "must be two numbers, from and to"),
        ("Rules!F6", 30000, "must be a text"),
        ("Rules!F6", "5 .. 4", "from 5 is more than to 4"),
        ("Rules!F6", "5 .. heavy", "must be a number"),
        ("Rules!G6", "32,500", "must be a number"),
        ("Rules!G6", "1 t", "must be a number"),
        ("Rules!G6", -1, "-1 is no net mass"),
        ("Rules!G6", "1e999", "must be a number"),
        ("Rules!G6", "9" * 500, "must be a number"),
        ("Lists!D1", "Stone", "String should match pattern '^[a-z0-9][a-z0-9_]{0,63}$'"),
        ("Lists!D2", "COLOUR", "'COLOUR' is no kind of list"),
        ("Lists!E2", "COUNTRY", "'A, B & C' does not belong in a list of COUNTRY"),
        ("Lists!D6", 201, "is no HS code"),
        ("Lists!D6", "6802", "'6802' stands there twice"),
        ("Lists!E1", "stone", "another list has this name"),
        ("Lists!E3", None, "must not be empty"),
        ("Lanes!A4", "HOLD", "a draw for INSPECTION changes nothing there"),
        ("Lanes!B4", 1.5, "Input should be less than or equal to 1"),
        ("Lanes!B4", None, "must not be empty"),
        ("Lanes!C4", 0.001, "the expected rate is a share from the random rate to 1"),
        ("Lanes!D4", "high", "must be a number"),
        ("Sites!D4", "INSPECTION; HOLD", "serves one or more of INSPECTION, SCAN and YARD"),
        ("Sites!E4", 1.5, "Input should be a valid integer"),
        ("Sites!F4", 0, "Input should be greater than 0"),
        ("Risk!A4", "hs_code", "a TEXT cannot be weighed"),
        ("Risk!A5", "hs_origin_find_rate", "another term has this fact"),
        ("Risk!B4", None, "must not be empty"),
        ("Risk!C4", 2, "what is missing cannot count as 2.0"),
        ("Default!D1", None, "must not be empty"),
        ("Default!D4", "DIRECT_RELEASE", "what no row speaks of may not be released"),
        ("Default!D5", None, "must not be empty"),
        ("Tests!A5", "toys-go", "another test has this id"),
        ("Tests!D4", "AWAY", "'away' is no route"),
        ("Tests!F5", '{"371120261001234567": 1.5}', "must be from 0 to below 1"),
        ("Tests!F5", "{", "is not JSON"),
        ("Tests!G4", "{'a': 1}", "is not JSON"),
        ("Tests!G4", '{"container": {"colour": "red"}}', "is no fact of the catalogue"),
        ("Tests!G4", '{"container": NaN}', "is not JSON"),
        ("Tests!G4", "[" * 30_000, "is not JSON"),
        ("Tests!G4", None, "must not be empty"),
    ],
)  # fmt: skip
def test_a_problem_is_told_by_its_cell(cell: str, value: object, message: str):
    [(place, told)] = problems(edited({cell: value}))
    assert (place, told) == (cell if value != "COUNTRY" else "Lists!E5", message)


def test_a_value_of_a_list_is_told_where_it_stands_and_where_it_is_used():
    assert problems(edited({"Lists!D6": "68x"})) == [
        ("Rules!C4", "'68x' is no HS code"),
        ("Lists!D6", "'68x' does not belong in a list of HS_PREFIX"),
    ]


def test_a_row_that_asks_nothing_is_told_by_its_first_cell():
    told = {"Rules!A9": "lonely", "Rules!H9": "SCAN", "Rules!I9": "孤", "Rules!J9": "lonely"}
    assert problems(edited(told)) == [("Rules!A9", "a row without conditions would hide every row below it")]


@pytest.mark.parametrize("cell", ["Rules!A4", "Rules!B4", "Rules!D5", "Rules!G6", "Lists!D5", "Lanes!B4", "Tests!G4"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("=1+1", "is a formula"),
        ("=@stone", "is a formula"),
        (date(2026, 3, 4), "is a date or a time"),
        (datetime(2026, 3, 4, 5, 6), "is a date or a time"),  # noqa: DTZ001  # as a spreadsheet has it
        (time(6, 8), "is a date or a time"),
    ],
)
def test_a_formula_or_a_date_is_no_value_anywhere(cell: str, value: object, message: str):
    assert problems(edited({cell: value})) == [(cell, message)]


def test_an_error_of_the_spreadsheet_is_no_value():
    book = workbook()
    book["Rules"]["G6"].value = "#REF!"
    book["Rules"]["G6"].data_type = "e"
    assert problems(saved(book)) == [("Rules!G6", "is the error #REF!")]


def test_every_problem_says_how_to_mend_it_in_words_of_its_own():
    with pytest.raises(RulesetInvalid) as refused:
        read_workbook(edited({"Rules!G6": "32,500", "Rules!H5": "=A1", "Lists!D6": 201, "Sites!A4": None}))
    zeros = "Format the cell as text and type the code with all its zeros."
    empty = "Fill it in; of merged cells only the first one counts."
    assert refused.value.problems == (
        CellProblem("Lists", "D", "is no HS code", "Lists!D6", zeros),
        CellProblem("Rules", "H", "is a formula", "Rules!H5", "Copy the cell and paste it as a value."),
        CellProblem(
            "Rules",
            "G",
            "must be a number",
            "Rules!G6",
            "Write digits, with a point before decimals and nothing between thousands.",
        ),
        CellProblem("Sites", "A", "must not be empty", "Sites!A4", empty),
    )
    assert isinstance(refused.value, WorkbookInvalid)


def test_a_fact_asked_twice_is_told_by_the_cell_that_is_wrong():
    rules = ruleset(row("SCAN", asks("gross_mass_kg", "at_least", 5), asks("gross_mass_kg", "less", 9)))
    book = workbook(Document(rules))
    book["Rules"]["C4"] = -9
    assert problems(saved(book)) == [("Rules!C4", "-9 is no gross mass")]


@pytest.mark.parametrize(
    ("cell", "header", "message"),
    [
        ("Rules!D3", "colour in", "'colour in' is no header of this sheet"),
        ("Rules!D3", "hs_code begins", "'hs_code begins' is no header of this sheet"),
        ("Rules!B3", None, "stands under no header"),
        ("Rules!J3", "note_zh", "'note_zh' stands there twice"),
        ("Lanes!D3", "top up", "'top up' is no header of this sheet"),
    ],
)
def test_a_column_nobody_knows_is_not_passed_over(cell: str, header: object, message: str):
    assert message in [told for _, told in problems(edited({cell: header}))]


def test_an_operator_that_cannot_be_asked_of_its_fact_is_told_by_its_condition():
    assert problems(edited({"Rules!D3": "hs_code less"})) == [("Rules!D5", "less cannot be asked of a TEXT")]


def test_a_sheet_without_its_headers_or_without_the_sheet_is_told_by_its_corner():
    assert problems(edited({"Rules!A3": None}))[0] == ("Rules!A1", "no row has the headers id, route")
    for name in ("Rules", "Default"):
        book = workbook()
        del book[name]
        assert (f"{name}!A1", "there is no such sheet") in problems(saved(book))


def test_merged_cells_count_only_in_the_first_of_them():
    book = workbook()
    book["Rules"].merge_cells("H4:H6")
    assert problems(saved(book)) == [("Rules!H5", "must not be empty"), ("Rules!H6", "must not be empty")]


def test_a_second_ruleset_beside_the_first_is_not_passed_over():
    assert problems(edited({"Default!E1": "another"})) == [("Default!E1", "is a second ruleset")]


def test_comments_colours_and_filters_change_nothing():
    red = CellIsRule(operator="equal", formula=['"HOLD"'], fill=PatternFill(bgColor="FF0000"))
    book = workbook()
    book["Rules"]["A4"].comment = Comment("is this right?", "an officer")
    book["Rules"].auto_filter.ref = "A3:J7"
    book["Rules"].conditional_formatting.add("A1:XFD1048576", red)
    assert read_workbook(saved(book)).ruleset.to_json() == DOCUMENT.ruleset.to_json()
