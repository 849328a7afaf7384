"""A headless Chromium of the machine's, driven through Playwright; nothing is downloaded."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Error, sync_playwright

from stores import NotToBeHad

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block; `DIGITAL_PORT_CHROMIUM` names one that is not on the PATH."""
    program = os.environ.get("DIGITAL_PORT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        raise NotToBeHad("no Chromium on the PATH")
    # Its sandbox refuses root, and only root may go without.
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=program, args=[*QUIET, *as_root])
        except Error as error:
            raise NotToBeHad(f"{program} does not start: {error}") from error
        with opened:
            yield opened
