"""`digital-port rules export`: a table as a document or as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli_rules_files import OUTPUT_FILE, RULESET_FILE, WORKBOOK, built_in, save, sound, written
from web.console import WrongUsage


@click.command("export")
@click.argument("file", required=False, type=RULESET_FILE)
@click.option("--output", "-o", type=OUTPUT_FILE, help="Where to: .json or .xlsx; else JSON here.")
def command(*, file: Path | None, output: Path | None) -> None:
    """Write the table and tests of FILE (.json, .xlsx) as the ending of --output asks; without FILE the built-in ones.

    The table's hash goes to standard error: the same content has the same hash in either form.
    """
    content = built_in() if file is None else sound(file)
    if output is None:
        click.echo(written(content, as_workbook=False).decode(), nl=False)
    elif output.suffix.lower() in (WORKBOOK, ".json"):
        save(output, written(content, as_workbook=output.suffix.lower() == WORKBOOK))
    else:
        raise WrongUsage(f"{output}: must end in .json or {WORKBOOK}")
    click.echo(content.ruleset.content_hash, err=True)
