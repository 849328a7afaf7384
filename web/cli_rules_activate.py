"""`digital-port rules activate`: let an approved version decide."""

from __future__ import annotations

from datetime import datetime

import click

from port.activating import activate
from port.rulesets_read import resolve
from web import wire
from web.cli_rules_desk import desk, key_option, why_option
from web.console import WrongUsage, json_option


@click.command("activate")
@click.argument("named", metavar="HASH")
@why_option
@click.option("--at", "since", metavar="TIME", help="From then on, as 2026-11-30T06:00+08:00; at once without it.")
@key_option
@json_option
def command(*, named: str, why: str, since: str | None, key: str | None, as_json: bool) -> None:
    """Let a version decide that two officers stand behind: its author, and who approved it.

    Servers switch together, and need not be told.  What was decided stands.
    """
    effective_at = None if since is None else _instant(since)
    with desk(key) as at:
        with at.port.database.read() as connection:
            content_hash = resolve(connection, named)
        made = at.command(lambda work: activate(work, at.actor, content_hash, why=why, effective_at=effective_at))
        told = "decides from now on" if effective_at is None else f"will decide from {wire.time(effective_at)}"
        at.tell(made, f"{made.content_hash[:12]} {told}", as_json=as_json)


def _instant(told: str) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        raise WrongUsage(f"{told[:40]} is no time, such as 2026-11-30T06:00+08:00") from None
    if found.tzinfo is None:
        raise WrongUsage("a time needs its offset, such as +08:00 or Z")
    return found
