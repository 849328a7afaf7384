"""The key `port`: the whole port live, for the big screens of customs and the authority.

Its version is the position in the log, so it is contiguous and the same everywhere without anything being stored.
"""

from __future__ import annotations

import orjson
from sqlalchemy import Connection

from port import access, overview
from port.actor import Actor
from port.errors import BadRequest, NotAllowed
from port.overview import Step
from port.register import KeyChange
from web.live_keys import LiveKeys, Retold, Sight

KEY = "port"


def teach(keys: LiveKeys) -> None:
    """Make the key known."""

    def find(connection: Connection, actor: Actor, name: str) -> Sight:
        if name:
            raise BadRequest("the port's key has no name", where="key", fix="write port", reason="KEY_UNKNOWN")
        if not access.may_see_port(actor):
            fix = "use a key with the role customs or authority"
            raise NotAllowed(f"this is not for the role {actor.role}", fix=fix)

        def rows(connection: Connection, _key: str, version: int, limit: int) -> list[KeyChange]:
            return [_row(step) for step in overview.steps_after(connection, actor, max(version, 0), limit)]

        return Sight(
            # The roles see other lines of the same positions.
            feed_key=f"{KEY}|{actor.role}",
            version=overview.last_position(connection),
            epoch=keys.epoch(KEY, actor.role),
            lens=actor.role,
            show=lambda: overview.glance(connection, actor),
            retell=_retell,
            rows=rows,
        )

    keys.teach(KEY, find)


def _row(step: Step) -> KeyChange:
    record = orjson.dumps({"lines": step.lines}).decode() if step.lines else ""
    return KeyChange(KEY, step.position, step.position, step.at, step.event_id, step.type, record)


def _retell(change: KeyChange) -> Retold:
    return Retold(orjson.loads(change.record) if change.record else {}, change.event_id or None, change.type)
