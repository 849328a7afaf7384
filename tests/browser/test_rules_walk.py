"""A rule's whole way in a real browser: one officer writes, tests, back-tests and shadows it, another approves it and
puts it in force, and the next box a terminal discharges is routed by it; every screen of the lab tells of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from build_editor import BALLS, GRANITE, Lab, cell, editing, lab, officer, rule, strike
from build_pages import until
from senders import box

SLOW = 60_000
WHY = "Three loads of balls were hollow."


def authored(page: Page) -> str:
    """The hash of the version that opens every ball from Vietnam, with a case that tests it; written by keyboard."""
    cell(page, "explosive-or-radioactive", "Rule").focus()
    strike(page, "Insert", "Enter", "Control+A", "'hollow balls", "Enter", "Alt+a", "'hs code", "Enter")
    strike(page, "'9506", "Enter", "Enter")
    expect(rule(page, "hollow-balls")).to_contain_text("If the HS code starts with 9506, then inspection.")
    expect(rule(page, "hollow-balls").locator(".c-hits b")).to_have_text("6")
    page.get_by_role("tab", name="Test cases").click()
    page.get_by_role("button", name="New case").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title (English)").fill("Balls from Vietnam")
    dialog.get_by_label("HS code", exact=True).fill(BALLS[0])
    dialog.get_by_role("button", name="Done").click()
    page.get_by_role("row", name="Balls from Vietnam").get_by_label("Must go to").select_option("INSPECTION")
    expect(page.get_by_role("status").filter(has_text="cases pass")).to_be_visible()
    old = page.url
    strike(page, "Control+s", f"'{WHY}")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    until(page, lambda: page.url != old)
    return page.url.rsplit("/", 1)[1]


def back_tested(page: Page) -> None:
    """From the editor to the report, and from a cell of the flip matrix to a box and why."""
    page.locator(".life").get_by_role("button", name="Back-test", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Back-test").click()
    page.locator(".life").get_by_role("link", name="Open the report").click(timeout=SLOW)
    expect(page.get_by_role("heading", level=1, name="Back-test")).to_be_visible()
    expect(page.locator(".figures").first).to_contain_text("Recall")
    expect(page.locator(".rows-table tbody tr").filter(has_text="hollow-balls")).to_contain_text("unknown")
    page.locator(".flips td.stricter button").click()
    expect(page.locator(".case-side tbody tr")).to_have_count(6)
    page.locator(".case-side tbody tr").first.get_by_role("link", name="Try a box").click()
    expect(page.locator(".answer h2").first).to_contain_text("Inspection", timeout=10_000)
    expect(page.locator(".why-rows .k-MATCHED")).to_contain_text("hollow-balls")


def shadowed(page: Page, running: Lab) -> None:
    """In shadow the version sees live boxes and changes nothing."""
    page.goto(f"{running.url}/rules#/shadow")
    page.get_by_role("button", name="Start a shadow run").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, in writing").fill("A week beside the live rules.")
    dialog.get_by_role("button", name="Start a shadow run").click()
    expect(page.locator(".candidate")).to_contain_text("Running")
    assert running.discharge(BALLS)["route"] == "DIRECT_RELEASE"
    assert running.discharge(GRANITE)["route"] == "INSPECTION"
    expect(page.locator(".flips td.stricter button")).to_be_visible(timeout=SLOW)
    expect(page.locator(".figures")).to_contain_text("Agreed with live")


def taken(page: Page, name: str, why: str) -> None:
    """A step of the version's way, with its reason."""
    page.locator(".life").get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, in writing").fill(why)
    dialog.get_by_role("button", name=name, exact=True).click()
    expect(dialog).to_have_count(0)


def test_a_rule_goes_from_an_officers_mind_to_the_next_box(chromium: Browser, tmp_path: Path):
    with lab(tmp_path) as running:
        with officer(chromium, running) as opened:
            made = authored(editing(opened, running.active()["hash"]))
            back_tested(opened.page)
            shadowed(opened.page, running)
            page = editing(opened, made)
            approve = page.locator(".life li").filter(has_text="You wrote it: another officer approves")
            expect(approve.get_by_role("button", name="Approve")).to_be_disabled()
        for step in ("approve", "activate"):
            refused = running.ask("POST", f"/v1/rulesets/{made}/{step}", json={"why": "I wrote it and it is good."})
            assert refused.status_code in (403, 409), refused.text
        assert running.active()["hash"] != made

        with officer(chromium, running, running.bo) as opened:
            page = editing(opened, made)
            taken(page, "Approve", "Read with the inspectors of the day shift.")
            taken(page, "Activate", "From this shift on.")
            expect(page.locator(".editor-top")).to_contain_text("Active")
            decided = running.discharge(BALLS)
            number = box(running.boxes)
            assert (decided["route"], decided["rulesetHash"]) == ("INSPECTION", made)
            assert running.instruction is not None
            assert (running.instruction["route"], running.instruction["reason"]) == ("INSPECTION", "RULE")
            spaced = f"{number[:4]} {number[4:10]} {number[10]}"
            desk = opened.open("/officer#/decisions")
            expect(desk.locator(".rows li").filter(has_text=spaced).first).to_contain_text("Inspection")
            queue = opened.open(f"/rules#/decisions/{decided['decisionID']}")
            expect(queue.locator(".queue-detail .rules li").first).to_contain_text("the HS code starts with 9506")
            audit = opened.open(f"/rules#/audit/{made}")
            for word in ("Saved", "Tested", "Back-tested", "Shadow started", "Approved", "Activated", WHY):
                expect(audit.locator(".audit")).to_contain_text(word)
            expect(audit.locator(".audit tr").filter(has_text="Approved")).to_contain_text("You")
            expect(audit.locator(".audit .waived")).to_have_count(0)
