"""`digital-port rules rollback`: from the version that decides to the one before it, in one step."""

from __future__ import annotations

import click

from port.activating import roll_back
from port.rulesets_read import resolve
from web.cli_rules_desk import desk, key_option, why_option
from web.console import json_option


@click.command("rollback")
@click.argument("named", metavar="HASH")
@why_option
@key_option
@json_option
def command(*, named: str, why: str, key: str | None, as_json: bool) -> None:
    """Go back from the version that decides, HASH, to the one that decided before it.

    It was approved then, so one officer is enough.  Again it goes further back.
    """
    with desk(key) as at:
        with at.port.database.read() as connection:
            content_hash = resolve(connection, named)
        made = at.command(lambda work: roll_back(work, at.actor, content_hash, why=why))
        at.tell(made, f"{made.content_hash[:12]} decides again", as_json=as_json)
