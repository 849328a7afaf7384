"""The report: the same as JSON, as tables and as a page, with nothing of a stranger's taken for markup or formula."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from adapters.declarations import DeclarationFile
from build_declarations import as_csv, season
from build_rulesets import row, table, targeting
from port.diversion.backtest import Budget, backtest
from port.diversion.outcomes import PastCase
from port.diversion.report import Report
from port.diversion.report_charts import Bar, Line, bars, lines
from port.diversion.report_csv import chosen_csv, to_csv
from port.diversion.report_html import to_html
from port.diversion.report_parts import FlipCase, FlipCell
from port.diversion.report_summary import summary, summary_text

NASTY = '<script>alert("x")</script>&'
SITE = {"code": "Y1", "title": {"zh": "查验场", "en": "yard"}, "kinds": ["INSPECTION"], "capacity_per_hour": 2}
LANE = {"route": "YARD", "minimum_random_rate": 0.0, "expected_rate": 0.1}


def season_cases() -> list[PastCase]:
    body = as_csv(season(date(2024, 1, 1), 300, first_id=1)).encode()
    return [one.to_case() for one in DeclarationFile.of_bytes(body)]


@pytest.fixture(scope="module")
def report() -> Report:
    rows = [row("wine", "INSPECTION", hs_code=("prefix", ["22"]))]
    ruleset = table(rows, sites=[SITE], lanes=[LANE], risk=[{"fact": "value_per_kg", "weight": 1.0}])
    cases = [
        one.to_case() for one in DeclarationFile.of_bytes(as_csv(season(date(2024, 1, 1), 300, first_id=1)).encode())
    ]
    return backtest([replace(case, has_hour=True) for case in cases], ruleset, against=table([]))


@pytest.fixture(scope="module")
def selected() -> Report:
    cases = [
        one.to_case() for one in DeclarationFile.of_bytes(as_csv(season(date(2024, 1, 1), 300, first_id=1)).encode())
    ]
    return backtest(cases, targeting(), budget=Budget(0.1, 0.2))


class Page(HTMLParser):
    """Checks that tags close in order, and remembers what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Page:
    parser = Page()
    parser.feed(page)
    assert parser.open == []
    return parser


def nasty(report: Report) -> Report:
    return replace(
        report,
        name=NASTY,
        flips=(FlipCell(NASTY, "YARD", 1),),
        flip_cases=(FlipCase(NASTY, NASTY, "YARD", "SCAN", NASTY),),
        rows=(replace(report.rows[0], row=NASTY, zh=NASTY, en=NASTY), *report.rows[1:]),
    )


def test_the_page_is_whole_and_needs_nothing_else(report, selected):
    for one in (report, selected):
        page = read(to_html(one))
        assert "svg" in page.tags
        assert not {"script", "link", "img", "iframe"} & set(page.tags)
        assert page.links == []


def test_the_page_says_everything_in_both_languages(report):
    page = to_html(report)
    for words in (
        "布控规则回测报告",
        "Back-test of a ruleset",
        "召回率（仅由随机样本估计）",
        "去向变化",
        "Inspections per hour",
    ):
        assert words in page
    assert 'lang="zh"' in page
    assert 'lang="en"' in page
    assert "@media print" in page


def test_what_strangers_wrote_is_never_markup(report):
    page = to_html(nasty(report))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    read(page)


def test_the_json_has_what_the_lab_shows(report):
    told = json.loads(report.to_text())
    assert set(told) == {
        "ruleset", "name", "against", "cases", "from", "to", "learntInspections", "flips", "rows", "strata", "recall",
        "randomFloor", "selection", "perHour", "series", "calibration", "missingFacts", "faults",
    }  # fmt: skip
    assert told["flips"]["cells"] == [
        {"from": "YARD", "to": "YARD", "count": 270},
        {"from": "YARD", "to": "INSPECTION", "count": 30},
    ]
    assert told["flips"]["cases"][0] == {
        "containerNumber": "3", "decisionID": None, "from": "YARD", "to": "INSPECTION", "row": "wine",
    }  # fmt: skip
    assert told["rows"][0]["sentence"]["en"] == "If the HS code starts with 22, then inspection."
    assert told["perHour"][0]["capacity"] == 2.0
    assert told["calibration"][0]["expectedRate"] == 0.1
    assert set(told["rows"][0]["precision"]) == {"value", "low", "high", "of"}


def test_the_tables_read_back_as_csv(report):
    tables = list(csv.reader(io.StringIO(to_csv(report))))
    assert ["ruleset", report.ruleset] in tables
    assert ["YARD", "INSPECTION", "30"] in tables
    assert [line[0] for line in tables if len(line) == 1] == [
        "backtest", "strata", "rows", "flips", "flipped cases", "days", "hours", "missing facts", "calibration",
    ]  # fmt: skip


def test_no_cell_of_the_tables_is_a_formula(report):
    odd = replace(report, name="=HYPERLINK(1)", flip_cases=(FlipCase("+1", None, "-1", "@x", "\tx"),))
    cells = [cell for line in csv.reader(io.StringIO(to_csv(odd))) for cell in line]
    assert not [cell for cell in cells if cell[:1] in "=@\t" and cell[:1]]
    assert "'=HYPERLINK(1)" in cells
    assert "'+1" in cells


def test_the_chosen_are_listed_with_why(selected):
    lines_told = list(csv.DictReader(io.StringIO(chosen_csv(selected))))
    assert len(lines_told) == 30
    assert {line["why"] for line in lines_told} <= {"ROWS", "RISK", "RANDOM"}
    assert sum(line["why"] == "RANDOM" for line in lines_told) == 6


def test_the_summary_is_plain_json_and_the_text_says_the_same(selected):
    told = json.loads(json.dumps(summary(selected)))
    assert (told["budget"], told["inspected"]["atRandom"]) == (30, 6)
    assert "inspected 30 (10.0%)" in summary_text(selected)


def test_a_report_without_anything_is_a_page_all_the_same():
    told = backtest([], table([]))
    read(to_html(told))
    assert "None" not in summary_text(told)
    assert to_csv(told)


def test_a_chart_keeps_within_its_frame_and_shows_gaps():
    drawn = lines("t", [str(day) for day in range(2000)], [Line("a", [None, *range(1999)], "l1")])
    assert drawn.count("L") < 450
    assert "nan" not in drawn
    assert bars("t", [Bar("x" * 90, 2.0, "two", 0.5, 9.0)], top=1).count("…") == 1
    assert lines("t", [], [Line("a", [], "l1")])
    assert lines("t", ["one"], [Line("a", [0.0], "l1")])
