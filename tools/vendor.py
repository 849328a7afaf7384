"""Copies the screens' libraries out of node_modules, as the ES modules a browser can load as they are.

A bare import (`from "preact"`) would need an import map, which old WebViews do not know: each becomes a relative one.
Run by `make vendor`, after `npm ci`.
"""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
SCREENS = ROOT / "web" / "static" / "vendor"
TESTS = ROOT / "tests" / "browser" / "vendor"


@dataclass(frozen=True)
class Module:
    """An ES module: where npm puts it, what we call it, and the bare name that others import it by."""

    source: str
    target: str
    bare_name: str


MODULES = (
    Module("preact/dist/preact.mjs", "preact.module.js", "preact"),
    Module("preact/hooks/dist/hooks.mjs", "hooks.module.js", "preact/hooks"),
    Module("htm/dist/htm.mjs", "htm.module.js", "htm"),
)
# The API's reference page, as it is; it loads only on /docs.
PLAIN = ("swagger-ui-dist/swagger-ui-bundle.js", "swagger-ui-dist/swagger-ui.css")
LICENCES = {"preact": "LICENSE", "htm": "LICENSE", "swagger-ui-dist": "LICENSE"}
IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'.][^"']*)\2""")
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$\n?", re.MULTILINE)


class UnknownImportError(Exception):
    """A library imports something that is not copied."""


def relative(text: str, *, targets: dict[str, str]) -> str:
    """The module's text with every bare import made relative, and without the name of a source map nobody serves.

    Raises UnknownImportError for a bare name that is not in `targets`.
    """

    def replace(found: re.Match[str]) -> str:
        if found[3] not in targets:
            raise UnknownImportError(found[3])
        return f"{found[1]}{found[2]}./{targets[found[3]]}{found[2]}"

    return SOURCE_MAP.sub("", IMPORT.sub(replace, text))


def copy_screens() -> None:
    """Fills web/static/vendor, licences included: a wheel passes them on."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    targets = {module.bare_name: module.target for module in MODULES}
    for module in MODULES:
        text = (PACKAGES / module.source).read_text(encoding="utf-8")
        (SCREENS / module.target).write_text(relative(text, targets=targets), encoding="utf-8")
    for source in PLAIN:
        shutil.copyfile(PACKAGES / source, SCREENS / Path(source).name)
    for package, licence in LICENCES.items():
        shutil.copyfile(PACKAGES / package / licence, SCREENS / f"LICENSE.{package}.txt")


def copy_tests() -> None:
    """Fills tests/browser/vendor with what only tests use."""
    TESTS.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGES / "axe-core" / "axe.min.js", TESTS / "axe.min.js")


if __name__ == "__main__":
    copy_screens()
    copy_tests()
    sys.exit(0)
