"""What the policy grants whom of a version, and how rights change, asked of the database itself."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from build_followers import Cursor
from build_port import NOW
from port import access, dossier, projecting, register, views
from port.access import View
from port.actor import Actor
from port.keys import KeyWanted, create_key, revoke_key, rotate_key
from port.parties import PARTIES, bump_rights_version
from port.register import CHANGES


def rotate(connection: Connection, actor: Actor) -> str:
    return rotate_key(connection, actor.key_id, now=NOW, draw=secrets.token_bytes).key


def renew(connection: Connection, actor: Actor) -> str:
    revoke_key(connection, actor.key_id, now=NOW)
    wanted = KeyWanted(
        party=actor.party, name=actor.party_name, role=actor.role, facilities=tuple(sorted(actor.facilities))
    )
    return create_key(connection, wanted, now=NOW, draw=secrets.token_bytes).key


def rename(connection: Connection, actor: Actor) -> None:
    name = f"{actor.party.title()} {secrets.token_hex(2)}"
    connection.execute(update(PARTIES).where(PARTIES.c.code == actor.party).values(name=name))
    bump_rights_version(connection)


def head_of(connection: Connection, keys: Any, actor: Actor, key: str) -> Cursor:
    sight = keys.find(connection, actor, key)
    return sight.epoch, sight.version


def granted_at(connection: Connection, actor: Actor, visit_id: str, version: int) -> str:
    """All that the policy grants an actor of a visit as it was at a version."""
    query = select(CHANGES.c.record).where(CHANGES.c.key == f"visit:{visit_id}", CHANGES.c.version == version)
    one = dossier.from_json(connection.scalars(query).one())
    [joined] = views.call_facts(connection, [one])
    view: View | None = access.view(actor, one, joined)
    return "" if view is None else json.dumps(projecting.project(one, view, joined, version=version))


def aliases(connection: Connection, numbers: Sequence[str]) -> int:
    """How many ids of these boxes' visits were merged into others."""
    return sum(row.alias_of is not None for row in register.of_containers(connection, numbers))
