"""`digital-port rules import`: a workbook or JSON read into the document of a repository."""

from __future__ import annotations

from pathlib import Path

import click

from port.diversion.testing import TestCase
from web.cli_rules_files import OUTPUT_FILE, RULESET_FILE, WORKBOOK, save, sound, written
from web.console import WrongUsage


@click.command("import")
@click.argument("file", type=RULESET_FILE)
@click.option("--output", "-o", type=OUTPUT_FILE, help="The document, .json; else it comes here.")
def command(*, file: Path, output: Path | None) -> None:
    """Read FILE (.xlsx, .json) and write its document as a repository likes it, a line per condition.

    Where FILE holds no test cases, those of an --output that is already there are kept.  Exit code 1, and nothing
    written, when FILE makes no sense; each problem is told by its cell.
    """
    content = sound(file)
    if output is None:
        click.echo(written(content, as_workbook=False).decode(), nl=False)
    elif output.suffix.lower() != ".json":
        raise WrongUsage(f"{output}: must end in .json; to write {WORKBOOK} use export")
    else:
        kept = content if content.tests else content._replace(tests=_tests_of(output))
        save(output, written(kept, as_workbook=False))
    click.echo(content.ruleset.content_hash, err=True)


def _tests_of(output: Path) -> tuple[TestCase, ...]:
    return sound(output).tests if output.exists() else ()
