"""Notifications in a real browser on the real server: what is chosen is kept, and this device can be told."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from build_pages import DESK, OPENED, PHONE, Tab, complaints_of_axe, until
from build_watching import Port, box, running, signed_in
from canned import Json
from server import Key

pytestmark = pytest.mark.server
SETTINGS = "/v1/notifications/settings"
HELD, EXPECTED = box(1), box(2)
PUSH_SERVICE = """
    // Headless browsers have no push service: this one gives an address as it would.
    let current = null;
    const bytes = (n) => new Uint8Array(n).fill(7);
    const point = Uint8Array.from(atob("%s"), (c) => c.charCodeAt(0));
    const plain = (array) => btoa(String.fromCharCode(...array));
    const text = (array) => plain(array).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=/g, "");
    PushManager.prototype.getSubscription = async () => current;
    PushManager.prototype.subscribe = async (options) => {
        window.subscribedWith = options;
        const keys = { p256dh: text(point), auth: text(bytes(16)) };
        return (current = {
            toJSON: () => ({ endpoint: "https://push.example/one", expirationTime: null, keys }),
            unsubscribe: async () => { current = null; return true; },
        });
    };
"""
# The generator of P-256: a point as good as any.
_POINT = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, spool: Path) -> Iterator[Port]:
    with running(tmp_path_factory.mktemp("notices"), spool=str(spool)) as opened:
        opened.announce(HELD, EXPECTED)
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


def saved(page: Page) -> None:
    expect(page.locator(".save-note")).to_have_text("Saved")


def spooled(page: Page, spool: Path, known: frozenset[Path] = frozenset()) -> Json:
    """The next short message that is laid in the spool."""
    for _ in range(200):
        fresh = {*spool.glob("*.sms.json")} - known
        if fresh:
            message: Json = json.loads(fresh.pop().read_text(encoding="utf-8"))
            return message
        page.wait_for_timeout(100)
    raise AssertionError("no message was laid in the spool")


def channel(settings: Json, name: str) -> Json:
    [found] = [one for one in settings["channels"] if one["channel"] == name]
    return found


def test_what_is_chosen_is_kept(phone: Tab, port: Port, me: Key):
    page = phone.open("/notifications")
    before = port.asked(me, SETTINGS)
    cell = page.get_by_role("checkbox", name="Gated out: SMS")
    expect(cell).not_to_be_checked()
    cell.check()
    saved(page)
    page.get_by_label("Be quiet during these hours").check()
    page.get_by_label("From", exact=True).fill("21:30")
    page.get_by_role("radio", name="One a day").check()
    page.get_by_role("radio", name="English").check()
    until(page, lambda: port.asked(me, SETTINGS)["language"] == "en")
    after = port.asked(me, SETTINGS)
    assert after["choices"] == before["choices"] | {"container.gated_out": ["SMS"]}
    assert after["quietHours"] == {"from": "21:30", "to": "07:00", "zone": "Asia/Shanghai"}
    assert (after["digest"], after["isDefault"]) == ({"EMAIL": "DAILY"}, False)
    page.reload()
    expect(cell).to_be_checked()
    expect(page.get_by_label("From", exact=True)).to_have_value("21:30")
    page.get_by_label("Be quiet during these hours").uncheck()
    until(page, lambda: port.asked(me, SETTINGS)["quietHours"] is None)


def test_a_telephone_is_told_only_once_its_code_came_back(phone: Tab, port: Port, me: Key, spool: Path):
    page = phone.open("/notifications")
    before = frozenset(spool.glob("*.sms.json"))
    page.get_by_label("Telephone number").fill("13800000000")
    page.get_by_role("button", name="Send a code").first.click()
    expect(page.locator(".address").first).to_contain_text("A code was sent to +8613800000000")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert").filter(has_text="code")).to_be_visible()
    assert channel(port.asked(me, SETTINGS), "SMS")["state"] == "PENDING"
    [code] = re.findall(r"(?<!\d)\d{6}(?!\d)", spooled(page, spool, before)["text"])
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".address .dot.go")).to_be_visible()
    assert channel(port.asked(me, SETTINGS), "SMS")["state"] == "VERIFIED"
    before = frozenset(spool.glob("*.sms.json"))
    page.locator(".address").get_by_role("button", name="Send a test").click()
    expect(page.locator(".address").first).to_contain_text("The test is on its way")
    assert spooled(page, spool, before)["to"] == "+8613800000000"
    page.locator(".address").get_by_role("button", name="Remove").click()
    expect(page.get_by_label("Telephone number")).to_be_visible()
    page.get_by_label("Mail address").fill("me@")
    page.get_by_role("button", name="Send a code").nth(1).click()
    assert page.evaluate("document.querySelector('#to-EMAIL').matches(':invalid')")


def test_this_device_is_told_by_push_until_it_is_turned_off(phone: Tab, port: Port, me: Key):
    page = phone.page
    page.context.grant_permissions(["notifications"], origin=port.url)
    page.add_init_script(PUSH_SERVICE % base64.b64encode(_POINT).decode())
    phone.open("/notifications")
    page.get_by_role("button", name="Turn on push").click()
    expect(page.locator("main")).to_contain_text("This device is told by push")
    assert channel(port.asked(me, SETTINGS), "PUSH")["state"] == "VERIFIED"
    public = port.asked(me, "/v1/notifications/push-key")["publicKey"]
    given = page.evaluate("[...window.subscribedWith.applicationServerKey]")
    assert bytes(given) == base64.urlsafe_b64decode(public + "=" * (-len(public) % 4))
    expect(page.locator(".grid thead th").nth(1)).to_have_text("Push")
    page.get_by_role("button", name="Turn off push").click()
    expect(page.get_by_role("button", name="Turn on push")).to_be_visible()
    assert channel(port.asked(me, SETTINGS), "PUSH")["state"] != "VERIFIED"


def test_what_is_pushed_is_shown_by_the_device(phone: Tab, port: Port):
    page = phone.page
    page.context.grant_permissions(["notifications"], origin=port.url)
    phone.open("/notifications")
    wire = page.context.new_cdp_session(page)
    registered: list[str] = []
    wire.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(r["registrationId"] for r in told["registrations"]),
    )
    wire.send("ServiceWorker.enable")
    page.evaluate(
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => null)"
    )
    until(page, lambda: bool(registered))
    told = {"title": "可以提箱", "body": "CSQU 305438 3", "tag": "t", "url": "/#/c/CSQU3054383", "lang": "zh"}
    pushed = {"origin": port.url, "registrationId": registered[-1], "data": json.dumps(told)}
    wire.send("ServiceWorker.deliverPushMessage", pushed)
    shown = """navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
        .then((all) => all.map(({ title, body, data }) => [title, body, data.url]))"""
    until(page, lambda: page.evaluate(shown) == [["可以提箱", "CSQU 305438 3", f"{port.url}/#/c/CSQU3054383"]])


def test_a_browser_that_refuses_says_what_to_do(phone: Tab):
    phone.page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page = phone.open("/notifications")
    expect(page.locator("main")).to_contain_text("The browser refuses notifications")


def test_what_was_told_is_listed(phone: Tab, port: Port, me: Key):
    port.watch(me, EXPECTED)
    page = phone.open("/notifications#/told")
    expect(page.locator("main")).to_contain_text("Nothing was told yet")
    with port.server.client(me) as client:
        settings = client.get(SETTINGS).json()
        chosen = {name: settings[name] for name in ("quietHours", "digest", "language")}
        put = client.put(SETTINGS, json={**chosen, "choices": {"container.discharged": ["PUSH", "SMS"]}})
        assert put.is_success, put.text
    port.discharge(EXPECTED)
    for _ in range(15):
        if page.locator(".told li").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
        expect(page.locator(".told, .empty")).to_be_visible()
    expect(page.locator(".told li")).to_contain_text("Discharged")
    expect(page.locator(".told li")).to_contain_text("shown here only")
    page.locator(".told a").click()
    expect(page.locator("h1")).to_be_visible()
    assert page.url.endswith(f"/#/c/{EXPECTED}")


# What holds for every page


PAGES = {"/watchlist": ".watched", "/notifications": ".grid", "/notifications#/told": ".empty, .told"}


@OPENED
def test_axe_finds_nothing_on_a_phone_and_on_a_desk(chromium, port: Port, me: Key, language: str, theme: str):
    port.watch(me, HELD, EXPECTED, box(900), label="一")
    for size in (PHONE, DESK):
        with signed_in(chromium, port, me, size=size, language=language, theme=theme) as opened:
            for path, sign in PAGES.items():
                page = opened.open("/enter") and opened.open(path)
                expect(page.locator(sign).first).to_be_visible()
                page.emulate_media(reduced_motion="reduce")
                page.wait_for_timeout(150)
                assert (path, complaints_of_axe(page)) == (path, [])


def test_a_thumb_hits_everything_and_nothing_is_wider_than_a_small_phone(chromium, port: Port, me: Key):
    port.watch(me, HELD, EXPECTED, label="a rather long label that somebody gave")
    with signed_in(chromium, port, me, size={"width": 320, "height": 640}) as opened:
        for path, sign in PAGES.items():
            page = opened.open("/enter") and opened.open(path)
            expect(page.locator(sign).first).to_be_visible()
            page.wait_for_timeout(300)
            small = page.evaluate(
                """() => [...document.querySelectorAll("a, button, input, select, textarea")]
                    .filter((element) => element.getClientRects().length && element.type !== "radio")
                    .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
                    .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
            )
            assert (path, small) == (path, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
