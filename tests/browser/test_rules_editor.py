"""The rule editor in a real browser on a real server: the grid, its editors, what the port says of each cell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from build_editor import Lab, cell, editing, lab, officer, rule, strike
from build_pages import OPENED, Tab, complaints_of_axe


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture
def desk(chromium: Browser, running: Lab) -> Iterator[Tab]:
    with officer(chromium, running) as opened:
        yield opened


@pytest.fixture
def founding(running: Lab) -> str:
    return str(running.active()["hash"])


def test_the_list_tells_every_version_and_which_is_in_force(desk: Tab, founding: str):
    page = desk.open("/rules")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rulesets")
    expect(page.locator(".in-force")).to_contain_text("In force xiamen-default")
    row = page.locator(".family tbody tr").filter(has_text=founding[:8])
    expect(row).to_contain_text("Active")
    expect(row).to_contain_text("came with the port")
    row.get_by_role("link").click()
    expect(page.get_by_role("grid", name="Table of rules")).to_be_visible()


def test_every_row_reads_as_a_sentence_and_tells_how_often_it_decides(desk: Tab, founding: str):
    page = editing(desk, founding)
    stone = rule(page, "stone-under-watch")
    expect(stone).to_contain_text("the country of origin is one of “stone origins under watch” (IN), then inspection.")
    expect(stone.locator(".c-hits b")).to_have_text("3")
    expect(rule(page, "ordinary-in-advance").locator(".c-hits")).to_have_text("6 / 9")
    expect(page.locator(".summary")).to_contain_text("Counted over the latest 9 boxes")


def test_a_rule_is_authored_by_keyboard_alone(chromium: Browser, running: Lab, founding: str):
    with officer(chromium, running) as opened:
        page = editing(opened, founding)
        strike(page, *["Tab"] * 3)
        while not page.evaluate("document.activeElement.closest('[role=grid]') !== null"):
            strike(page, "Tab")
        strike(page, "Insert", "Enter", "Control+A", "'balls from vietnam", "Enter")  # Below the first row.
        strike(page, "Alt+a", "'hs code", "Enter")  # To its column.
        strike(page, "'9506", "Enter", "Enter")  # Typing into a cell opens it.
        strike(page, "ArrowRight", "Enter", "'viet", "Enter", "Enter")
        strike(page, "End", "ArrowLeft", "Enter", "ArrowUp", "Enter")
        new = rule(page, "balls-from-vietnam")
        expect(new).to_contain_text(
            "If the HS code starts with 9506 and the country of origin is one of VN, then scan."
        )
        expect(new.locator(".c-hits b")).to_have_text("6")
        strike(page, "Alt+ArrowDown")
        expect(page.locator("tbody.rule").nth(2)).to_contain_text("balls-from-vietnam")
        strike(page, "Control+s", "'Balls were scanned in spring.", "Tab", "Tab", "Enter")
        expect(page.locator(".life")).to_contain_text("Balls were scanned in spring.")
    made = running.told("/v1/rulesets")["families"][0]["versions"][0]
    assert (made["note"], made["basedOn"], made["state"]) == ("Balls were scanned in spring.", founding, "DRAFT")
    row = running.told(f"/v1/rulesets/{made['hash']}")["ruleset"]["rows"][2]
    assert row["route"] == "SCAN"
    assert [(one["fact"], one["operator"], one["value"]) for one in row["when"]] == [
        ("hs_code", "prefix", ["9506"]),
        ("origin_country", "in", ["VN"]),
    ]


def test_a_wrong_value_is_shown_in_its_very_cell_and_gone_once_mended(desk: Tab, founding: str):
    page = editing(desk, founding)
    stone = cell(page, "undervalued-drink", "currency")
    stone.click()
    page.keyboard.press("Enter")
    page.get_by_label("Values from").select_option("")
    page.get_by_role("textbox", name="Values").fill("dollar")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(stone).to_have_attribute("aria-invalid", "true")
    expect(rule(page, "undervalued-drink").locator(".finding")).to_contain_text(
        "“dollar” is no currency: correct or remove it"
    )
    expect(page.locator(".summary")).to_contain_text("Errors: 1")
    page.keyboard.press("Control+z")
    expect(stone).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator(".summary")).not_to_contain_text("Errors")


def test_escape_leaves_a_cell_as_it_was_and_the_focus_in_it(desk: Tab, founding: str):
    page = editing(desk, founding)
    flag = cell(page, "dangerous-goods", "a box with")
    flag.click()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(flag).to_have_text("yes")
    expect(flag).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(flag).to_have_text("no")
    page.keyboard.press("Delete")
    expect(flag).to_have_text("")
    expect(rule(page, "dangerous-goods")).to_contain_text("a row without conditions would hide every row below it")


def test_unsaved_work_survives_a_reload_and_is_told(desk: Tab, founding: str):
    page = editing(desk, founding)
    cell(page, "seafood", "Rule").click()
    page.keyboard.press("Shift+Delete")
    expect(rule(page, "seafood")).to_have_count(0)
    page.reload()
    expect(page.locator(".note-line")).to_contain_text("were restored")
    expect(rule(page, "seafood")).to_have_count(0)
    page.goto(desk.port.url + "/rules#/edit")
    expect(page.locator(".family tbody tr").filter(has_text=founding[:8])).to_contain_text("Unsaved")
    page = editing(desk, founding)
    page.get_by_role("button", name="Discard them").click()
    expect(rule(page, "seafood")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("grid")).to_be_visible()
    expect(page.locator(".note-line")).to_have_count(0)


def test_a_row_is_moved_with_the_mouse(desk: Tab, founding: str):
    page = editing(desk, founding)
    rule(page, "meat").locator(".grip").drag_to(rule(page, "banned-waste").locator(".id"))
    expect(page.locator("tbody.rule").nth(1).locator(".id")).to_have_text("meat")


def test_a_slider_sets_a_bound_and_flags_are_asked_three_ways(desk: Tab, founding: str):
    page = editing(desk, founding)
    bound = cell(page, "undervalued-drink", "declared value per kg")
    bound.click()
    page.keyboard.press("Enter")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("less than", exact=True).last).to_have_value("2")
    page.keyboard.press("Enter")
    expect(bound).to_have_text("< 2")
    cell(page, "shared-box", "a shared box").click()
    page.keyboard.press("Enter")
    for word in ("yes", "no", "Not asked"):
        expect(page.get_by_role("radio", name=word, exact=True)).to_be_attached()


def test_hs_codes_are_picked_from_a_tree_that_knows_what_was_declared(desk: Tab, founding: str):
    page = editing(desk, founding)
    cell(page, "meat", "HS code").click()
    page.keyboard.press("Enter")
    page.get_by_label("Values from").select_option("")
    find = page.get_by_label("HS code or chapter")
    find.fill("stone")
    expect(page.get_by_role("treeitem").filter(has_text="68")).to_be_visible()
    find.fill("68")
    expect(page.get_by_role("treeitem").filter(has_text="6802")).to_be_visible()
    find.press("ArrowDown")
    strike(page, "ArrowDown", " ")
    page.keyboard.press("Enter")
    expect(cell(page, "meat", "HS code")).to_have_text("6802…")


@OPENED
def test_axe_finds_nothing(chromium: Browser, running: Lab, founding: str, language: str, theme: str):
    with officer(chromium, running, language=language, theme=theme) as opened:
        page = opened.open("/rules")
        expect(page.locator(".family")).to_be_visible()
        assert complaints_of_axe(page) == []
        page = editing(opened, founding)
        assert complaints_of_axe(page) == []
        cell(page, "stone-under-watch", "HS code" if language == "en-GB" else "商品编号").click()
        page.keyboard.press("Enter")
        expect(page.locator("dialog[open]")).to_be_visible()
        assert complaints_of_axe(page) == []
        page.keyboard.press("Escape")
        for part in ("lists", "lanes", "sites", "tests"):
            page.locator(f"#tab-{part}").click()
            expect(page.locator(f".p-{part} > *").first).to_be_visible()
            assert complaints_of_axe(page) == []


def test_axe_finds_nothing_in_what_opens_over_the_editor(desk: Tab, founding: str):
    page = editing(desk, founding)
    cell(page, "meat", "Rule").click()
    strike(page, "Alt+ArrowUp", "Alt+ArrowUp", "Insert")
    openers = {
        "Save as a new version": page.locator(".tools").get_by_role("button", name="Save as a new version"),
        "History": page.get_by_role("button", name="History"),
        "Findings": page.locator(".summary button"),
        "Keyboard": page.get_by_role("button", name="Keyboard"),
    }
    for name, opener in openers.items():
        opener.click()
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert complaints_of_axe(page) == [], name
        strike(page, "Escape")
    page.get_by_role("tab", name="Test cases").click()
    page.get_by_role("button", name="Granite from India").click()
    assert complaints_of_axe(page) == []


def test_a_row_that_never_decides_is_shown_with_a_box_that_becomes_a_test_case(desk: Tab, founding: str):
    page = editing(desk, founding)
    cell(page, "meat", "Rule").click()
    strike(page, "Control+d")
    copied = rule(page, "meat-2").locator(".finding").first
    expect(copied).to_contain_text("meat")
    copied.get_by_role("button", name="Show an example").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("HS code")
    dialog.get_by_role("button", name="Keep as a test case").click()
    made = page.locator(".tests tbody tr").last
    expect(made).to_contain_text("An example the check found")
    expect(made.locator(".chip-route")).to_have_text("Inspection")


def test_the_lab_is_for_officers_only(chromium: Browser, running: Lab):
    with officer(chromium, running, running.terminal) as opened:
        page = opened.open("/rules")
        expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for your organisation")
