"""The rules of the house that a machine can hold: sizes, names, who may read a clock, what the docs must name."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from adapters import registry, rejection
from events import types

ROOT = Path(__file__).parent.parent
ROOMS = ("events", "port", "adapters", "web")
MODULE_LINES = 300
FUNCTION_LINES = 40
EMPTY_NAMES = {"utils", "helpers", "manager", "managers", "handler", "handlers", "data", "info", "misc", "common"}
TEXT_FILES = {".py", ".md", ".toml", ".txt", ".json", ".js", ".css", ".html", ".yaml", ".yml", ".example", ""}


def modules(*rooms: str) -> list[Path]:
    """Every module as somebody wrote it: migrations are written by Alembic."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py") if path.parent.name != "versions")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.stmt | ast.expr | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}" if node else str(path.relative_to(ROOT))


@cache
def committed() -> list[Path]:
    """Every file of the project; what git ignores is not ours."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_a_module_and_a_test_file_tell_one_story_in_at_most_300_lines():
    long = {place(path): len(path.read_text().splitlines()) for path in modules(*ROOMS, "tests")}
    assert {path: lines for path, lines in long.items() if lines > MODULE_LINES} == {}


def test_a_function_is_at_most_40_lines_long():
    assert [
        f"{place(path, node)} {node.name} {length}"
        for path in modules(*ROOMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ] == []


def test_every_module_opens_by_saying_what_it_owns():
    assert [place(path) for path in modules(*ROOMS) if not ast.get_docstring(tree(path))] == []


def test_no_name_is_empty():
    assert [place(path) for path in modules(*ROOMS) if EMPTY_NAMES & set(path.stem.split("_"))] == []


def test_nobody_below_web_reads_a_clock_a_die_or_the_environment():
    assert list(reads_the_world(*modules("events", "port", "adapters"))) == []


def test_only_the_settings_read_the_environment():
    web = [path for path in modules("web") if path != ROOT / "web" / "settings.py"]
    assert [read for read in reads_the_world(*web) if "environ" in read or "getenv" in read] == []


def reads_the_world(*paths: Path) -> Iterator[str]:
    """Where time, chance or the environment is taken instead of being given."""
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
    worlds = clocks | {("os", "environ"), ("os", "getenv"), ("uuid", "uuid1"), ("uuid", "uuid4")}
    for path in paths:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                if (owner, node.attr) in worlds or owner in {"random", "secrets"}:
                    yield f"{place(path, node)} {owner}.{node.attr}"


def test_only_events_and_port_own_tables():
    assert [
        place(path, node)
        for path in modules("adapters", "web")
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.keyword) and node.arg == "table")
        or (isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Table")
    ] == []


def test_a_broad_except_lives_in_four_places_at_most():
    broad = [place(path) for path in modules(*ROOMS) for line in path.read_text().splitlines() if "BLE001" in line]
    assert len(broad) <= 4, broad


def test_an_unchecked_type_gives_its_reason_on_the_line():
    silent = re.compile(r"# type: ignore(?!\[[a-z-, ]+\]\s+# \w)")
    assert [
        f"{place(path)}:{number}"
        for path in modules(*ROOMS)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if silent.search(line)
    ] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a registry", r"(?i)(pythonhosted|pypi|npmjs|registry\.npm)\.(org|com)"),
        ("somebody's machine", r"(?<![\w.])/(?:root|home|Users|work)/\w"),
    ],
)
def test_no_file_names(what, pattern):
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in committed()
        if path.suffix in TEXT_FILES and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert found == [], what


def test_the_locks_agree_and_hash_everything():
    run, dev, bench = (pins(f"requirements{suffix}.txt") for suffix in ("", "-dev", "-dev-bench"))
    assert run.items() <= dev.items() <= bench.items()
    assert run["apscheduler"].startswith("3.")


def pins(name: str) -> dict[str, str]:
    """Package to version; each with a hash, none with an address."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    found = {}
    for entry in entries:
        if pinned := re.match(r"([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", entry):
            assert "--hash=sha256:" in entry, entry
            assert "://" not in entry, entry
            found[pinned[1]] = pinned[2]
    return found


def test_every_format_is_named_in_its_contract_and_has_its_tests():
    formats = [path.stem for path in modules("adapters") if "decode" in functions(path)]
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    [contract] = [rule for rule in rules if rule["id"] == "formats"]
    assert contract["modules"] == [f"adapters.{name}" for name in formats]
    assert [name for name in formats if not (ROOT / "tests" / f"test_{name}.py").is_file()] == []


def functions(path: Path) -> set[str]:
    return {node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)}


FACTS = [member.kind for member in get_args(types.OutsideFact) + get_args(types.OurFact)]


@pytest.mark.parametrize(
    ("page", "what", "words"),
    [
        ("glossary.md", "facts", FACTS),
        ("glossary.md", "movements", types.EquipmentEventType),
        ("glossary.md", "routes", types.Route),
        ("glossary.md", "reasons of a decision", types.Reason),
        ("adding-a-format.md", "formats", registry.FORMATS),
        ("adding-a-format.md", "reasons of a refusal", rejection.Reason),
    ],
)
def test_the_page_names_all_the(page, what, words):
    path = ROOT / "docs" / page
    if not path.is_file():
        pytest.skip(f"docs/{page} is not written yet")
    text = path.read_text(encoding="utf-8")
    assert [str(word) for word in words if f"`{word}`" not in text] == [], what


def test_every_verbatim_message_is_told_by_a_test():
    messages = [path for path in (ROOT / "tests" / "messages").rglob("*") if path.is_file() and path.suffix != ".md"]
    told = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert [path.name for path in messages if path.name not in told] == []
