"""`digital-port rules diff`: what differs between two tables in files, and which boxes go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from port.diversion.comparing import Change, compare
from port.diversion.comparing_flips import Flips, Tried, flips
from port.diversion.table import STRICTNESS
from port.diversion.testing import TestCase
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


@click.command("diff")
@click.argument("before", type=RULESET_FILE)
@click.argument("after", type=RULESET_FILE)
@tests_option
@strict_option
@chinese_option
@json_option
def command(
    *,
    before: Path,
    after: Path,
    test_files: tuple[Path, ...],
    strict: bool,
    is_chinese: bool,
    as_json: bool,
) -> None:
    """Say what AFTER changes in BEFORE (.json, .xlsx): row by row, and which boxes of their tests go elsewhere.

    Exit code 0 whether they differ or not; with --strict 1 when they do.
    """
    old, new = sound(before), sound(after)
    changes = compare(old.ruleset, new.ruleset)
    found = flips(old.ruleset, new.ruleset, _tried((*old.tests, *new.tests, *further_tests(test_files))))
    if as_json:
        hashes = {"before": old.ruleset.content_hash, "after": new.ruleset.content_hash}
        answer({**hashes, "changes": [one.to_json() for one in changes], "flips": found.to_json()})
    else:
        _print_changes(changes, is_chinese=is_chinese)
        _print_flips(found, is_chinese=is_chinese)
    raise SystemExit(strict and bool(changes))


def _tried(tests: Sequence[TestCase]) -> list[Tried]:
    """Each test once, the later of two with the same id."""
    return [Tried(name, one.case, one.draws) for name, one in {one.id: one for one in tests}.items()]


def _print_changes(changes: Sequence[Change], *, is_chinese: bool) -> None:
    for one in changes:
        click.echo(said(one.sentence, is_chinese=is_chinese))
    if not changes:
        click.echo("没有差别。" if is_chinese else "No difference.")


def _print_flips(found: Flips, *, is_chinese: bool) -> None:
    if not found.cases:
        return
    routes = [route for route in STRICTNESS if any(route in cell for cell in found.cells)]
    click.echo(f"\n{'from / to':<16}" + "".join(f"{route.value:>16}" for route in routes))
    for was in routes:
        click.echo(f"{was.value:<16}" + "".join(f"{found.cells.get((was, now), 0):>16}" for now in routes))
    for one in found.flips:
        way = f"{one.before.route.value} → {one.after.route.value}"
        click.echo(f"{one.name}: {way}: {said(one.cause.sentence, is_chinese=is_chinese)}")
