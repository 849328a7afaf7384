"""`digital-port rules test`: the test cases of tables in files."""

from __future__ import annotations

from pathlib import Path

import click

from port.diversion.sentence import Sentence
from port.diversion.testing import TestCase, TestResult, run_tests
from web.cli_rules_files import (
    RULESET_FILE,
    answer,
    chinese_option,
    further_tests,
    said,
    sound,
    strict_option,
    tests_option,
)
from web.console import json_option


@click.command("test")
@click.argument("files", nargs=-1, required=True, type=RULESET_FILE)
@tests_option
@strict_option
@chinese_option
@json_option
def command(
    *, files: tuple[Path, ...], test_files: tuple[Path, ...], strict: bool, is_chinese: bool, as_json: bool
) -> None:
    """Run the test cases kept with the tables in FILES (.json, .xlsx), by the same decision as live.

    Exit code 1 when one fails, or with --strict when a table has none.
    """
    further = further_tests(test_files)
    results = {path: _run(path, further) for path in files}
    if as_json:
        answer({"files": [{"file": str(path), **_counted(done)} for path, done in results.items()]})
    else:
        for path, done in results.items():
            _print(path, done, is_chinese=is_chinese)
    has_failed = any(not one.passed for done in results.values() for one in done)
    raise SystemExit(has_failed or (strict and not all(results.values())))


def _run(path: Path, further: tuple[TestCase, ...]) -> tuple[TestResult, ...]:
    ruleset, own = sound(path)
    return run_tests(ruleset, (*own, *further))


def _counted(done: tuple[TestResult, ...]) -> dict[str, object]:
    passed = sum(one.passed for one in done)
    return {"passed": passed, "failed": len(done) - passed, "tests": [one.to_json() for one in done]}


def _print(path: Path, done: tuple[TestResult, ...], *, is_chinese: bool) -> None:
    for one in done:
        if not one.passed:
            title = said(Sentence(one.title.zh, one.title.en), is_chinese=is_chinese)
            wanted = (
                f"{one.expected.route.value} by {one.expected.row}" if one.expected.row else one.expected.route.value
            )
            got = f"{one.route.value} by {one.row}" if one.row else f"{one.route.value} ({one.reason.value})"
            click.echo(f"FAILED {one.id} ({title}): expected {wanted}, got {got}")
    passed = sum(one.passed for one in done)
    click.echo(f"{path}: {passed} of {len(done)} passed" if done else f"{path}: no tests")
