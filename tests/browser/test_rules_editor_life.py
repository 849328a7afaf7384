"""The way of a version in a real browser on a real server: saved, tested, back-tested, shadowed, approved, in force."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from build_editor import BALLS, GRANITE, Lab, cell, editing, lab, officer, rule, strike

NOTE = {"zh": "球类先机检", "en": "Balls are scanned."}
BALL_ROW = {
    "id": "balls",
    "when": [{"fact": "hs_code", "operator": "prefix", "value": ["9506"]}],
    "route": "SCAN",
    "note": NOTE,
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


def with_balls(running: Lab) -> list[object]:
    """The rows in force, below one that asks for balls."""
    return [BALL_ROW, *running.active()["ruleset"]["rows"]]


def step(page: Page, name: str) -> None:
    """Press a step's button, write why where it is asked, and wait until it was taken."""
    page.locator(".life").get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, in writing").fill("Agreed on Monday.")
    dialog.get_by_role("button", name=name, exact=True).click()
    expect(dialog).to_have_count(0)


def author(page: Page) -> None:
    """Write a rule and a test case for it, and save both."""
    cell(page, "explosive-or-radioactive", "Rule").focus()
    strike(
        page, "Insert", "Enter", "Control+A", "'balls", "Enter", "Alt+a", "'hs code", "Enter", "'9506", "Enter", "Enter"
    )
    expect(rule(page, "balls")).to_contain_text("If the HS code starts with 9506, then inspection.")
    page.get_by_role("tab", name="Test cases").click()
    page.get_by_role("button", name="New case").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title (English)").fill("Balls from Vietnam")
    dialog.get_by_label("HS code", exact=True).fill("9506620000")
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("row", name="Balls from Vietnam").get_by_label("Must go to").select_option("INSPECTION")
    expect(page.get_by_role("status").filter(has_text="cases pass")).to_be_visible()
    strike(page, "Control+s", "'Balls are opened this month.")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".life")).to_contain_text("Balls are opened this month.")


def try_out(page: Page) -> None:
    """Lint, tests, a back-test to its report, and the beginning of a shadow run."""
    life = page.locator(".life")
    life.get_by_role("button", name="Lint", exact=True).click()
    life.get_by_role("button", name="Run tests").click()
    expect(life).to_contain_text("39 of 39 pass")
    life.get_by_role("button", name="Back-test", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Back-test").click()
    expect(life.get_by_role("link", name="Open the report")).to_be_visible(timeout=60_000)
    expect(life).to_contain_text("Reports: 1")
    step(page, "Start shadow")
    expect(page.locator(".editor-top")).to_contain_text("In shadow")


def seen_by(running: Lab, version: str) -> None:
    """Wait until the version has judged a box in shadow."""
    deadline = time.monotonic() + 60
    while not running.told(f"/v1/rulesets/{version}/shadow")["cases"]:
        assert time.monotonic() < deadline, "nothing was judged in shadow"
        time.sleep(0.2)


def test_a_rule_is_authored_tried_approved_by_another_officer_and_routes_the_next_box(chromium: Browser, running: Lab):
    assert running.discharge(BALLS)["route"] == "DIRECT_RELEASE"
    with officer(chromium, running) as opened:
        page = editing(opened, running.active()["hash"])
        author(page)
        approve = page.locator(".life").get_by_role("button", name="Approve")
        expect(approve).to_be_disabled()
        expect(approve).to_have_accessible_description("You wrote it: another officer approves")
        try_out(page)
        made = page.url.rsplit("/", 1)[1]
    running.discharge(GRANITE)
    seen_by(running, made)
    with officer(chromium, running, running.bo) as opened:
        page = editing(opened, made)
        for name, state in (("Approve", "Approved"), ("Activate", "Active")):
            step(page, name)
            expect(page.locator(".editor-top .chip-state").first).to_have_text(state)
        decided = running.discharge(BALLS)
        assert (decided["route"], decided["reason"], decided["rulesetHash"]) == ("INSPECTION", "RULE", made)
        page.get_by_role("button", name="History").click()
        history = page.get_by_role("dialog")
        for word in ("Saved", "Tested", "Back-tested", "Shadow started", "Approved", "Activated", "Agreed on Monday."):
            expect(history).to_contain_text(word)
        history.get_by_role("button", name="Close").click()
        step(page, "Roll back")
        expect(page.locator(".editor-top .chip-state").first).to_have_text("Retired")
    assert running.discharge(BALLS)["route"] == "DIRECT_RELEASE"


def test_an_approval_without_a_back_test_is_asked_for_in_so_many_words(chromium: Browser, running: Lab):
    made = running.propose("urgent", note="Balls.", rows=with_balls(running))
    with officer(chromium, running, running.bo) as opened:
        page = editing(opened, made["hash"])
        page.locator(".life").get_by_role("button", name="Approve").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Why, in writing").fill("Urgent: a warning from another port.")
        dialog.get_by_role("button", name="Approve").click()
        expect(dialog.get_by_role("alert")).to_contain_text("BACKTEST")
        dialog.get_by_label("without a back-test").check()
        dialog.get_by_label("without a shadow run").check()
        dialog.get_by_role("button", name="Approve").click()
        expect(page.locator(".life")).to_contain_text("without Back-test, Shadow")
        step(page, "Retire")
        expect(page.locator(".editor-top")).to_contain_text("Retired")
        expect(page.locator(".life").get_by_role("button", name="Activate")).to_be_disabled()


def test_who_saved_meanwhile_is_shown_with_her_change(chromium: Browser, running: Lab):
    first = running.propose("shared", note="Made to be shared.")
    with officer(chromium, running) as opened:
        page = editing(opened, first["hash"])
        cell(page, "seafood", "Rule").click()
        strike(page, "Shift+Delete")
        running.propose("shared", note="Balls are scanned now.", rows=with_balls(running), key=running.bo)
        strike(page, "Control+s", "'Seafood is sampled elsewhere.")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("Balls are scanned now.")
        expect(dialog.locator("section").nth(0)).to_contain_text("New balls")
        expect(dialog.locator("section").nth(1)).to_contain_text("Gone seafood")
        dialog.get_by_role("button", name="Save both").click()
        expect(page.locator(".life")).to_contain_text("Seafood is sampled elsewhere.")
        expect(rule(page, "balls")).to_have_count(1)
        expect(rule(page, "seafood")).to_have_count(0)
    newest, theirs, *_ = running.told(f"/v1/rulesets/{first['hash']}/versions")["versions"]
    assert (newest["note"], newest["basedOn"]) == ("Seafood is sampled elsewhere.", theirs["hash"])


def test_a_test_case_is_made_from_a_decision_and_its_expectation_edited(chromium: Browser, running: Lab):
    decided = running.discharge(GRANITE)
    with officer(chromium, running) as opened:
        page = editing(opened, running.active()["hash"])
        page.get_by_role("tab", name="Test cases").click()
        before = page.locator(".tests tbody tr").count()
        page.get_by_role("button", name="From a decision").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Number of the decision").fill(decided["decisionID"])
        dialog.get_by_role("button", name="Make the case").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        made = page.locator(".tests tbody tr").nth(before)
        expect(made).to_contain_text("stone-under-watch")
        expect(made.get_by_label("By which row")).to_have_value("stone-under-watch")
        made.get_by_label("Must go to").select_option("YARD")
        expect(made).to_have_class("fails")
        made.get_by_role("button", name="Accept what it does").click()
        expect(made.get_by_label("Must go to")).to_have_value("INSPECTION")
        expect(made).not_to_have_class("fails")


def test_other_test_cases_for_the_same_table_are_saved_with_the_version(chromium: Browser, running: Lab):
    made = running.propose("cases", note="Without a case.")
    with officer(chromium, running) as opened:
        page = editing(opened, made["hash"])
        page.get_by_role("tab", name="Test cases").click()
        page.get_by_role("button", name="New case").click()
        page.get_by_role("dialog").get_by_role("button", name="Done").click()
        strike(page, "Control+s", "'A case for it.")
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".editor-top")).not_to_contain_text("Unsaved")
        expect(page.locator(".tests tbody tr")).to_have_count(1)
        page.reload()
        expect(page.get_by_role("tab", name="Test cases")).to_contain_text("1")
        expect(page.locator(".note-line")).to_have_count(0)
    assert [one["id"] for one in running.told(f"/v1/rulesets/{made['hash']}")["tests"]] == ["case"]


@pytest.mark.parametrize("format", ["json", "xlsx"])
def test_a_version_goes_out_as_a_file_and_comes_in_again(chromium: Browser, running: Lab, tmp_path: Path, format: str):
    made = running.propose(f"as-{format}", note="Balls.", rows=with_balls(running))
    file = tmp_path / f"rules.{format}"
    with officer(chromium, running) as opened:
        page = editing(opened, made["hash"])
        with page.expect_download() as download:
            page.get_by_role("link", name=f".{format}").click()
        download.value.save_as(file)
        page = editing(opened, running.active()["hash"])
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Import").click()
        chooser.value.set_files(file)
        expect(rule(page, "balls")).to_contain_text("If the HS code starts with 9506, then scan.")
        expect(page.locator(".editor-top")).to_contain_text("Unsaved")


def test_a_file_that_cannot_be_read_names_its_cells(chromium: Browser, running: Lab, tmp_path: Path):
    table = running.active()["ruleset"]
    table["rows"][0] = {**BALL_ROW, "when": [{"fact": "hs_code", "operator": "prefix", "value": ["95A3"]}]}
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(table))
    with officer(chromium, running) as opened:
        page = opened.open("/rules")
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Import").click()
        chooser.value.set_files(file)
        expect(page.locator(".problems li")).to_contain_text(["balls · hs_code “95A3” is no HS code"])


def test_a_workbook_that_cannot_be_read_names_its_cells(chromium: Browser, running: Lab, tmp_path: Path):
    file = tmp_path / "rules.xlsx"
    file.write_bytes(running.ask("GET", f"/v1/rulesets/{running.active()['hash']}/export?format=xlsx").content)
    book = openpyxl.load_workbook(file)
    [wrong] = [one for sheet in book for row in sheet for one in row if one.value == "DISTRUSTED"]
    wrong.value = "DISGUSTED"
    book.save(file)
    with officer(chromium, running) as opened:
        page = opened.open("/rules")
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Import").click()
        chooser.value.set_files(file)
        expect(page.locator(".problems li")).to_contain_text([f"{wrong.coordinate} “DISGUSTED” is no"])


def test_a_new_ruleset_is_kept_as_a_family_of_its_own(chromium: Browser, running: Lab):
    with officer(chromium, running) as opened:
        page = opened.open("/rules")
        page.get_by_role("button", name="New ruleset").click()
        expect(page.get_by_role("grid")).to_be_visible()
        page.get_by_role("button", name="Import").focus()
        cell(page, "default", "Rule").focus()
        strike(page, "Insert", "Alt+a", "'hs code", "Enter", "'68", "Enter", "Enter", "Control+s")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name of the ruleset").fill("stone-first")
        dialog.get_by_label("What changed, and why").fill("A beginning.")
        dialog.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".life")).to_contain_text("A beginning.")
        page.get_by_role("link", name="Rulesets").click()
        expect(page.locator(".family").filter(has_text="stone-first").locator("tbody tr")).to_have_count(1)


def test_another_language_keeps_what_is_being_written(chromium: Browser, running: Lab):
    with officer(chromium, running) as opened:
        page = editing(opened, running.active()["hash"])
        cell(page, "seafood", "Route").click()
        strike(page, "Enter", "ArrowDown", "Enter")
        expect(rule(page, "seafood").locator(".c-route")).to_have_text("Inspection")
        page.get_by_role("button", name="中文").click()
        expect(page.locator("#tab-rows")).to_contain_text("规则")
        expect(rule(page, "seafood").locator(".c-route")).to_have_text("查验")
        page.get_by_role("button", name="撤销").click()
        expect(rule(page, "seafood").locator(".c-route")).to_have_text("机检")
        page.get_by_role("button", name="重做").click()
        expect(rule(page, "seafood").locator(".c-route")).to_have_text("查验")
