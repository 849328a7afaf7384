"""The step that turns npm packages into modules a browser loads as they are."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import vendor

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "web" / "static" / "vendor"

TARGETS = {"preact": "preact.module.js", "preact/hooks": "hooks.module.js"}


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ('import{options as n}from"preact";', 'import{options as n}from"./preact.module.js";'),
        ("import { useState } from 'preact/hooks'", "import { useState } from './hooks.module.js'"),
        ('export*from"preact";', 'export*from"./preact.module.js";'),
        ('import "preact";', 'import "./preact.module.js";'),
        ('import("preact")', 'import("./preact.module.js")'),
        ('import{a}from"./near.js";', 'import{a}from"./near.js";'),
        ("x;\n//# sourceMappingURL=x.mjs.map\n", "x;\n"),
    ],
)
def test_a_bare_import_becomes_relative_and_the_rest_stays(written, served):
    assert vendor.relative(written, targets=TARGETS) == served


def test_an_import_of_something_that_is_not_copied_stops_the_build():
    with pytest.raises(vendor.UnknownImportError, match="react"):
        vendor.relative('import r from"react";', targets=TARGETS)


# A statement, and not the words "from" and "import" where a screen says them.
IMPORTS = re.compile(
    r"""(?:\bimport\s*\(\s*|\bimport\s+|\b(?:import|export)\b\s*[\w$*{][^"'();]*?\bfrom\s*)["']([^"']+)["']"""
)


@pytest.mark.slow
def test_what_a_screen_imports_is_there():
    """After `make vendor`, which `make test` runs: every import of every module leads to a file.

    The API's reference page is a bundle, which imports nothing and only talks of it.
    """
    bundles = {Path(source).name for source in vendor.PLAIN}
    dangling = [
        f"{module.relative_to(ROOT)} -> {name}"
        for module in (ROOT / "web" / "static").rglob("*.js")
        if module.name not in bundles
        for name in IMPORTS.findall(module.read_text())
        if not (module.parent / name).is_file()
    ]
    assert dangling == []


@pytest.mark.slow
def test_a_wheel_carries_the_screens_and_their_libraries(tmp_path):
    # A copy: setuptools builds in place, and a wheel carries what an earlier build left there.
    for room in ("events", "port", "adapters", "web"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (ROOT / "pyproject.toml", ROOT / "LICENSE", *ROOT.glob("*.md")):
        shutil.copy(path, tmp_path)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", "out", "."],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    [wheel] = (tmp_path / "out").glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    rooms = {
        str(path.relative_to(ROOT)) for room in ("events", "port", "adapters", "web") for path in files(ROOT / room)
    }
    assert rooms - carried == set()
    assert "web/static/vendor/preact.module.js" in carried
    assert {name.partition("/")[0] for name in carried - rooms} == {"digital_port-0.1.0.dist-info"}


def files(folder: Path) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and path.name[0] != "." and "__pycache__" not in path.parts
    ]
