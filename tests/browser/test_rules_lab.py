"""The rule lab's screens in a real browser on a real server: a box tried, versions compared, the queue, the audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from build_editor import BALLS, Lab, lab, officer
from build_pages import OPENED, Tab, complaints_of_axe
from senders import box

BALL_ROW: dict[str, Any] = {
    "id": "balls",
    "when": [{"fact": "hs_code", "operator": "prefix", "value": ["9506"]}],
    "route": "SCAN",
    "note": {"zh": "球类须机检。", "en": "Balls are scanned."},
}
DECLARED = {
    "declarationNumber": "371120261900000001",
    "direction": "IMPORT",
    "mode": "ADVANCE",
    "inspectAt": "PORT",
    "consignee": {"code": "CONSIGNEE", "name": "Lujiang", "creditGrade": "GENERAL"},
    "transportDocumentReference": "BILL777777",
    "containers": ["CSQU3054383"],
    "lines": [{"hsCode": BALLS[0], "originCountry": "VN", "netMassKg": 10, "declaredValue": 900, "currency": "USD"}],
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def founding(running: Lab) -> str:
    return str(running.active()["hash"])


@pytest.fixture(scope="module")
def strict(running: Lab, founding: str) -> str:
    """A version that scans balls."""
    rows = [BALL_ROW, *running.told(f"/v1/rulesets/{founding}")["ruleset"]["rows"]]
    return str(running.propose("xiamen-default", note="Balls were hollow.", rows=rows)["hash"])


@pytest.fixture
def desk(chromium: Browser, running: Lab) -> Iterator[Tab]:
    with officer(chromium, running) as opened:
        yield opened


def test_a_box_is_tried_by_two_versions_side_by_side(desk: Tab, founding: str, strict: str):
    page = desk.open(f"/rules#/try/{founding}/{strict}")
    page.get_by_label("A container number").fill(f" {box(2).lower()} ")
    expect(page.locator("#read-as")).to_have_text("Read as: Box")
    page.keyboard.press("Enter")
    answers = page.locator(".answer")
    expect(answers).to_have_count(2)
    expect(answers.nth(0).locator("h2").first).to_contain_text("Direct")
    expect(answers.nth(0)).to_contain_text("3.4 avoided")
    expect(answers.nth(1).locator("h2").first).to_contain_text("Scan")
    expect(answers.nth(1).locator(".why-rows li").first).to_contain_text("If the HS code starts with 9506, then scan.")
    expect(page.locator(".facts-used")).to_contain_text("declaration mode")


def test_near_misses_come_before_what_is_far(desk: Tab, founding: str):
    page = desk.open(f"/rules#/try/{founding}?box={box(2)}")
    kinds = page.locator(".why-rows li")
    expect(kinds.first).to_have_class("k-MATCHED")
    order = ["k-MATCHED", "k-HOLDS", "k-OPEN", "k-NEAR", "k-FAR"]
    told = [str(one.get_attribute("class")) for one in kinds.all()]
    assert told == sorted(told, key=order.index)
    assert {"k-NEAR", "k-FAR"} <= set(told)
    near = page.locator(".why-rows .k-NEAR .because")
    assert near.count() == told.count("k-NEAR")
    expect(page.locator(".why-rows")).to_contain_text("HS code: 9506620000; the rule asks")


def test_a_declaration_is_tried_before_it_was_ever_lodged(desk: Tab, running: Lab, strict: str):
    before = running.told("/v1/decisions")["decisions"]
    page = desk.open(f"/rules#/try/{strict}")
    page.get_by_label("A container number").fill(json.dumps(DECLARED))
    expect(page.locator("#read-as")).to_have_text("Read as: Declaration")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".answer h2").first).to_contain_text("Scan")
    missing = page.locator(".facts-used .is-missing").filter(has_text="temperature")
    assert missing.count() in (0, 1)
    assert running.told("/v1/decisions")["decisions"] == before


def test_of_a_message_about_an_undeclared_box_it_is_said_that_no_row_is_asked(desk: Tab, founding: str):
    page = desk.open(f"/rules#/try/{founding}")
    discharged = {
        "equipmentEventTypeCode": "DISC",
        "eventDateTime": "2026-11-21T02:10:00+08:00",
        "equipmentReference": "CSQU3054383",
        "emptyIndicatorCode": "LADEN",
        "movementType": "IMPORT",
        "facilityCode": "XMHT",
    }
    page.get_by_label("A container number").fill(json.dumps({"messageID": "tried", "events": [discharged]}))
    expect(page.locator("#read-as")).to_have_text("Read as: Gate message")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".answer h2").first).to_contain_text("Yard")
    expect(page.locator(".why")).to_contain_text("The table is not asked before every document of the box is declared.")


def test_what_cannot_be_read_is_said(desk: Tab, founding: str):
    page = desk.open(f"/rules#/try/{founding}")
    page.get_by_label("A container number").fill('{"declarationNumber": ')
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("This is not JSON")
    page.get_by_label("A container number").fill("CSQU3054384")
    page.get_by_role("button", name="CSQU 305438 3").click()
    expect(page.get_by_label("A container number")).to_have_value("CSQU3054383")
    page.get_by_label("A container number").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Nothing is known of this box here. Paste its declaration instead.")


def test_two_versions_differ_in_words_and_in_boxes(desk: Tab, founding: str, strict: str):
    page = desk.open(f"/rules#/compare/{founding}/{strict}")
    changed = page.locator(".pairs-table tbody tr")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("If the HS code starts with 9506, then scan.")
    expect(page.locator(".change-list")).to_contain_text("Row balls is new, in place 1.")
    page.locator(".flips td.stricter button").click()
    cases = page.locator(".case-side tbody tr")
    expect(cases).to_have_count(6)
    expect(cases.first).to_contain_text("row balls is new")
    cases.first.get_by_role("link", name="Try a box").click()
    expect(page.locator(".answer")).to_have_count(2)
    page.go_back()
    page.get_by_role("button", name="Swap them").click()
    expect(page.locator(".pairs-table tbody tr")).to_contain_text("Gone")
    expect(page.locator(".flips td.laxer button")).to_be_visible()


def test_a_decision_is_overridden_with_a_written_reason(desk: Tab, running: Lab):
    decided = running.discharge(BALLS)
    page = desk.open("/rules#/decisions")
    page.get_by_label("Box").fill(decided["equipmentReference"])
    rows = page.locator(".queue-list tbody tr")
    expect(rows.first).to_contain_text("Direct")
    rows.first.get_by_role("link").click()
    expect(page.locator(".queue-detail .rules li").first).to_contain_text("release")
    page.locator(".queue-detail").get_by_role("radio", name="Inspection").check()
    page.get_by_label("Reason in writing").fill("The seal is another one.")
    page.get_by_role("button", name="Override to Inspection").click()
    expect(page.locator(".queue-detail blockquote")).to_contain_text("The seal is another one.")
    expect(rows.first).to_contain_text("Overridden")
    page.locator(".queue-detail").get_by_role("link", name="Try a box").click()
    expect(page.locator(".answer h2").first).to_be_visible()


def test_what_waits_for_an_officer_comes_first_and_the_queue_is_walked_by_keys(desk: Tab, running: Lab):
    decided = running.discharge(BALLS)
    path = f"/v1/decisions/{decided['decisionID']}/override"
    assert running.ask("POST", path, json={"route": "HOLD", "reason": "smells odd"}).status_code == 200
    page = desk.open("/rules#/decisions")
    expect(page.get_by_role("radio", name="Waiting")).to_be_checked()
    expect(page.locator(".queue-list tbody tr").first).to_contain_text("Hold")
    page.get_by_text("All", exact=True).first.click()
    links = page.locator(".queue-list tbody a")
    links.first.focus()
    page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()


def test_the_audit_is_filtered_and_taken_home(desk: Tab, running: Lab, strict: str):
    page = desk.open("/rules#/audit")
    lines = page.locator(".audit tbody tr")
    expect(lines.last).to_contain_text("Founded")
    page.get_by_label("Step").select_option("PROPOSED")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("Balls were hollow.")
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    told = taken.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert told[0].startswith("at,step,name,version,person,party,why")
    assert [strict in line and "PROPOSED" in line for line in told[1:]] == [True]


def test_a_waived_step_stands_out_in_the_audit(desk: Tab, running: Lab, strict: str):
    why = {"why": "Urgent: a warning.", "without": ["BACKTEST", "SHADOW"]}
    answer = running.ask("POST", f"/v1/rulesets/{strict}/approve", key=running.bo, json=why)
    assert answer.status_code == 200, answer.text
    page = desk.open(f"/rules#/audit/{strict}")
    waived = page.locator(".audit .is-waived")
    expect(waived).to_contain_text("without Back-test, Shadow")
    expect(waived).to_contain_text("Urgent: a warning.")


@OPENED
def test_axe_finds_nothing(chromium: Browser, running: Lab, founding: str, strict: str, language: str, theme: str):
    last = running.told("/v1/decisions")["decisions"][0]["decisionID"]
    with officer(chromium, running, language=language, theme=theme) as opened:
        for path, there in (
            (f"try/{founding}/{strict}?box={box(2)}", ".answer .why-rows li"),
            (f"compare/{founding}/{strict}", ".flips button"),
            (f"decisions/{last}", ".queue-detail .pairs"),
            ("audit", ".audit tbody tr"),
        ):
            page = opened.open(f"/rules#/{path}")
            expect(page.locator(there).first).to_be_visible(timeout=10_000)
            assert complaints_of_axe(page) == [], path
