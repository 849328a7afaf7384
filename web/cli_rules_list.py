"""`digital-port rules list`: the versions in the port's database."""

from __future__ import annotations

import click

from port.rulesets_read import overview
from web import wire_rulesets
from web.cli_rules_desk import short
from web.clock import port_clock
from web.console import json_option, opened, settings_from_environment, tell


@click.command("list")
@json_option
def command(*, as_json: bool) -> None:
    """List the versions, newest first, and how far each is."""
    settings = settings_from_environment()
    now = port_clock(settings.clock_start, settings.clock_factor)()
    with opened(settings) as database, database.read() as connection:
        told = overview(connection, now=now)
    lines = "\n".join(short(one) for one in told.standings)
    tell(wire_rulesets.overview(told, now=now), lines or "no versions", as_json=as_json)
