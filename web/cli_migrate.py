"""`digital-port migrate`: the tables of this program's version."""

from __future__ import annotations

import click

from port.schema import migrate
from port.tables import ADVICE, SchemaState, schema_state
from web.console import failures_told, json_option, settings_from_environment, tell


@click.command("migrate")
@click.option("--check", is_flag=True, help="Change nothing; exit code 1 when there is something to migrate.")
@json_option
@click.pass_context
def command(context: click.Context, *, check: bool, as_json: bool) -> None:
    """Create the tables, or bring them to this version.

    All of it happens or nothing.  Keep a copy of the database before an upgrade; stop the servers on it.
    """
    url = settings_from_environment().database_url
    with failures_told():
        before = schema_state(url)
        if not check:
            migrate(url)
        after = schema_state(url)
    tell({"before": before, "after": after}, ADVICE.get(after, "the tables are up to date"), as_json=as_json)
    if after is not SchemaState.CURRENT:
        context.exit(1)
