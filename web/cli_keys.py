"""`digital-port keys`: who may come in."""

from __future__ import annotations

import secrets

import click

from port.actor import Role
from port.keys import (
    CreatedKey,
    KeyWanted,
    ListedKey,
    create_key,
    get_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from port.sessions import create_entry_code
from web import wire, wire_keys
from web.clock import wall_clock
from web.console import json_option, opened, settings_from_environment, tell


@click.group("keys")
def command() -> None:
    """Create, list, rotate and revoke keys.

    Works beside a running server, which notices at once.
    """


@command.command("create")
@click.option("--party", required=True, metavar="CODE", help="Unified Social Credit Code or a local code.")
@click.option("--name", required=True, help="The party's name; a party that is known keeps its own.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--facility",
    "facilities",
    multiple=True,
    metavar="CODE",
    help="A facility the key speaks for, may be repeated; '*' is a hub for many.",
)
@json_option
def create(*, party: str, name: str, role: str, facilities: tuple[str, ...], as_json: bool) -> None:
    """Create a key, and its party and facilities when they are new.

    The key is shown this once: only its hash is kept.  A facility belongs to the party whose terminal, depot or customs
    key names it first; customs' facilities are inspection sites.
    """
    settings = settings_from_environment()
    with opened(settings) as database, database.write() as connection:
        wanted = KeyWanted(party=party, name=name, role=Role(role), facilities=facilities)
        created = create_key(connection, wanted, now=wall_clock(), draw=secrets.token_bytes)
        known_as = get_key(connection, created.key_id).party_name
    if known_as != wanted.name and not as_json:
        click.echo(f"note: {created.party} is known as {known_as}", err=True)
    _show(created, as_json=as_json)


@command.command("rotate")
@click.argument("key_id", metavar="KEYID")
@json_option
def rotate(key_id: str, *, as_json: bool) -> None:
    """Create a successor of a key, with the same rights.

    Both live until the older is revoked or the newer is rotated in its turn.
    """
    with opened(settings_from_environment()) as database, database.write() as connection:
        created = rotate_key(connection, key_id, now=wall_clock(), draw=secrets.token_bytes)
    _show(created, as_json=as_json)


@command.command("list")
@click.option("--party", metavar="CODE", help="Only this party's.")
@click.option("--revoked", is_flag=True, help="Those that have ended too.")
@json_option
def list_all(*, party: str | None, revoked: bool, as_json: bool) -> None:
    """List the keys, oldest first."""
    with opened(settings_from_environment()) as database, database.read() as connection:
        keys = [key for key in list_keys(connection, party=party) if revoked or key.revoked_at is None]
    lines = [f"{key.key_id}  {key.party}  {key.role}  {','.join(key.facilities)}{_ended(key)}" for key in keys]
    tell({"keys": [wire_keys.listed_key(key) for key in keys]}, "\n".join(lines) or "no keys", as_json=as_json)


@command.command("revoke")
@click.argument("key_id", metavar="KEYID")
@json_option
def revoke(key_id: str, *, as_json: bool) -> None:
    """End a key, its sessions and its streams."""
    now = wall_clock()
    with opened(settings_from_environment()) as database, database.write() as connection:
        revoke_key(connection, key_id, now=now)
    tell({"keyID": key_id, "revokedAt": wire.time(now)}, f"{key_id} is revoked", as_json=as_json)


@command.command("enter")
@click.argument("key_id", metavar="KEYID")
@json_option
def enter(key_id: str, *, as_json: bool) -> None:
    """Create a link that logs a browser in with this key, once, within a day."""
    with opened(settings_from_environment()) as database, database.write() as connection:
        get_key(connection, key_id)
        issued = create_entry_code(connection, key_id, now=wall_clock(), draw=secrets.token_bytes)
    path = f"/enter#{issued.token}"
    tell({"code": issued.token, "path": path, "expiresAt": wire.time(issued.expires_at)}, path, as_json=as_json)


def _show(created: CreatedKey, *, as_json: bool) -> None:
    tell(wire_keys.created_key(created), created.key, as_json=as_json)


def _ended(key: ListedKey) -> str:
    return f"  revoked {wire.time(key.revoked_at)}" if key.revoked_at else ""
