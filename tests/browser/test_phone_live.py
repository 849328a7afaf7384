"""The phone page in a real browser: live changes, and honesty when the line is gone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import canned
import phones
from build_pages import Tab, live, tab, until
from canned import IMPORT_BOX
from phones import UNSEEN

port, phone = phones.port, phones.phone


def test_the_word_changes_live_without_reload(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    page.evaluate("window.isSamePage = true")
    phone.port.tell(canned.ready(IMPORT_BOX))
    expect(page.locator("h1")).to_have_text("Ready")
    expect(page.locator(".flood.go").first).to_be_visible()
    expect(page.locator(".chip.fresh")).to_have_text("Just changed")
    assert page.evaluate("window.isSamePage")


def test_a_change_is_read_out_by_screen_readers(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    expect(page.locator("[aria-live=polite] h1")).to_have_text("With customs")


def test_a_missing_version_is_noticed_and_fetched(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    # The snapshot must be there: of what comes before it no version is missing.
    expect(page.locator("h1")).to_have_text("With customs")
    phone.port.tell(canned.ready(IMPORT_BOX), skip=1)
    until(page, lambda: len(phone.port.subscribed) == 2)
    expect(page.locator("h1")).to_have_text("Ready")
    assert phone.port.subscribed[-1] == {"key": f"container:{IMPORT_BOX}"}


def test_a_lost_line_comes_back_where_it_left_off(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    phone.port.hang_up(4008)
    until(page, lambda: len(phone.port.subscribed) == 2)
    live(page)
    assert phone.port.subscribed == [
        {"key": f"container:{IMPORT_BOX}"},
        {"key": f"container:{IMPORT_BOX}", "since": {"epoch": "1", "version": 7}},
    ]


def test_a_final_close_is_said_and_not_tried_again(phone: Tab):
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    phone.port.hang_up(4500)
    expect(page.locator(".banner")).to_contain_text("Live updates have ended")
    expect(page.locator("h1")).to_have_text("With customs")


@pytest.mark.parametrize(("language", "words"), [("en-GB", "Offline since"), ("zh-CN", "起离线")])
def test_a_phone_without_network_says_since_when_and_from_when_it_shows(chromium, port, language: str, words: str):
    with tab(chromium, port, language=language) as opened:
        page = opened.open(f"/#/c/{IMPORT_BOX}")
        live(page)
        page.context.set_offline(True)
        expect(page.locator(".banner")).to_contain_text(words)
        expect(page.locator(".banner")).to_contain_text(re.compile(r"\d\d:\d\d.*\d\d:\d\d", re.DOTALL))
        page.context.set_offline(False)
        live(page)


def test_a_feed_that_cannot_be_had_is_said_and_the_status_stays(phone: Tab):
    phone.port.is_feed_open = False
    page = phone.open(f"/#/c/{IMPORT_BOX}")
    expect(page.locator(".banner")).to_contain_text("Not live since")
    expect(page.locator("h1")).to_have_text("With customs")


def test_a_line_that_falls_silent_is_given_up(phone: Tab):
    page = phone.page
    page.clock.install()
    phone.open(f"/#/c/{IMPORT_BOX}")
    live(page)
    page.clock.run_for(46_000)
    until(page, lambda: len(phone.port.subscribed) == 2)
    live(page)


def test_the_first_report_shows_by_itself(phone: Tab):
    page = phone.open(f"/#/c/{UNSEEN}")
    live(page)
    phone.port.first(canned.status(UNSEEN))
    expect(page.locator("h1")).to_have_text("With customs")
    expect(page.locator(".line")).to_have_count(len(canned.LINES))
