"""The phone page in a real browser: status, search, timeline, signing in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

import canned
import phones
from build_pages import Tab, live, tab
from canned import EXPORT_BOX, GONE_BOX, HELD_BOX, IMPORT_BOX, READY_BOX, SCAN_BOX
from phones import UNSEEN
from stub_port import StubPort

port, phone = phones.port, phones.phone


@pytest.mark.parametrize(
    ("language", "word", "following"), [("zh-CN", "等待海关", "等海关审单放行"), ("en-GB", "With customs", "Wait for")]
)
def test_the_status_word_and_the_next_step_stand_at_the_top(chromium, port, language: str, word: str, following: str):
    with tab(chromium, port, language=language) as opened:
        page = opened.open(f"/#/c/{IMPORT_BOX}")
        expect(page.locator("h1")).to_have_text(word)
        expect(page.locator(".next")).to_contain_text(following)
        expect(page).to_have_title(re.compile(word))


@pytest.mark.parametrize(
    ("number", "mood", "lane"),
    [
        (READY_BOX, "go", "海关 已放行"),
        (SCAN_BOX, "look", "黄色（机检）"),
        (HELD_BOX, "stop", "红色（人工查验）"),
        (EXPORT_BOX, "wait", None),
        (GONE_BOX, "gone", "海关 已放行"),
    ],
)
def test_colour_never_stands_without_its_icon_and_word(chromium, port, number: str, mood: str, lane: str | None):
    with tab(chromium, port, language="zh-CN") as opened:
        page = opened.open(f"/#/c/{number}")
        expect(page.locator(f".flood.{mood} .disc .icon path")).to_have_count(1)
        expect(page.locator(".chip .icon")).to_have_count(1 if lane else 0)
        if lane:
            expect(page.locator(".chips")).to_contain_text(lane)


def test_the_page_says_where_who_since_when_and_from_whom(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    facts = page.locator(".facts > div")
    expect(facts.nth(0)).to_contain_text("In the yard")
    expect(facts.nth(0)).to_contain_text("XMHT · A12-03-2")
    expect(facts.nth(1)).to_contain_text("Customs")
    expect(facts.nth(1)).to_contain_text("since 21 Nov, 08:40")
    expect(facts.nth(2)).to_contain_text("To the yard")
    expect(facts.nth(3)).to_contain_text("21 Nov, 09:12 · 海天码头")


def test_what_stands_against_pick_up_is_said_in_plain_words(phone: Tab):
    page = phone.open(f"/#/c/{HELD_BOX}")
    expect(page.get_by_role("heading", name="Not ready for pick-up")).to_be_visible()
    expect(page.locator(".blockers li")).to_have_text(
        ["Customs: Inspection ordered", "The carrier has not released it"]
    )


def test_loading_is_what_an_export_box_waits_for(phone: Tab):
    page = phone.open(f"/#/c/{EXPORT_BOX}")
    expect(page.get_by_role("heading", name="May not be loaded yet")).to_be_visible()
    expect(page.locator(".facets li")).to_contain_text(["Container", "Customs", "Arrival report"])


def test_unknown_is_not_reported_yet_and_never_a_colour(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    charges = page.locator(".facets li", has_text="Charges")
    expect(charges).to_contain_text("Not reported yet")
    expect(charges.locator(".dot.none")).to_have_count(1)


def test_a_placement_by_rule_alone_is_called_a_precaution(phone: Tab):
    phone.port.put(canned.status(facets={"customs": "DECLARED", "instruction": "SCAN:ISSUED"}))
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    expect(page.locator(".facts")).to_contain_text("a precaution, not a customs order")


def test_a_number_without_any_report_is_not_reported_yet_and_says_how_to_ask(phone: Tab):
    page = phone.open(f"/#/c/{UNSEEN}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not reported yet")
    expect(page.locator("main")).to_contain_text("Ask the party that holds the bill of lading")
    expect(page.locator("main")).not_to_contain_text("not found")


def test_in_chinese_too(chromium, port):
    with tab(chromium, port, language="zh-CN") as opened:
        page = opened.open(f"/#/c/{UNSEEN}")
        expect(page.get_by_role("heading", level=1)).to_have_text("尚无数据")
        expect(page.locator("main")).to_contain_text("指定贵单位")


def test_a_wrong_check_digit_in_a_link_offers_the_right_number(phone: Tab):
    page = phone.open("/#/c/CSQU3054384")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the number")
    page.get_by_role("button", name="Use CSQU 305438 3").click()
    expect(page.locator("h1")).to_have_text("With customs")


def test_the_search_box_knows_what_was_typed(phone: Tab):
    page = phone.open("/")
    for typed, seen in [
        ("csqu 305438 3", "Container, check digit is right"),
        ("CSQU3054384", "Container: check digit should be 3"),
        ("CSQU305438", "Container: check digit missing, would be 3"),
        ("COSU6123456780", "Bill of lading"),
        ("371120261001234567", "Declaration"),
        ("RA473124829DK", "Parcel, check digit is right"),
        ("Ever Given", "Name"),
    ]:
        page.fill("#q", typed)
        expect(page.locator("#seen")).to_have_text(seen)


def test_a_container_opens_at_once_and_is_remembered(phone: Tab):
    page = phone.open("/")
    page.fill("#q", "csqu3054383")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("With customs")
    assert page.url.endswith(f"/#/c/{IMPORT_BOX}")
    page.go_back()
    expect(page.locator(".recent li")).to_have_text([re.compile("CSQU 305438 3")])
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".recent")).to_have_count(0)


def test_a_wrong_check_digit_does_not_leave_the_search_box(phone: Tab):
    page = phone.open("/")
    page.fill("#q", "CSQU3054384")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Use CSQU 305438 3")).to_be_visible()
    assert "#/" not in page.url


def test_a_bill_of_lading_lists_its_containers_with_their_words(phone: Tab):
    page = phone.open("/")
    page.fill("#q", "COSU6123456780")
    page.keyboard.press("Enter")
    expect(page.locator(".list li")).to_have_count(3)
    expect(page.locator(".list li").nth(1)).to_contain_text("Ready")
    page.locator(".list a").nth(1).click()
    expect(page.locator("h1")).to_have_text("Ready")


def test_the_timeline_shows_corrections_as_corrections_and_differences(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    lines = page.locator(".line")
    expect(lines).to_have_count(8)
    expect(lines.first).to_contain_text("Grounded in the yard")
    was = page.locator("#e4")
    expect(was.locator("s").last).to_have_text("Discharged")
    expect(was).to_contain_text("Corrected")
    expect(was).to_contain_text("Now Discharged, 21 Nov, 08:15")
    now = page.locator("#e5")
    expect(now).to_contain_text("Correction")
    expect(now).to_contain_text("2 reports of the same fact")
    expect(now).to_contain_text("Reports differ: Gross mass, kg 24310 (Terminal) / 24180 (Tally)")
    expect(page.locator("#e7")).to_contain_text("Withdrawn")
    expect(page.locator("#e2.EST")).to_contain_text("Estimated: Gated in")
    expect(page.locator("#e6")).to_contain_text("Customs · 厦门海关")


def test_a_timeline_that_cannot_be_had_is_said_and_asked_for_again(phone: Tab):
    page = phone.page
    page.clock.install()
    phone.port.has_no_timeline = True
    phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    expect(page.locator("main")).to_contain_text("Timeline: The port cannot be reached")
    phone.port.has_no_timeline = False
    page.clock.run_for(31_000)
    expect(page.locator(".line")).to_have_count(len(canned.LINES))


def test_an_earlier_stay_is_called_one_and_does_not_follow_the_latest(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}/v-{IMPORT_BOX}")
    live(page)
    expect(page.get_by_role("link", name="See the latest")).to_be_visible()
    phone.port.tell(canned.ready(IMPORT_BOX, visitID="v-later"))
    page.wait_for_timeout(300)
    expect(page.locator("h1")).to_have_text("With customs")


def test_language_and_theme_are_switched_and_remembered(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("h1")).to_have_text("等待海关")
    page.get_by_role("button", name="切换到深色").click()
    page.reload()
    expect(page.locator("h1")).to_have_text("等待海关")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_times_are_the_ports_wherever_the_phone_is(chromium: Browser, port: StubPort):
    context = chromium.new_context(timezone_id="America/New_York", locale="en-GB")
    context.add_cookies([{"name": "dp", "value": "dp_fwd_secret", "url": port.url}])
    page = context.new_page()
    page.goto(f"{port.url}/#/c/{IMPORT_BOX}")
    expect(page.locator(".facts")).to_contain_text("21 Nov, 09:12")
    context.close()


def test_the_link_is_copied(chromium: Browser, port: StubPort):
    with tab(chromium, port) as opened:
        opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = opened.open(f"/#/c/{IMPORT_BOX}")
        page.get_by_role("button", name="Copy link").click()
        expect(page.locator(".toast")).to_have_text("Link copied")
        assert page.evaluate("navigator.clipboard.readText()") == f"{port.url}/#/c/{IMPORT_BOX}"


def test_who_is_not_signed_in_signs_in_and_lands_where_the_link_led(chromium: Browser, port: StubPort):
    with tab(chromium, port, key=None) as opened:
        page = opened.open(f"/#/c/{IMPORT_BOX}")
        page.get_by_label("Key or code").fill("dp_wrong_secret")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not valid")
        page.get_by_label("Key or code").fill("dp_fwd_secret")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_have_text("With customs")
        page.get_by_role("link", name="Search").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Key or code")).to_be_visible()


@pytest.mark.parametrize(("code", "page_of_role"), [("once", "/"), ("officer-once", "/officer")])
def test_an_entry_link_signs_in_once_and_forgets_its_code(chromium, port, code: str, page_of_role: str):
    with tab(chromium, port, key=None) as opened:
        page = opened.open(f"/enter#{code}")
        page.wait_for_url(port.url + page_of_role)
        page.go_back()
        assert code not in page.url


def test_a_used_entry_link_says_so_and_asks_for_a_key(chromium: Browser, port: StubPort):
    with tab(chromium, port, key=None) as opened:
        page = opened.open("/enter#used")
        expect(page.get_by_role("alert")).to_contain_text("has expired")
        expect(page.get_by_label("Key or code")).to_be_visible()
