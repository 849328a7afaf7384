"""What holds for every page: nothing axe complains of, nothing too small for a thumb, nothing too heavy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from build_pages import DESK, OPENED, PHONE, Tab, complaints_of_axe, tab
from canned import EXPORT_BOX, GONE_BOX, HELD_BOX, IMPORT_BOX, READY_BOX, SCAN_BOX
from stub_port import StubPort, filled, serve

BYTES_AT_MOST = 30_000
LARGEST_PAINT_AT_MOST_MS = 1_800
PHONE_PAGES = {
    "home": ("/", "dp_fwd_secret", "#q"),
    "signing in": ("/", None, "#key"),
    "results": ("/#/q/COSU6123456780", "dp_fwd_secret", ".list li"),
    "waiting": (f"/#/c/{IMPORT_BOX}", "dp_fwd_secret", ".line"),
    "ready": (f"/#/c/{READY_BOX}", "dp_fwd_secret", ".line"),
    "scan": (f"/#/c/{SCAN_BOX}", "dp_fwd_secret", ".line"),
    "inspection": (f"/#/c/{HELD_BOX}", "dp_fwd_secret", ".line"),
    "export": (f"/#/c/{EXPORT_BOX}", "dp_fwd_secret", ".line"),
    "gone": (f"/#/c/{GONE_BOX}", "dp_fwd_secret", ".line"),
    "not reported": ("/#/c/TGHU3543288", "dp_fwd_secret", ".empty"),
    "bad digit": ("/#/c/CSQU3054384", "dp_fwd_secret", ".suggest"),
    "certificates": ("/certificates", "dp_fwd_secret", "article"),
    "courier": ("/certificates", "dp_cou_secret", "article"),
}
DESK_PAGES = {
    "officer": ("/officer", "dp_off_secret", ".rows li"),
    "decision": ("/officer#/waiting/d-1", "dp_off_secret", ".pairs"),
    "refused": ("/officer#/refused/r-1", "dp_off_secret", ".error"),
    "alerts": ("/officer#/alerts", "dp_off_secret", ".rows li"),
    "terminal": ("/terminal", "dp_ter_secret", ".rows li"),
    "wrong desk": ("/terminal", "dp_off_secret", ".empty"),
}
PAGES = {
    **{name: (*page, PHONE) for name, page in PHONE_PAGES.items()},
    **{name: (*page, DESK) for name, page in DESK_PAGES.items()},
}


@pytest.fixture(scope="module")
def port() -> Iterator[StubPort]:
    with serve(filled()) as running:
        yield running


def shown(opened: Tab, path: str, sign: str) -> None:
    page = opened.open(path)
    expect(page.locator(sign).first).to_be_visible()
    page.emulate_media(reduced_motion="reduce")


@OPENED
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(chromium: Browser, port: StubPort, name: str, language: str, theme: str):
    path, key, sign, size = PAGES[name]
    with tab(chromium, port, key=key, language=language, theme=theme, size=size) as opened:
        shown(opened, path, sign)
        assert complaints_of_axe(opened.page) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_to_press_is_smaller_than_a_thumb_and_nothing_wider_than_the_screen(
    chromium: Browser, port: StubPort, name: str
):
    path, key, sign, size = PAGES[name]
    with tab(chromium, port, key=key, size=size) as opened:
        shown(opened, path, sign)
        assert smaller_than_a_thumb(opened) == []
        opened.page.set_viewport_size({"width": 320, "height": 640})
        opened.page.wait_for_timeout(200)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 320


def smaller_than_a_thumb(opened: Tab) -> list[str]:
    told: list[str] = opened.page.evaluate(
        """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
            .filter((element) => element.getClientRects().length)
            // A link within a sentence, and a radio button whose label is the target, may be smaller (WCAG 2.5.8).
            .filter((element) => !element.closest("p, .grow") && element.type !== "radio")
            .map((element) => [element.textContent.trim() || element.id, element.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44 || box.width < 44).map(([name]) => name)"""
    )
    return told


def test_the_keyboard_alone_reaches_the_status_and_focus_is_seen(chromium: Browser, port: StubPort):
    with tab(chromium, port) as opened:
        page = opened.open("/")
        expect(page.locator("#q")).to_be_visible()
        page.keyboard.press("Tab")
        for _ in range(8):
            if page.evaluate("document.activeElement.id") == "q":
                break
            page.keyboard.press("Tab")
        page.keyboard.type("CSQU3054383")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("With customs")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert (page.evaluate("document.activeElement.tagName"), outline) == ("A", "solid")


def test_still_pictures_for_who_asked_for_reduced_motion(chromium: Browser, port: StubPort):
    with tab(chromium, port) as opened:
        opened.page.emulate_media(reduced_motion="reduce")
        page = opened.open(f"/#/c/{IMPORT_BOX}")
        expect(page.locator(".pulse")).to_be_visible()
        assert page.evaluate("document.getAnimations().length") == 0


WATCH_PAINT = """
    new PerformanceObserver((list) => { window.largestPaint = list.getEntries().at(-1).startTime; })
        .observe({ type: "largest-contentful-paint", buffered: true });
    window.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
"""
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 93_750}


def load_slowly(chromium: Browser, port: StubPort, language: str) -> tuple[int, float, float]:
    """Bytes on the wire, largest paint in ms and layout shift of a status page on slow 4G with a quarter of the CPU."""
    with tab(chromium, port, language=language) as opened:
        page = opened.page
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", SLOW_4G)
        wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        sizes: list[int] = []
        wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        page.add_init_script(WATCH_PAINT)
        opened.open(f"/#/c/{IMPORT_BOX}")
        expect(page.locator(".live .pulse")).to_be_visible(timeout=30_000)
        expect(page.locator(".line").first).to_be_visible(timeout=30_000)
        return sum(sizes), page.evaluate("window.largestPaint"), page.evaluate("window.shift")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_a_status_page_weighs_little_and_shows_fast_on_a_slow_phone(chromium: Browser, port: StubPort, language: str):
    # The machine is shared: the quickest of a few loads tells what the page needs.
    for _ in range(3):
        size, paint, shift = load_slowly(chromium, port, language)
        assert size <= BYTES_AT_MOST
        assert shift < 0.1
        if paint <= LARGEST_PAINT_AT_MOST_MS:
            return
    raise AssertionError(f"the largest paint came after {paint} ms, three times too late")
