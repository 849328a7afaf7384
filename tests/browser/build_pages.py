"""Pages for the browser tests: a signed-in tab on a stub of the port, in a language and a theme."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from stub_port import StubPort

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SOON = 5_000
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# The look a page is opened in; axe then looks at it in both themes.
OPENED = pytest.mark.parametrize(("language", "theme"), [("zh-CN", "dark"), ("en-GB", "light")])

expect.set_options(timeout=SOON)


@dataclass
class Tab:
    """A tab, and what its console complained of: nothing, in a page that is right."""

    page: Page
    port: StubPort
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.port.url + path)
        return self.page


@contextlib.contextmanager
def tab(
    chromium: Browser,
    port: StubPort,
    *,
    key: str | None = "dp_fwd_secret",
    language: str = "en-GB",
    theme: str = "light",
    size: dict[str, int] = PHONE,
) -> Iterator[Tab]:
    """A fresh browser profile with one tab; `key` None is nobody signed in."""
    context = chromium.new_context(viewport=size, device_scale_factor=2, locale=language, color_scheme=theme)
    if key:
        context.add_cookies([{"name": "dp", "value": key, "url": port.url}])
    opened = Tab(context.new_page(), port)
    opened.page.set_default_timeout(SOON)
    opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    # A refusal by the port is logged by the browser too; what the page itself says or breaks is not to be.
    opened.page.on(
        "console",
        lambda said: (
            said.type in ("error", "warning")
            and not said.text.startswith("Failed to load resource")
            and "WebSocket connection" not in said.text
            and opened.complaints.append(said.text)
        ),
    )
    try:
        yield opened
    finally:
        context.close()
    assert opened.complaints == []


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Waits, while the page goes on, for something that only the stub knows."""
    for _ in range(SOON // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come about in time")


def live(page: Page) -> None:
    """Waits until the page follows the feed."""
    expect(page.locator(".live .pulse")).to_be_visible()


def complaints_of_axe(page: Page) -> list[Any]:
    """What axe finds wrong with the page as it stands, in the one theme and in the other."""
    if not page.evaluate("'axe' in window"):
        # evaluate() is not bound by the page's policy, which lets no foreign script in.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return [found for theme in ("light", "dark") for found in _complaints_in(page, theme)]


def _complaints_in(page: Page, theme: Any) -> list[Any]:
    page.emulate_media(reduced_motion="reduce", color_scheme=theme)
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    # Colours are judged as they end, not on their way.
    page.wait_for_timeout(150)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [(theme, one["id"], [node["target"] for node in one["nodes"]][:4]) for one in found["violations"]]
