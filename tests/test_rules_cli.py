"""`digital-port rules` on files: lint, test, diff, export and import, and the exit codes a pipeline goes by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from build_diversion import WORDS, asks, row, written
from port.diversion.documents import load_default_tests, load_file
from port.diversion.loading import load_default
from web.cli import main

STONE = row("INSPECTION", asks("hs_code", "prefix", ["6802"]), id="stone")
LATE = row("YARD", asks("declaration_mode", "equals", "ARRIVAL"), id="late")
LANES = [{"route": "YARD", "minimum_random_rate": 0.01}]
GRANITE = {"standings": [{"lines": [{"hs_code": "6802231000"}], "facts": {"declaration_mode": "ADVANCE"}}]}
TOYS = {"standings": [{"lines": [{"hs_code": "9503008900"}], "facts": {"declaration_mode": "ARRIVAL"}}]}
OTHER = {"standings": [{"lines": [{"hs_code": "9503008900"}], "facts": {"declaration_mode": "ADVANCE"}}]}


def a_test(name: str, case: dict[str, Any], route: str, **expected: str) -> dict[str, Any]:
    return {"id": name, "title": WORDS, "case": case, "expect": {"route": route, **expected}}


TESTS = [a_test("granite", GRANITE, "INSPECTION"), a_test("toys", TOYS, "YARD"), a_test("other", OTHER, "YARD")]


@pytest.fixture
def file(tmp_path: Path):
    """Write a document."""

    def made(*rows: dict[str, Any], name: str = "rules.json", **parts: Any) -> str:
        path = tmp_path / name
        path.write_text(json.dumps(written(*rows, **{"lanes": LANES, **parts})), encoding="utf-8")
        return str(path)

    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def test_lint_of_a_sound_table_ends_well_and_shows_what_falls_to_the_default(file):
    done = run("lint", file(STONE, LATE, tests=TESTS), "--strict")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "NOTE    GAP              default: Boxes that no row speaks of go to yard.",
        "                         e.g. hs_code 9503008900, declaration_mode in advance",
        "NOTE    OVERLAP          stone: Some boxes meet this row and late: they go to inspection and not to yard.",
        "                         e.g. hs_code 6802000000, declaration_mode on arrival",
        f"{file(STONE, LATE, tests=TESTS)}: 0 errors, 0 warnings, 2 notes",
    ]


def test_lint_fails_on_errors_and_only_when_strict_on_warnings(file):
    doubtful = file(LATE, STONE, tests=TESTS)
    assert run("lint", doubtful).exit_code == 0
    assert run("lint", doubtful, "--strict").exit_code == 1
    shadowed = file(STONE, row("SCAN", asks("hs_code", "prefix", ["680223"])), name="shadowed.json", tests=TESTS)
    done = run("lint", shadowed, "--no-notes")
    assert done.exit_code == 1
    assert "ERROR   SHADOWED         scan: Row stone above takes everything" in done.stdout
    assert "NOTE" not in done.stdout


def test_lint_answers_in_chinese_and_as_json(file):
    path = file(STONE, LATE, tests=TESTS[1:])
    assert "stone: 没有任何测试用例由本行决定。" in run("lint", path, "--zh").stdout
    [told] = json.loads(run("lint", path, "--json").stdout)["files"]
    assert (told["name"], told["hash"]) == ("test", load_file(Path(path).read_bytes()).ruleset.content_hash)
    assert (told["errors"], told["warnings"], told["notes"]) == (0, 1, 2)
    assert [one["code"] for one in told["findings"]] == ["UNTESTED", "GAP", "OVERLAP"]


def test_lint_takes_tests_of_another_document_and_the_shares_of_what_is_missing(file, tmp_path: Path):
    path, shares = file(STONE, LATE), tmp_path / "missing.json"
    beside = tmp_path / "tests.json"
    beside.write_text(json.dumps({"tests": TESTS}))
    shares.write_text(json.dumps({"declaration_mode": 0.4}))
    done = run("lint", path, "--tests", str(beside), "--missing", str(shares), "--no-notes", "--json")
    assert [(one["code"], one["row"], one["column"]) for one in json.loads(done.stdout)["files"][0]["findings"]] == [
        ("OFTEN_MISSING", "late", "declaration_mode")
    ]
    shares.write_text(json.dumps({"colour": 0.4}))
    assert run("lint", path, "--missing", str(shares)).exit_code == 2


def test_a_table_that_makes_no_sense_is_told_by_row_and_column(file):
    broken = file(row("SCAN", asks("gross_mass_kg", "less", "heavy")), tests=[{"id": "t"}])
    done = run("lint", broken, "--json")
    assert done.exit_code == 1
    assert [(one["row"], one["column"]) for one in json.loads(done.stdout)["files"][0]["findings"]] == [
        ("scan", "gross_mass_kg"),
        ("tests 1 (t)", "title"),
        ("tests 1 (t)", "case"),
        ("tests 1 (t)", "expect"),
    ]
    for command in ("test", "export", "import"):
        refused = run(command, broken)
        assert refused.exit_code == 1
        assert f"{broken}: scan, gross_mass_kg: 'heavy' is no gross mass" in refused.stderr


def test_tests_are_run_and_a_failure_fails(file):
    good = file(STONE, LATE, tests=TESTS)
    done = run("test", good)
    assert (done.exit_code, done.stdout) == (0, f"{good}: 3 of 3 passed\n")
    bad = file(STONE, LATE, name="bad.json", tests=[a_test("granite", GRANITE, "HOLD", row="late"), *TESTS[1:]])
    failed = run("test", good, bad)
    assert failed.exit_code == 1
    assert "FAILED granite (test): expected HOLD by late, got INSPECTION by stone" in failed.stdout
    assert f"{bad}: 2 of 3 passed" in failed.stdout
    told = json.loads(run("test", bad, "--json").stdout)["files"][0]
    assert (told["passed"], told["failed"], told["tests"][0]["actual"]["row"]) == (2, 1, "stone")


def test_a_table_without_tests_fails_only_when_strict(file):
    bare = file(STONE)
    assert run("test", bare).stdout == f"{bare}: no tests\n"
    assert run("test", bare).exit_code == 0
    assert run("test", bare, "--strict").exit_code == 1


def test_a_difference_is_told_with_the_boxes_it_sends_elsewhere(file):
    before = file(STONE, LATE, tests=TESTS)
    after = file(LATE, name="after.json")
    done = run("diff", before, after)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "Row stone is gone.",
        "",
        "from / to                   YARD      INSPECTION",
        "YARD                           2               0",
        "INSPECTION                     1               0",
        "granite: INSPECTION → YARD: row stone is gone",
    ]
    assert run("diff", before, after, "--strict").exit_code == 1
    assert "删除规则 stone。" in run("diff", before, after, "--zh").stdout
    told = json.loads(run("diff", before, after, "--json").stdout)
    assert [one["kind"] for one in told["changes"]] == ["REMOVED"]
    assert [one["case"] for one in told["flips"]["flips"]] == ["granite"]
    same = run("diff", before, before, "--strict")
    assert (same.exit_code, same.stdout.splitlines()[0]) == (0, "No difference.")


def test_the_built_in_table_is_exported_with_its_tests_and_is_clean(tmp_path: Path):
    path = tmp_path / "built-in.json"
    done = run("export", "--output", str(path))
    assert (done.exit_code, done.stderr.strip()) == (0, load_default().content_hash)
    assert load_file(path.read_bytes()) == (load_default(), load_default_tests())
    assert run("lint", str(path), "--strict").exit_code == 0
    assert run("test", str(path), "--strict").exit_code == 0
    assert run("export").stdout == path.read_text(encoding="utf-8")


def test_an_import_keeps_the_tests_that_a_repository_has(file, tmp_path: Path):
    kept = file(STONE, LATE, name="kept.json", tests=TESTS)
    edited = file(LATE, STONE, name="edited.json")
    done = run("import", edited, "--output", kept)
    assert done.exit_code == 0
    ruleset, tests = load_file(Path(kept).read_bytes())
    assert ([one.id for one in ruleset.rows], [one.id for one in tests]) == (
        ["late", "stone"],
        [t["id"] for t in TESTS],
    )
    assert json.loads(run("import", edited).stdout)["rows"][0]["id"] == "late"
    assert run("import", edited, "--output", str(tmp_path / "x.xlsx")).exit_code == 2
    assert run("export", edited, "--output", str(tmp_path / "x.csv")).exit_code == 2


def test_a_file_as_some_editors_write_it_is_read(file):
    path = Path(file(STONE, LATE, tests=TESTS))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert run("test", str(path)).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [(), ("lint",), ("lint", "nowhere.json"), ("diff", "one.json"), ("polish",), ("test", "--colour")]
)
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...]):
    assert run(*arguments).exit_code == 2


def test_lint_needs_no_database_and_no_heavy_library(file):
    """In a process of its own: what other tests have imported must not count."""
    asked = "import sys; from web.cli import main; main(['rules', 'lint', sys.argv[1]], standalone_mode=False)"
    heavy = "[name for name in ('polars', 'openpyxl', 'simpy') if name in sys.modules]"
    shown = f"import atexit, sys; atexit.register(lambda: print({heavy}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{shown}\n{asked}", file(STONE, LATE, tests=TESTS)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "DIGITAL_PORT_DATABASE_URL": "sqlite:////nowhere/at/all.db"},
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "[]")


def test_a_table_goes_into_a_workbook_and_comes_back_the_same(tmp_path: Path):
    book, again = str(tmp_path / "rules.xlsx"), str(tmp_path / "rules.json")
    assert run("export", "--output", book).exit_code == 0
    assert run("lint", book, "--strict").exit_code == 0
    assert run("test", book, "--strict").exit_code == 0
    done = run("import", book, "--output", again)
    assert (done.exit_code, done.stderr.strip()) == (0, load_default().content_hash)
    assert load_file(Path(again).read_bytes()) == (load_default(), load_default_tests())


def test_a_workbook_that_is_none_is_told_and_not_a_fault(tmp_path: Path):
    book = tmp_path / "rules.xlsx"
    book.write_bytes(b"no workbook")
    for command in ("lint", "test", "import"):
        done = run(command, str(book))
        assert (done.exit_code, type(done.exception)) == (1, SystemExit)
        assert done.output


def test_lint_tells_the_cell_of_a_workbook_and_what_to_do_about_it(tmp_path: Path):
    path = tmp_path / "rules.xlsx"
    run("export", "--output", str(path))
    book = load_workbook(path)
    book["Rules"]["B5"] = "=1+1"
    book.save(path)
    said = "Rules!B5: is a formula. Copy the cell and paste it as a value."
    assert said in run("import", str(path)).stderr
    assert said in run("lint", str(path)).stdout
    finding = json.loads(run("lint", str(path), "--json").stdout)["files"][0]["findings"][0]
    assert (finding["row"], finding["column"]) == ("Rules!B5", "")


@pytest.mark.parametrize("ending", [".json", ".xlsx"])
def test_a_file_that_cannot_be_written_is_wrong_usage(file, tmp_path: Path, ending: str):
    nowhere = str(tmp_path / "nowhere" / f"rules{ending}")
    commands = [("export", "--output", nowhere)]
    if ending == ".json":
        commands.append(("import", file(STONE), "--output", nowhere))
    for command in commands:
        done = run(*command)
        assert (done.exit_code, type(done.exception)) == (2, SystemExit)
        assert f"{nowhere}: cannot be written" in done.stderr
