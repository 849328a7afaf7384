"""`digital-port rules approve`: a second officer's word for a version."""

from __future__ import annotations

import click

from port import sampling
from port.checking import check
from port.diversion.lint_parts import missing_rates
from port.life import WAIVABLE, approve
from port.rulesets_read import get_version
from web.cli_rules_desk import desk, key_option, why_option
from web.console import json_option


@click.command("approve")
@click.argument("named", metavar="HASH")
@why_option
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(WAIVABLE, case_sensitive=False),
    help="Do without a back-test or a shadow run; --why says why, and the audit shows it.",
)
@key_option
@json_option
def command(*, named: str, why: str, without: tuple[str, ...], key: str | None, as_json: bool) -> None:
    """Approve a version that another officer has written; its author cannot, with whichever of her keys.

    Lint must find no errors, its test cases must pass, and there must have been a back-test and a shadow run of it.
    """
    with desk(key) as at:
        with at.port.database.read() as connection:
            seen = get_version(connection, named)
            missing = missing_rates(sampling.latest_cases(connection))
        checked = check(seen.ruleset, seen.cases, missing=missing)
        made = at.command(lambda work: approve(work, at.actor, seen, why=why, without=without, checked=checked))
        at.tell(made, f"{made.content_hash[:12]} is approved", as_json=as_json)
