"""`digital-port rules propose`: keep a version out of a file."""

from __future__ import annotations

from pathlib import Path

import click

from port.batch import Work
from port.checking import check
from port.proposing import Proposal, propose
from port.rulesets_read import Version, newest_of
from web.cli_rules_desk import desk, key_option, why_option
from web.cli_rules_files import RULESET_FILE, sound
from web.console import json_option


@click.command("propose")
@click.argument("file", type=RULESET_FILE)
@why_option
@click.option("--based-on", metavar="HASH", help="The version it was made from; the newest of its family by default.")
@key_option
@json_option
def command(*, file: Path, why: str, based_on: str | None, key: str | None, as_json: bool) -> None:
    """Keep a table with its test cases in the port's database, as a draft.

    It changes nothing in the port until a second officer has approved it and somebody activates it.
    """
    document = sound(file)
    checked = check(document.ruleset, document.tests)
    with desk(key) as at:

        def keep(work: Work) -> Version:
            newest = newest_of(work.connection, document.ruleset.name)
            base = based_on or (None if newest is None else newest.content_hash)
            return propose(work, at.actor, Proposal(document.ruleset, document.tests, why, base), checked=checked)

        made = at.command(keep)
        at.tell(made, made.content_hash, as_json=as_json)
