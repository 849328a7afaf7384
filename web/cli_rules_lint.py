"""`digital-port rules lint`: what is wrong or doubtful about tables in files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click

from port.diversion import lint
from port.diversion.case import Facts
from port.diversion.checks import Problem, RulesetInvalid
from port.diversion.facts import find_fact
from port.diversion.lint import Finding, Severity
from port.diversion.sentence import of_value
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase
from web.cli_rules_files import (
    RULESET_FILE,
    answer,
    chinese_option,
    document,
    further_tests,
    said,
    strict_option,
    tests_option,
)
from web.console import WrongUsage, json_option

_NOTES_SHOWN = 20


class _Linted(NamedTuple):
    path: Path
    ruleset: Ruleset | None
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """How many findings are as severe as that."""
        return sum(1 for one in self.findings if one.severity is severity)


@click.command("lint")
@click.argument("files", nargs=-1, required=True, type=RULESET_FILE)
@tests_option
@click.option("--missing", type=RULESET_FILE, help='JSON: the share of missing values by fact, {"vgm_kg": 0.4}.')
@click.option("--no-notes", is_flag=True, help="Leave out gaps and overlaps.")
@strict_option
@chinese_option
@json_option
def command(
    *,
    files: tuple[Path, ...],
    test_files: tuple[Path, ...],
    missing: Path | None,
    no_notes: bool,
    strict: bool,
    is_chinese: bool,
    as_json: bool,
) -> None:
    """Find what is wrong with the tables in FILES (.json, .xlsx): rows that never decide, gaps, overlaps and the like.

    Exit code 1 for any error, or with --strict any warning.  Every code is explained in docs/rules.md.
    """
    rates, tests = _rates(missing), further_tests(test_files)
    linted = [_lint(path, tests=tests, missing=rates, with_notes=not no_notes) for path in files]
    if as_json:
        answer({"files": [_as_json(one) for one in linted]})
    else:
        for one in linted:
            _print(one, is_chinese=is_chinese)
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    raise SystemExit(any(finding.severity in failing for one in linted for finding in one.findings))


def _lint(path: Path, *, tests: Sequence[TestCase], missing: Mapping[str, float], with_notes: bool) -> _Linted:
    try:
        ruleset, own = document(path)
    except RulesetInvalid as refused:
        findings = map(_at_cell, lint.of_problems(refused.problems), refused.problems)
        return _Linted(path, None, tuple(findings))
    found = lint.lint(ruleset, tests=(*own, *tests), missing=missing)
    return _Linted(path, ruleset, (*found, *(lint.notes(ruleset) if with_notes else ())))


def _at_cell(finding: Finding, problem: Problem) -> Finding:
    """The finding with the cell of the workbook for its place, and what to do about it."""
    cell, fix = getattr(problem, "cell", ""), getattr(problem, "fix", "")
    if not cell:
        return finding
    message = finding.message._replace(en=f"{finding.message.en}. {fix}".rstrip())
    return replace(finding, row=cell, column="", message=message)


def _rates(path: Path | None) -> Mapping[str, float]:
    if path is None:
        return lint.NOTHING_MISSING
    try:
        told = json.loads(path.read_bytes())
    except ValueError as refused:
        raise WrongUsage(f"{path}: {refused}") from None
    is_sound = isinstance(told, dict) and all(
        find_fact(name) is not None and type(rate) in (int, float) and 0 <= rate <= 1 for name, rate in told.items()
    )
    if not is_sound:
        raise WrongUsage(f"{path}: must be an object of facts and shares from 0 to 1")
    return dict(told)


def _as_json(linted: _Linted) -> dict[str, object]:
    ruleset = linted.ruleset
    return {
        "file": str(linted.path),
        "name": ruleset and ruleset.name,
        "hash": ruleset and ruleset.content_hash,
        "errors": linted.count(Severity.ERROR),
        "warnings": linted.count(Severity.WARNING),
        "notes": linted.count(Severity.NOTE),
        "findings": [one.to_json() for one in linted.findings],
    }


def _print(linted: _Linted, *, is_chinese: bool) -> None:
    notes = [one for one in linted.findings if one.severity is Severity.NOTE]
    for one in linted.findings:
        if one.severity is not Severity.NOTE or one in notes[:_NOTES_SHOWN]:
            _print_finding(one, is_chinese=is_chinese)
    if len(notes) > _NOTES_SHOWN:
        click.echo(f"{'':24} … {len(notes) - _NOTES_SHOWN} more notes; --json has them all")
    counts = ", ".join(f"{linted.count(severity)} {severity.value.lower()}s" for severity in Severity)
    click.echo(f"{linted.path}: {counts}")


def _print_finding(one: Finding, *, is_chinese: bool) -> None:
    place = f"{one.row}, {one.column}" if one.column else one.row
    message = said(one.message, is_chinese=is_chinese)
    click.echo(f"{one.severity.value:<7} {one.code.value:<16} {place}: {message}")
    if one.example is not None:
        click.echo(f"{'':24} {'例：' if is_chinese else 'e.g. '}{_example(one.example, is_chinese=is_chinese)}")


def _example(facts: Facts, *, is_chinese: bool) -> str:
    told = []
    for name, value in facts.items():
        spec = find_fact(name)
        if spec is not None:
            shown = said(of_value(spec, value), is_chinese=is_chinese)
            told.append(f"{spec.zh} {shown}" if is_chinese else f"{name} {shown}")
    return ", ".join(told)
