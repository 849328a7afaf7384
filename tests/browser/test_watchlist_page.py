"""The watch list in a real browser on the real server: many boxes over one stream, and right again whatever happens."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from build_pages import Tab, until
from build_watching import Fronted, Port, box, running, signed_in
from server import Key, serve

pytestmark = pytest.mark.server
HELD, MOVING, QUIET = box(1), box(2), box(3)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    with running(tmp_path_factory.mktemp("watching")) as opened:
        opened.announce(HELD, MOVING, QUIET)
        opened.discharge(HELD)
        opened.declare(HELD, "HELD")
        yield opened


@pytest.fixture
def me(port: Port) -> Key:
    return port.person()


@pytest.fixture
def phone(chromium: Browser, port: Port, me: Key) -> Iterator[Tab]:
    with signed_in(chromium, port, me) as opened:
        yield opened


def spaced(number: str) -> str:
    return re.sub(r"^(.{4})(.{6})(.)$", r"\1 \2 \3", number)


def row(page: Page, number: str):
    return page.locator(".watched", has_text=spaced(number))


def live(page: Page) -> None:
    expect(page.locator(".live .pulse")).to_be_visible()


def listed(port: Port, me: Key) -> list[tuple[str, str]]:
    return [(item["equipmentReference"], item["label"]) for item in port.asked(me, "/v1/watchlist")["items"]]


def test_many_numbers_are_pasted_and_the_wrong_one_is_offered_right(phone: Tab, port: Port, me: Key):
    page = phone.open("/watchlist")
    expect(page.locator("main")).to_contain_text("Nothing is watched yet")
    wrong = MOVING[:-1] + str((int(MOVING[-1]) + 1) % 10)
    page.get_by_label("Add containers").fill(f"{spaced(HELD).lower()}\n{QUIET}, {wrong}")
    expect(page.locator("#numbers-seen")).to_contain_text("2 container numbers · 1 to check")
    page.get_by_label("Label").fill("Wednesday")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".watched")).to_have_count(2)
    expect(row(page, HELD)).to_contain_text("Customs hold")
    expect(row(page, HELD)).to_contain_text("Wednesday")
    expect(page.get_by_label("Add containers")).to_have_value(wrong)
    page.get_by_role("button", name=spaced(MOVING)).click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".watched")).to_have_count(3)
    assert sorted(listed(port, me)) == sorted((number, "Wednesday") for number in (HELD, MOVING, QUIET))


def test_every_box_is_live_over_one_stream(phone: Tab, port: Port, me: Key):
    page, boxes = phone.page, [box(n) for n in range(100, 230)]
    port.watch(me, *boxes, label="one")
    port.watch(me, HELD, MOVING, label="another")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    phone.open("/watchlist")
    expect(page.locator(".watched")).to_have_count(132)
    expect(page.locator("main")).to_contain_text("The first 128 are live")
    live(page)
    fresh = box(100)
    port.announce(fresh)
    until(page, lambda: page.locator(".watched", has_text="Not reported yet").count() == 129)
    expect(row(page, fresh)).to_contain_text("Expected")
    page.get_by_label("Only the label").select_option("another")
    expect(page.locator(".watched")).to_have_count(2)
    assert len(sockets) == 1


def test_a_box_taken_off_can_be_put_back(phone: Tab, port: Port, me: Key):
    port.watch(me, HELD, label="mine")
    page = phone.open("/watchlist")
    page.get_by_role("button", name=f"Stop watching {spaced(HELD)}").click()
    expect(page.locator(".watched")).to_have_count(0)
    assert listed(port, me) == []
    page.get_by_role("button", name="Undo").click()
    expect(row(page, HELD)).to_contain_text("mine")
    assert listed(port, me) == [(HELD, "mine")]


def test_a_file_is_uploaded_and_the_list_comes_out_as_one(phone: Tab, tmp_path: Path):
    page = phone.open("/watchlist")
    given = tmp_path / "boxes.csv"
    given.write_text(f"container,label\n{HELD},a\n{QUIET},b\nCSQU3054384,c\n", encoding="utf-8")
    page.get_by_label("Upload CSV").set_input_files(given)
    expect(page.locator(".watched")).to_have_count(2)
    expect(page.locator(".add")).to_contain_text("2 added · 1 to check")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert {(line["equipmentReference"], line["label"]) for line in csv.DictReader(io.StringIO(text))} == {
        (HELD, "a"),
        (QUIET, "b"),
    }


def test_a_box_is_watched_from_its_own_page_and_the_list_is_found_from_home(phone: Tab, port: Port, me: Key):
    page = phone.open(f"/#/c/{HELD}")
    page.get_by_role("button", name="Watch").click()
    expect(page.locator(".toast")).to_have_text("Watching")
    assert listed(port, me) == [(HELD, "")]
    phone.open("/")
    page.get_by_role("main").get_by_role("link", name="Watch list").click()
    row(page, HELD).get_by_role("link").click()
    expect(page.locator("h1")).to_have_text("Customs hold")


def test_who_is_not_signed_in_signs_in_first(phone: Tab, me: Key):
    phone.page.context.clear_cookies()
    page = phone.open("/watchlist")
    page.get_by_label("Key or code").fill(me.secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Watch list")


@pytest.mark.parametrize("page_of", ["box", "list"])
def test_a_page_is_right_again_after_the_server_was_killed(chromium, tmp_path: Path, page_of: str):
    with running(tmp_path) as port, closing(Fronted(port.url)) as front:
        port.front = front.url
        number, me = box(1), port.person()
        port.announce(number)
        port.watch(me, number)
        with signed_in(chromium, port, me) as opened:
            page = opened.open("/watchlist" if page_of == "list" else f"/#/c/{number}")
            shown = page.locator("h1") if page_of == "box" else row(page, number)
            live(page)
            page.evaluate("window.isSamePage = true")
            os.kill(port.server.pid, signal.SIGKILL)
            expect(page.locator(".live .pulse")).to_have_count(0)
            expect(shown).to_contain_text("Expected")
            with serve(port.server.database_url, salt="the tests draw alike") as again:
                port.server = again
                port.discharge(number)
                front.middleman.target = again.base_url
                expect(shown).to_contain_text("Not declared", timeout=60_000)
                live(page)
                front.cut()
                port.declare(number, "HELD")
                expect(shown).to_contain_text("Customs hold", timeout=60_000)
                assert page.evaluate("window.isSamePage")


def test_a_revoked_person_is_asked_to_sign_in(phone: Tab, port: Port, me: Key):
    port.watch(me, HELD)
    page = phone.open("/watchlist")
    live(page)
    admin = port.server.create_key(party="ADMIN", role="admin")
    with port.server.client(admin) as client:
        assert client.delete(f"/v1/keys/{me.key_id}").is_success
    expect(page.get_by_label("Key or code")).to_be_visible(timeout=20_000)
