"""The desks in a real browser: the officer's why and override, the terminal's instructions, certificates' steps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

import canned_desks
import phones
from build_pages import DESK, Tab, tab, until
from canned import GONE_BOX, HELD_BOX, READY_BOX
from stub_port import StubPort

port = phones.port


@pytest.fixture
def officer(chromium: Browser, port: StubPort) -> Iterator[Tab]:
    with tab(chromium, port, key="dp_off_secret", size=DESK) as opened:
        yield opened


@pytest.fixture
def terminal(chromium: Browser, port: StubPort) -> Iterator[Tab]:
    with tab(chromium, port, key="dp_ter_secret", size=DESK) as opened:
        yield opened


def test_the_officer_sees_what_waits_and_why(officer: Tab):
    page = officer.open("/officer")
    expect(page.locator(".rows li")).to_have_count(2)
    expect(page.locator(".rows li").nth(0)).to_contain_text("A rule failed")
    expect(page.locator(".rows li").nth(1)).to_contain_text("Inspection site full · awaiting inspection site")


def test_a_decision_is_explained_by_its_facts_its_row_and_why_no_other_matched(officer: Tab):
    page = officer.open("/officer#/waiting/d-1")
    expect(page.locator(".rules li").nth(0)).to_contain_text("Stone from India: inspection")
    expect(page.locator(".rules li").nth(1)).to_contain_text("The credit grade is not reported yet")
    facts = page.locator(".pairs div")
    expect(facts.filter(has_text="lines 0 hsCode")).to_contain_text("6802231000")
    expect(facts.filter(has_text="creditGrade")).to_contain_text("not reported yet")
    expect(facts.filter(has_text="YH-C2")).to_contain_text("3")


def test_an_override_needs_a_route_and_a_written_reason(officer: Tab):
    page = officer.open("/officer#/waiting/d-1")
    button = page.locator("form button.primary")
    expect(button).to_be_disabled()
    page.get_by_role("radio", name="Inspection").check()
    expect(button).to_be_disabled()
    page.get_by_label("Reason in writing").fill("Seal differs from the manifest")
    expect(button).to_have_text("Override to Inspection")
    button.click()
    expect(page.locator("blockquote")).to_contain_text("Seal differs from the manifest")
    expect(page.locator("blockquote")).to_contain_text("XMCUS")
    assert officer.port.sent[-1] == (
        "/v1/decisions/d-1/override",
        {"route": "INSPECTION", "reason": "Seal differs from the manifest"},
    )


def test_an_override_of_a_box_that_has_gone_says_so(officer: Tab):
    officer.port.refuses_override = {
        "status": 409,
        "detail": "The container has left the port.",
        "fix": "See the alert.",
    }
    page = officer.open("/officer#/waiting/d-1")
    page.get_by_role("radio", name="Scan").check()
    page.get_by_label("Reason in writing").fill("Late intelligence")
    page.locator("form button.primary").click()
    expect(page.get_by_role("alert")).to_have_text("The container has left the port. See the alert.")


def test_the_officer_sees_alerts_and_what_was_refused(officer: Tab):
    page = officer.open("/officer")
    page.get_by_role("link", name="Alerts").click()
    expect(page.locator(".rows")).to_contain_text("Ordered after it had left")
    expect(page.locator(".rows a")).to_have_attribute("href", f"/#/c/{GONE_BOX}")
    page.get_by_role("link", name="Refused").click()
    page.locator(".rows a").click()
    expect(page.locator(".error")).to_contain_text("BAD_CONTAINER_NUMBER")
    expect(page.locator(".error")).to_contain_text("segment 9, EQD")
    page.get_by_role("button", name="Show the message as received").click()
    expect(page.locator("pre")).to_contain_text("EQD+CN+CSQU3054384")


def test_what_happens_while_the_officer_looks_shows_by_itself(officer: Tab):
    page = officer.open("/officer")
    expect(page.locator(".rows li")).to_have_count(2)
    until(page, lambda: {"key": "officers"} in officer.port.subscribed)
    officer.port.decisions.append(canned_desks.decision("d-7", READY_BOX))
    officer.port.say("officers", {"event": {"key": "officers", "version": 1, "eventID": "e", "type": "X", "data": {}}})
    expect(page.locator(".rows li")).to_have_count(3)


def test_the_customs_desk_is_not_for_a_terminal(chromium: Browser, port: StubPort):
    with tab(chromium, port, key="dp_ter_secret", size=DESK) as opened:
        page = opened.open("/officer")
        expect(page.get_by_role("heading", level=1)).to_have_text("This page is not for your organisation")


def test_the_terminal_acknowledges_then_executes(terminal: Tab):
    page = terminal.open("/terminal")
    row = page.locator(".rows li", has_text="MSKU 601167 2")
    expect(row).to_contain_text("Inspection")
    expect(row).to_contain_text("远海查验场 C2")
    row.get_by_role("button", name="Acknowledge").click()
    row.get_by_role("button", name="Mark executed").click()
    expect(page.locator(".rows li")).to_have_count(2)
    assert [path for path, _ in terminal.port.sent if path.startswith("/v1/instructions")] == [
        "/v1/instructions/i-1/acknowledge",
        "/v1/instructions/i-1/execute",
    ]
    page.get_by_role("link", name="Recent").click()
    expect(page.locator(".rows li")).to_contain_text(["executed"])


def test_an_instruction_cancelled_meanwhile_says_so(terminal: Tab):
    page = terminal.open("/terminal")
    row = page.locator(".rows li", has_text="MSKU 601167 2")
    terminal.port.cancelled_meanwhile.add("i-1")
    row.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".rows li")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("This instruction was cancelled.")


def test_the_terminal_sees_what_of_its_messages_was_refused_and_what_to_do(terminal: Tab):
    page = terminal.open("/terminal#/refused/r-1")
    expect(page.locator(".error")).to_contain_text("message 1, EQD 2")
    expect(page.locator(".error")).to_contain_text("Compare the number with the door")


def test_a_certificate_goes_from_application_to_collection(chromium: Browser, port: StubPort):
    port.mailings = []
    with tab(chromium, port) as opened:
        page = opened.open("/certificates")
        page.get_by_text("Apply for mailing").first.click()
        page.get_by_label("Certificate number").fill("C267800777777")
        page.get_by_label("Recipient").fill("林先生")
        page.get_by_label("Telephone").fill("13800000000")
        page.get_by_label("Address").fill("厦门市湖里区")
        page.get_by_role("button", name="Apply for mailing").click()
        expect(page.locator("article [aria-current=step]")).to_contain_text("Applied")
    with tab(chromium, port, key="dp_off_secret") as opened:
        page = opened.open("/certificates")
        page.get_by_role("button", name="Mark signed").click()
        page.get_by_label("Locker").fill("象屿 3 号柜 12")
        page.get_by_role("button", name="Place in locker").click()
        expect(page.locator("article [aria-current=step]")).to_contain_text("In locker")
    with tab(chromium, port) as opened:
        page = opened.open("/certificates")
        page.get_by_role("button", name="Get the pick-up code").click()
        expect(page.locator(".secret")).to_have_text("718242")
        expect(page.locator(".code")).to_contain_text("Shown this once")
        page.reload()
        expect(page.locator("article")).to_have_count(1)
        expect(page.locator(".secret")).to_have_count(0)
    with tab(chromium, port, key="dp_cou_secret") as opened:
        page = opened.open("/certificates")
        page.get_by_label("Pick-up code").fill("000000")
        page.get_by_role("button", name="Confirm the code").click()
        expect(page.get_by_role("alert")).to_contain_text("That is not the code")
        page.get_by_label("Pick-up code").fill("718242")
        page.get_by_role("button", name="Confirm the code").click()
        page.get_by_label("Parcel number").fill("EE123456785CN")
        page.get_by_role("button", name="Collect").click()
        expect(page.locator("article [aria-current=step]")).to_contain_text("Collected")
        expect(page.locator("article")).to_contain_text("EE123456785CN")


def test_on_a_phone_the_desk_shows_one_thing_at_a_time(chromium: Browser, port: StubPort):
    with tab(chromium, port, key="dp_off_secret") as opened:
        page = opened.open("/officer")
        page.locator(".rows a", has_text=HELD_BOX[:4]).click()
        expect(page.locator(".verdict")).to_be_visible()
        expect(page.locator(".list-side")).to_be_hidden()
        page.get_by_role("link", name="Back").click()
        expect(page.locator(".list-side")).to_be_visible()
